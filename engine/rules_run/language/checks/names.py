"""Names that `with` and `let` bring in: in any order, never in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from rules_run.model.frozen import frozen
from rules_run.model.problem import Origin
from rules_run.model.rules import Rule
from rules_run.model.values import Lookup, Named, Select, Template, Value

from ..suggest import did_you_mean
from .checking import Checking
from .identity import check_open
from .scope import PLAIN, RESERVED, Scope, Use
from .shapes import ANY, ListOf, RecordOf, Shape
from .texts import late_path, moving_path, texts_of
from .values import check_value, check_where, shape_of_value


@frozen
class Key:
    """The document's key as a name: it may use look-ups and named values, and they may use it."""

    parts: tuple[Value, ...]
    origin: Origin
    name: str = "key"


Binding = Lookup | Named | Key


def bind(
    checking: Checking,
    scope: Scope,
    lookups: Sequence[Lookup],
    values: Sequence[Named],
    *,
    key: Key | None = None,
) -> Scope:
    """Check look-ups and named values, and return the scope with them; `key` takes part in the order."""
    bindings: list[Binding] = [*lookups, *values, *([key] if key else [])]
    _check_taken(checking, scope, [*lookups, *values])
    needs = {each.name: _needs(checking, each) for each in bindings}
    order, circles = in_order(needs)
    by_name: dict[str, Binding] = {each.name: each for each in bindings}
    for circle in circles:
        first, way = circle_start(circle, by_name)
        checking.wrong("R054", f"These names need each other: {way}.", by_name[first].origin, "Break the circle.")
    inner = scope.plus({each.name: ANY for each in bindings})
    for name in order:
        inner = _with_shape(checking, inner, by_name[name])
    for each in bindings:
        _check_binding(checking, each, inner)
    return inner


def check_unused(checking: Checking, scope: Scope, lookups: Sequence[Lookup], values: Sequence[Named]) -> None:
    """Warn of names that nothing uses; a `ref` also gives the order and needs no other use."""
    bindings: tuple[Binding, ...] = (*lookups, *values)
    for each in bindings:
        if each.name not in scope.used and not (isinstance(each, Lookup) and each.ref) and not scope.unsure:
            checking.warn(
                "R062", f"Nothing uses `{each.name}`.", each.origin, "Delete it, or correct the name where it is used."
            )


def _check_taken(checking: Checking, scope: Scope, bindings: Sequence[Binding]) -> None:
    seen: set[str] = set()
    for each in bindings:
        check_free(checking, scope, each.name, each.origin, seen)
        seen.add(each.name)


def check_free(
    checking: Checking, scope: Scope, name: str, origin: Origin, seen: set[str] | frozenset[str] = frozenset()
) -> None:
    """Note a name that already means something here."""
    if name in RESERVED:
        checking.wrong(
            "R055", f"`{name}` is a word of the language and cannot be a name.", origin, "Choose another name."
        )
    elif name in scope.names or name in seen:
        checking.wrong(
            "R056", f"The name `{name}` already stands for something else here.", origin, "Choose another name."
        )


def _needs(checking: Checking, binding: Binding) -> set[str]:
    roots: set[str] = set()
    for text in _texts(binding):
        if expression := checking.quiet_expression(text):
            roots.update(expression.roots)
    return roots


def _texts(binding: Binding) -> Iterator[Select | Template]:
    for value in _values(binding):
        yield from texts_of(value)


def _values(binding: Binding) -> tuple[Value, ...]:
    if isinstance(binding, Named):
        return (binding.value,)
    if isinstance(binding, Key):
        return binding.parts
    return (*(test.value for test in binding.where), *keys_of(binding))


def keys_of(lookup: Lookup) -> tuple[Value, ...]:
    """Return the parts of the key that a `ref` asks for."""
    if lookup.key is None:
        return ()
    return lookup.key if isinstance(lookup.key, tuple) else (lookup.key,)


def in_order(needs: Mapping[str, set[str]]) -> tuple[list[str], list[list[str]]]:
    """Return the names so that each comes after what it needs, and the circles among them."""
    graph = {name: sorted(others & needs.keys()) for name, others in needs.items()}
    circles: list[list[str]] = []
    while True:
        try:
            return list(TopologicalSorter(graph).static_order()), circles
        except CycleError as error:
            needed_first = error.args[1]
            circles.append(needed_first[:0:-1])
            graph[needed_first[1]].remove(needed_first[0])


def circle_start(circle: Sequence[str], names: Iterable[str]) -> tuple[str, str]:
    """Return the name of a circle that stands first in the file, and the way around from there."""
    first = next(name for name in names if name in circle)
    at = list(circle).index(first)
    return first, " -> ".join([*circle[at:], *circle[:at], first])


def _with_shape(checking: Checking, scope: Scope, binding: Binding) -> Scope:
    if isinstance(binding, Lookup):
        return scope.plus({binding.name: _lookup_shape(checking, binding)})
    late: dict[str, str] = {}
    moving: dict[str, str] = {}
    for text in _texts(binding):
        expression = checking.quiet_expression(text)
        for path in expression.paths if expression else ():
            if way := late_path(path, scope):
                late.setdefault(binding.name, way)
            if way := moving_path(path, scope):
                moving.setdefault(binding.name, way)
    shape = shape_of_value(checking, binding.value, scope) if isinstance(binding, Named) else ANY
    return scope.plus({binding.name: shape}, late=late, moving=moving)


def _lookup_shape(checking: Checking, lookup: Lookup) -> Shape:
    if lookup.ref is not None:
        rule = checking.integration.rule(lookup.ref)
        return document_shape(checking, rule) if rule else ANY
    resource = checking.quiet_resource(lookup.resource or "")
    if resource is None:
        return ANY
    record = RecordOf(resources=((lookup.resource or "", resource),))
    return ListOf(record) if lookup.many else record


def document_shape(checking: Checking, rule: Rule) -> Shape:
    """Return the record that another rule makes; before it is made only the fields that the rule sets are known."""
    resources = tuple(checking.written(rule.to))
    if not resources:
        return ANY
    known = None
    if rule.to.mode != "update":
        lines = (*rule.to.set, *rule.to.set_once, *(line for each in rule.to.match for line in each.fields))
        ids = {resource.id_field for _, resource in resources}
        known = frozenset(line.path.split(".")[0] for line in lines) - ids
    return RecordOf(resources=resources, listed=True, known=known)


def _check_binding(checking: Checking, binding: Binding, scope: Scope) -> None:
    if not isinstance(binding, Lookup):
        for value in _values(binding):
            check_value(checking, value, scope, Use(known="key") if isinstance(binding, Key) else PLAIN)
        return
    if binding.ref is not None:
        _check_ref(checking, binding)
    resource = checking.resource(binding.resource, binding.at) if binding.resource else None
    if resource is not None and "read" not in resource.operations:
        checking.wrong("R034", f"{binding.resource} cannot be read.", binding.at)
    check_where(checking, binding.where, resource, binding.resource or "", scope)
    for value in keys_of(binding):
        check_value(checking, value, scope)


def _check_ref(checking: Checking, lookup: Lookup) -> None:
    rule = checking.integration.rule(lookup.ref or "")
    if rule is None and "rules" in checking.parsed.unsure_sections:
        return
    if rule is None:
        names = [each.name for each in checking.integration.rules]
        hint = did_you_mean(lookup.ref or "", names, "Rules of this file")
        checking.wrong("R049", f"There is no rule `{lookup.ref}` in this file.", lookup.at, hint)
        return
    check_open(checking, lookup, rule)
    parts = len(rule.key) or 1
    asked = len(lookup.key) if isinstance(lookup.key, tuple) else None
    if asked is not None and asked != parts:
        message = f"The rule `{rule.name}` has a key of {parts} part{'' if parts == 1 else 's'}, and {asked} are given."
        checking.wrong("R050", message, lookup.origin)
