"""Which scope names a part of a rule reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass

from rules_run.language.expressions import Expression, parse_select, parse_template
from rules_run.model.values import (
    Check,
    Choose,
    Const,
    Each,
    Fields,
    Item,
    ItemChoice,
    Lines,
    Lookup,
    Select,
    Template,
    Value,
)

Needs = frozenset[str]
NONE: Needs = frozenset()
Path = tuple[str, ...]


def paths_of(value: Value) -> Iterable[Path]:
    """Yield every path that a value reads, from the scope name on."""
    for expression in expressions_of(value):
        for path in expression.paths:
            yield tuple(path.names)


def expressions_of(value: Value) -> Iterable[Expression]:
    """Yield the expressions of a value, its modifiers' too."""
    if value.when is not None:
        yield parse_select(value.when.text)
    if value.default is not None:
        yield from expressions_of(value.default)
    producer = value.producer
    if isinstance(producer, Select):
        yield parse_select(producer.text)
    elif isinstance(producer, Template):
        yield parse_template(producer.text)
    elif isinstance(producer, Choose):
        for branch in producer.branches:
            if branch.when is not None:
                yield parse_select(branch.when.text)
            yield from expressions_of(branch.value)


def of_select(select: Select | None) -> Needs:
    """Return the names that a condition reads."""
    if select is None:
        return NONE
    return frozenset(path.names[0] for path in parse_select(select.text).paths)


def of_value(value: Value | None) -> Needs:
    """Return the names that a value reads."""
    if value is None or (isinstance(value.producer, Const) and value.when is None and value.default is None):
        return NONE
    return frozenset(path[0] for path in paths_of(value))


def of_values(values: Iterable[Value]) -> Needs:
    """Return the names that some values read together."""
    return NONE.union(*(of_value(value) for value in values))


def of_check(check: Check) -> Needs:
    """Return the names that a judgement reads."""
    return of_select(check.that) | of_value(check.message)


def of_lookup(lookup: Lookup) -> Needs:
    """Return the names that a look-up's key or conditions read."""
    key = lookup.key if isinstance(lookup.key, tuple) else (lookup.key,) if lookup.key is not None else ()
    return of_values(key) | of_values(test.value for test in lookup.where)


def of_fields(lines: Fields) -> Needs:
    """Return the names that target fields read, lists and their blocks included."""
    found = NONE
    for line in lines:
        found |= of_lines(line.value) if isinstance(line.value, Lines) else of_value(line.value)
    return found


def of_lines(lines: Lines) -> Needs:
    """Return the names that a list of lines reads from outside itself."""
    return NONE.union(*(_of_block(block) for block in lines.blocks))


def each_blocks(lines: Fields) -> Iterable[Each]:
    """Yield the blocks with `each` under some fields."""
    for line in lines:
        if isinstance(line.value, Lines):
            yield from (block for block in line.value.blocks if isinstance(block, Each))


def _of_block(block: Item | ItemChoice | Each) -> Needs:
    if isinstance(block, Item):
        return of_fields(block.fields) | of_select(block.when)
    if isinstance(block, ItemChoice):
        return NONE.union(*(_of_block(branch) for branch in block.branches))
    inner = _of_block(block.body) | of_select(block.when)
    inner |= NONE.union(*(of_lookup(lookup) for lookup in block.with_), *(of_check(check) for check in block.check))
    inner |= of_values(named.value for named in block.let)
    own = {block.name, *(lookup.name for lookup in block.with_), *(named.name for named in block.let)}
    return of_value(block.items) | (inner - own)


def uses(part: object) -> dict[str, set[str]]:
    """Return which fields of each scope name some part of a rule reads; `*` stands for the record as a whole."""
    found: dict[str, set[str]] = {}
    for expression in _expressions(part):
        for path in expression.paths:
            found.setdefault(path.names[0], set()).add(path.names[1] if len(path.names) > 1 else "*")
    return found


def _expressions(part: object) -> Iterable[Expression]:
    if isinstance(part, Select):
        yield parse_select(part.text)
    elif isinstance(part, Template):
        yield parse_template(part.text)
    elif isinstance(part, tuple):
        for each in part:
            yield from _expressions(each)
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            yield from _expressions(getattr(part, field.name))
