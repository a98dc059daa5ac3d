"""A rule ready to run: every place where it computes something is a point, every name knows what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rules_run.mapping import needs
from rules_run.mapping.emission import Emission, lookups_name
from rules_run.mapping.needs import Needs
from rules_run.mapping.point import Point, Setting
from rules_run.model.rules import Further, GroupBy, Rule, Target
from rules_run.model.values import Check, Choose, Const, Each, Fields, Lookup, Named, Select, Test, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledTest:
    """One condition of a `where` with what computes its value."""

    test: Test
    value: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledLookup:
    """One look-up: its conditions or its key; `needs` is what has to be known before it can be asked."""

    lookup: Lookup
    tests: tuple[CompiledTest, ...]
    key: Point | None
    needs: Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledLet:
    """One named value."""

    name: str
    value: Point

    @property
    def needs(self) -> Needs:
        """Return what has to be known before."""
        return self.value.needs


Definition = CompiledLookup | CompiledLet


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledEach:
    """The look-ups of a block's members, asked before the block is written."""

    each: Each
    items: Point
    definitions: Mapping[str, Definition]
    scope_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFields:
    """Target fields: one function for all, and what each line is alone for naming every failure."""

    fields: Fields
    all: Point
    single: tuple[Point, ...]
    each: tuple[CompiledEach, ...]
    needs: Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledTarget:
    """What is written and how it is found."""

    target: Target
    resource: Point
    alternatives: tuple[CompiledFields, ...]
    marker: CompiledFields
    set: CompiledFields
    set_once: CompiledFields


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFurther:
    """A further write with its own names."""

    further: Further
    when: Point | None
    definitions: Mapping[str, Definition]
    target: CompiledTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """One rule, ready to run."""

    rule: Rule
    active: Point | None
    where: tuple[CompiledTest, ...]
    group_keys: tuple[CompiledLet, ...]
    group_sort: tuple[Point, ...]
    definitions: Mapping[str, Definition]
    when: Point | None
    key: tuple[Point, ...]
    claim: Point | None
    again: Point | None
    successor: Point | None
    checks: Point
    after: Point
    target: CompiledTarget
    on_success: tuple[CompiledFurther, ...]
    on_failure: tuple[CompiledFurther, ...]


class RuleCompiler:
    """Compiles rules for one tenant's tables; the Python itself is generated on first use."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def rule(self, rule: Rule) -> CompiledRule:
        """Return the rule, ready to run."""
        group = rule.group_by
        return CompiledRule(
            rule=rule,
            active=self._condition(rule.active),
            where=self.tests(rule.from_.source.where) if rule.from_ else (),
            group_keys=tuple(CompiledLet(name=each.name, value=self.value(each.value)) for each in _keys(group)),
            group_sort=tuple(self.value(value) for value in group.sort) if group else (),
            definitions=self.definitions(rule.with_, rule.let),
            when=self._condition(rule.when),
            key=tuple(self.value(value) for value in rule.key),
            claim=self.value(rule.claim) if rule.claim is not None else None,
            again=self._condition(rule.again),
            successor=self._condition(rule.successor),
            checks=self._checks([check for check in rule.check if not check.after]),
            after=self._checks([check for check in rule.check if check.after]),
            target=self._target(rule.to),
            on_success=tuple(self._further(each) for each in rule.on_success),
            on_failure=tuple(self._further(each) for each in rule.on_failure),
        )

    def value(self, value: Value) -> Point:
        """Return what computes one value."""
        return Point(self._setting, needs.of_value(value), lambda emission, names: emission.value(value, names))

    def condition(self, select: Select) -> Point:
        """Return what computes one condition."""
        return Point(self._setting, needs.of_select(select), lambda emission, names: emission.condition(select, names))

    def tests(self, tests: Iterable[Test]) -> tuple[CompiledTest, ...]:
        """Return conditions on fields with what computes their values."""
        return tuple(CompiledTest(test=test, value=self.value(test.value)) for test in tests)

    def definitions(self, with_: Sequence[Lookup], let: Sequence[Named]) -> Mapping[str, Definition]:
        """Return named look-ups and values."""
        found: dict[str, Definition] = {lookup.name: self._lookup(lookup) for lookup in with_}
        found.update({each.name: CompiledLet(name=each.name, value=self.value(each.value)) for each in let})
        return found

    def _condition(self, select: Select | None) -> Point | None:
        return None if select is None else self.condition(select)

    def _lookup(self, lookup: Lookup) -> CompiledLookup:
        key = None
        if isinstance(lookup.key, tuple):
            key = self._tuple(lookup.key)
        elif lookup.key is not None:
            key = self.value(lookup.key)
        return CompiledLookup(lookup=lookup, tests=self.tests(lookup.where), key=key, needs=needs.of_lookup(lookup))

    def _tuple(self, values: tuple[Value, ...]) -> Point:
        def body(emission: Emission, names: Mapping[str, str]) -> str:
            held = [emission.value(value, names) for value in values]
            return f"({', '.join(held)},)"

        return Point(self._setting, needs.of_values(values), body)

    def _checks(self, checks: Sequence[Check]) -> Point:
        def body(emission: Emission, names: Mapping[str, str]) -> str:
            for check in checks:
                emission.check(check, names, "notes")
            return "None"

        return Point(self._setting, needs.NONE.union(*(needs.of_check(check) for check in checks)), body)

    def fields(self, fields: Fields) -> CompiledFields:
        """Return target fields, ready to be computed."""
        return CompiledFields(
            fields=fields,
            all=self._dict(fields),
            single=tuple(self._dict((line,)) for line in fields),
            each=tuple(self._each(each) for each in needs.each_blocks(fields) if each.with_),
            needs=needs.of_fields(fields),
        )

    def _dict(self, fields: Fields) -> Point:
        def body(emission: Emission, names: Mapping[str, str]) -> str:
            out = emission.writer.fresh("o")
            emission.writer.line(f"{out} = {{}}")
            emission.fields(fields, names, out)
            return out

        return Point(self._setting, needs.of_fields(fields), body)

    def _each(self, each: Each) -> CompiledEach:
        return CompiledEach(
            each=each,
            items=self.value(each.items),
            definitions=self.definitions(each.with_, each.let),
            scope_name=lookups_name(each),
        )

    def _target(self, target: Target) -> CompiledTarget:
        resource = target.resource
        producer: Const | Choose = Const(value=resource) if isinstance(resource, str) else resource
        return CompiledTarget(
            target=target,
            resource=self.value(Value(producer=producer)),
            alternatives=tuple(self.fields(each.fields) for each in target.match),
            marker=self.fields(target.marker),
            set=self.fields(target.set),
            set_once=self.fields(target.set_once),
        )

    def _further(self, further: Further) -> CompiledFurther:
        return CompiledFurther(
            further=further,
            when=self._condition(further.when),
            definitions=self.definitions(further.with_, further.let),
            target=self._target(further.to),
        )


def closure(names: Iterable[str], definitions: Mapping[str, Definition]) -> list[str]:
    """Return the named look-ups and values that `names` ask for, directly or not, each after what it needs."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in definitions and name not in order:
            for needed in sorted(definitions[name].needs):
                if needed != name:
                    visit(needed)
            order.append(name)

    for name in sorted(names):
        visit(name)
    return order


def _keys(group: GroupBy | None) -> tuple[Named, ...]:
    return group.keys if group else ()
