"""Names under `with` and `let`: each is resolved for a whole page at once, and only when something needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from rules_run.errors import ValueFault
from rules_run.mapping.compiled import CompiledEach, CompiledFields, CompiledLookup, CompiledTest, Definition, closure
from rules_run.mapping.point import Scope
from rules_run.mapping.tables import Skip
from rules_run.model.exchange import Condition, Record
from rules_run.runtime.intended import Holder
from rules_run.runtime.lookups import Ask, Lookups, one


class References(Protocol):
    """Answers `ref`: the record that another rule made, adopted or plans."""

    def answer(self, lookup: CompiledLookup, holders: Sequence[Holder]) -> None:
        """Put the records that a `ref` names into the scopes of the holders, or end those that have to wait."""


class Resolver:
    """Resolves named look-ups and values of many scopes together."""

    def __init__(self, lookups: Lookups, references: References) -> None:
        self._lookups, self._references = lookups, references

    def need(self, names: Iterable[str], definitions: Mapping[str, Definition], holders: Sequence[Holder]) -> None:
        """Make the names known in every scope that is still alive."""
        for name in closure(names, definitions):
            pending = [holder for holder in holders if holder.alive and name not in holder.scope]
            definition = definitions[name]
            if not isinstance(definition, CompiledLookup):
                for holder in pending:
                    attempt(holder, definition.value, name)
            elif definition.lookup.ref is not None:
                self._references.answer(definition, pending)
            else:
                self._read(definition, pending)

    def fields(self, fields: CompiledFields, holders: Sequence[Holder], definitions: Mapping[str, Definition]) -> None:
        """Make everything known that some target fields need, the look-ups of their blocks included."""
        self.need(fields.needs, definitions, holders)
        for each in fields.each:
            self._members(each, [holder for holder in holders if holder.alive])

    def _members(self, each: CompiledEach, holders: Sequence[Holder]) -> None:
        members: list[tuple[Holder, list[Holder]]] = []
        for holder in holders:
            attempt(holder, each.items, each.scope_name)
            items = holder.scope.get(each.scope_name)
            inner = [Holder(scope={**holder.scope, each.each.name: item}) for item in items or ()]  # type: ignore[attr-defined]
            members.append((holder, inner))
        everyone = [member for _, inner in members for member in inner]
        asked = [lookup.name for lookup in each.each.with_]
        self.need(asked, each.definitions, everyone)
        for holder, inner in members:
            for member in inner:
                holder.take(member)
            holder.scope[each.scope_name] = [{name: member.scope.get(name) for name in asked} for member in inner]

    def _read(self, definition: CompiledLookup, holders: Sequence[Holder]) -> None:
        lookup = definition.lookup
        resource = lookup.resource or ""
        asking: list[tuple[Holder, Ask]] = []
        for holder in holders:
            ask = attempt(holder, lambda scope: conditions(definition.tests, scope))
            if isinstance(ask, tuple):
                asking.append((holder, ask))
        answers = self._lookups.ask(resource, [ask for _, ask in asking])
        for (holder, ask), records in zip(asking, answers, strict=True):
            if lookup.many:
                attempt(holder, _many(records, says(resource, ask), lookup.optional), lookup.name)
                continue
            attempt(holder, _only(records, says(resource, ask), lookup.optional), lookup.name)


def conditions(tests: Iterable[CompiledTest], scope: Scope) -> Ask:
    """Return the conditions of a `where` with their values."""
    return tuple(_condition(each, each.value(scope)) for each in tests)


def attempt(holder: Holder, compute: Callable[[Scope], object], name: str | None = None) -> object:
    """Compute in a holder's scope, under a name if one is given; a fault ends the holder."""
    try:
        value = compute(holder.scope)
    except (ValueFault, Skip) as fault:
        holder.end(fault)
        return None
    if name is not None:
        holder.scope[name] = value
    return value


def says(resource: str, ask: Ask) -> str:
    """Return a look-up in words."""
    return f"{resource} where " + " and ".join(
        f"{each.field} {'=' if each.op == 'eq' else each.op} {'(empty)' if each.value is None else each.value}"
        for each in ask
    )


def _only(records: list[Record], what: str, optional: bool) -> Callable[[Scope], object]:
    return lambda _: one(records, what, optional=optional)


def _many(records: list[Record], what: str, optional: bool) -> Callable[[Scope], object]:
    return lambda _: records or (one(records, what, optional=optional) or [])


def _condition(each: CompiledTest, value: object) -> Condition:
    op = each.test.op
    if op in {"in", "not_in"}:
        value = tuple(value) if isinstance(value, list | tuple) else (value,)
    return Condition(field=each.test.field, op=op, value=value)  # type: ignore[arg-type]
