"""How a value came to be: each step from what it read to what is written, by the same generated code that runs."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace

from rules_run.errors import ValueFault
from rules_run.language.expressions import Expression, parse_select
from rules_run.mapping import needs
from rules_run.mapping.compiled import RuleCompiler
from rules_run.mapping.emission import lookups_name
from rules_run.mapping.point import Point, Scope
from rules_run.mapping.tables import Skip
from rules_run.model.problem import Origin, Problem
from rules_run.model.trace import Input, Line, Step
from rules_run.model.unknown import Unknown
from rules_run.model.values import (
    Branch,
    Choose,
    Const,
    Each,
    Fields,
    Item,
    ItemChoice,
    Lines,
    Named,
    Select,
    TableMap,
    Template,
    Type,
    Value,
)


class Tracer:
    """Traces values in scopes where everything that they need is known."""

    def __init__(self, compiler: RuleCompiler) -> None:
        self._compiler = compiler

    def fields(self, section: str, fields: Fields, scope: Scope, prefix: str = "") -> Iterator[Line]:
        """Trace target fields, list by list down to single fields."""
        for line in fields:
            name = f"{prefix}{line.path}"
            if isinstance(line.value, Lines):
                yield from self._lines(section, name, line.value, scope)
            else:
                yield self.value(section, name, line.value, scope, line.origin)

    def value(self, section: str, name: str, value: Value, scope: Scope, origin: Origin) -> Line:
        """Trace one value."""
        unknown = sorted(needs.of_value(value) - scope.keys())
        if unknown:
            return Line(
                section=section, name=name, origin=origin, note=f"not worked out: it needs {', '.join(unknown)}"
            )
        steps = tuple(self._steps(value, scope))
        read = _inputs(needs.expressions_of(value), scope)
        return Line(section=section, name=name, origin=origin, inputs=read, steps=steps, value=steps[-1].value)

    def condition(self, section: str, name: str, select: Select, scope: Scope) -> Line:
        """Trace a condition."""
        unknown = sorted(needs.of_select(select) - scope.keys())
        note = f"not worked out: it needs {', '.join(unknown)}" if unknown else ""
        steps = () if unknown else (self._met(select, scope, word="condition"),)
        return Line(
            section=section,
            name=name,
            origin=select.origin,
            inputs=() if unknown else _inputs([parse_select(select.text)], scope),
            steps=steps,
            value=steps[0].value if steps else None,
            note=note,
        )

    def _steps(self, value: Value, scope: Scope) -> Iterator[Step]:
        if value.when is not None:
            met = self._met(value.when, scope)
            yield met if met.value is True or met.problem else replace(met, text=f"{met.text} (left out)")
            if met.value is not True:
                yield Step(word="nothing", text="", problem=met.problem)
                return
        made: Step | None = None
        for made in self._produced(value, scope):
            yield made
        if made is None or made.problem is not None:
            return
        yield from self._modified(value, made.value, scope)

    def _produced(self, value: Value, scope: Scope) -> Iterator[Step]:
        producer = value.producer
        if isinstance(producer, Choose):
            yield from self._chosen(producer.branches, scope)
            return
        word, text = _said(producer)
        yield self._made(word, text, Value(producer=producer, origin=value.origin), scope)

    def _chosen(self, branches: Sequence[Branch], scope: Scope) -> Iterator[Step]:
        for number, branch in enumerate(branches, start=1):
            met = self._met(branch.when, scope, f"branch {number}: ") if branch.when else None
            yield met or Step(word="otherwise", text=f"branch {number}", value=True)
            if met is not None and met.problem is not None:
                return
            if met is None or met.value is True:
                yield from self._steps(branch.value, scope)
                return

    def _modified(self, value: Value, made: object, scope: Scope) -> Iterator[Step]:
        if value.map is not None:
            step = self._made("map", _table(value.map), Value(producer=Const(value=made), map=value.map), scope)
            yield step
            if step.problem is not None:
                return
            made = step.value
        if value.default is not None and made is None:
            for step in self._steps(value.default, scope):
                yield replace(step, word=f"default {step.word}")
                made = step.value
        if value.type is not None:
            typed = Value(producer=Const(value=made), type=value.type, origin=value.origin)
            yield self._made("type", _type(value.type), typed, scope)

    def _met(self, select: Select, scope: Scope, before: str = "", word: str = "when") -> Step:
        return _tried(word, f"{before}{select.text}", self._compiler.condition(select), scope)

    def _made(self, word: str, text: str, value: Value, scope: Scope) -> Step:
        return _tried(word, text, self._compiler.value(value), scope)

    def _lines(self, section: str, name: str, lines: Lines, scope: Scope) -> Iterator[Line]:
        count = 0
        for block in lines.blocks:
            if not isinstance(block, Each):
                count += yield from self._item(section, f"{name}[{count}].", block, scope)
                continue
            members = self.value(section, f"{name}[] {block.name}", block.items, scope, block.origin)
            yield members
            known = scope.get(lookups_name(block))
            for number, member in enumerate(members.value if isinstance(members.value, list) else ()):
                found = known[number] if isinstance(known, list) and number < len(known) else {}
                inner = {**scope, block.name: member, **found}
                count += yield from self._member(section, f"{name}[{count}].", block, inner)

    def _member(self, section: str, prefix: str, block: Each, scope: Scope) -> Generator[Line, None, bool]:
        yield from self.named(section, block.let, scope, f"{prefix}let ")
        for check in block.check:
            yield self.condition(section, f"{prefix}check", check.that, scope)
        if block.when is not None:
            met = self.condition(section, f"{prefix}when", block.when, scope)
            yield met
            if met.value is not True:
                return False
        return (yield from self._item(section, prefix, block.body, scope))

    def _item(self, section: str, prefix: str, item: Item | ItemChoice, scope: Scope) -> Generator[Line, None, bool]:
        """Trace the line that is made, and say whether one is."""
        for branch in item.branches if isinstance(item, ItemChoice) else (item,):
            if branch.when is not None:
                met = self.condition(section, f"{prefix}when", branch.when, scope)
                yield met
                if met.value is not True:
                    continue
            yield from self.fields(section, branch.fields, scope, prefix)
            return True
        return False

    def named(self, section: str, named: Sequence[Named], scope: Scope, prefix: str = "") -> Iterator[Line]:
        """Trace named values, and put those into the scope that are not there yet."""
        for each in named:
            line = self.value(section, f"{prefix}{each.name}", each.value, scope, each.origin)
            if not line.note and line.problem is None:
                scope.setdefault(each.name, line.value)
            yield line


def _tried(word: str, text: str, point: Point, scope: Scope) -> Step:
    try:
        return Step(word=word, text=text, value=point(scope))
    except ValueFault as fault:
        return Step(word=word, text=text, problem=fault.problem())
    except Skip as left_out:
        return Step(word=word, text=text, problem=Problem(code="M060", message=str(left_out)))


def _said(producer: Const | Select | Template) -> tuple[str, str]:
    if isinstance(producer, Const):
        return "const", ""
    return ("select" if isinstance(producer, Select) else "template"), producer.text


def _table(use: TableMap) -> str:
    source = f", from {use.source}" if use.source else ""
    return f"table {use.table}{source}{f', give {use.give}' if use.give else ''}"


def _type(kind: Type) -> str:
    options = [f"{word} {value}" for word, value in (("max", kind.max), ("places", kind.places)) if value is not None]
    options += ["cut"] if kind.overflow == "cut" else []
    return f"{kind.name} ({', '.join(options)})" if options else kind.name


def _inputs(expressions: Iterable[Expression], scope: Scope) -> tuple[Input, ...]:
    paths = {tuple(path.names): str(path) for expression in expressions for path in expression.paths}
    leaves = [
        names for names in paths if not any(len(other) > len(names) and other[: len(names)] == names for other in paths)
    ]
    return tuple(Input(path=paths[names], value=_at(scope, names)) for names in leaves)


def _at(value: object, names: Sequence[str]) -> object:
    """Return what stands at a path, without judging: through a list one for each element."""
    if not names or isinstance(value, Unknown):
        return value
    head, rest = names[0], names[1:]
    if head == "[]":
        return [_at(each, rest) for each in value] if isinstance(value, list) else None
    if not isinstance(value, dict):
        return None
    if head == "*":
        return [_at(each, rest) for each in value.values()]
    return _at(value.get(head), rest)
