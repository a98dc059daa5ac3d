"""Targets against the catalogue: fields that exist and may be written, what creation needs, and how safe a write is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules_run.model.catalogue import Field, Resource
from rules_run.model.rules import Target
from rules_run.model.values import Choose, Const, Each, FieldLine, Fields, Item, ItemChoice, Lines, Value

from ..suggest import did_you_mean
from .checking import Checking, written_names
from .identity import check_closed
from .literals import literal_fault
from .names import bind, check_free, check_unused
from .scope import PLAIN, Scope, Use
from .shapes import ANY, ListOf, field_at, field_names
from .texts import check_condition
from .values import check_checks, check_choose, check_reachable, check_value, shape_of_value


def check_target(checking: Checking, target: Target, scope: Scope, *, unsure: bool, marked_by: frozenset[str]) -> None:
    """Check what is written; `unsure`: not all fields could be read; `marked_by`: the names that may make a marker."""
    _check_resources(checking, target, scope)
    _check_values(checking, target, scope, marked_by)
    for name, resource in checking.written(target):
        _check_operations(checking, target, name, resource)
        _check_fields(checking, target, name, resource)
        if not unsure and not is_virtual(resource) and target.mode != "update":
            _check_required(checking, target, name, resource)
            _warn_of_class_w(checking, target, name, resource)


def is_virtual(resource: Resource) -> bool:
    """Say whether a resource is a desired state that the connector reaches in steps."""
    return resource.virtual


def _check_resources(checking: Checking, target: Target, scope: Scope) -> None:
    if isinstance(target.resource, Choose):
        check_choose(checking, target.resource, scope, Use(known="write"))
        for branch in target.resource.branches:
            if not isinstance(branch.value.producer, Const):
                hint = "Write {when: ..., const: alias.Resource}."
                checking.wrong("R033", "A choice of resources names each with `const`.", branch.value.origin, hint)
    for name, origin in written_names(target):
        checking.resource(name, origin)


def _check_values(checking: Checking, target: Target, scope: Scope, marked_by: frozenset[str]) -> None:
    for alternative in target.match:
        check_fields(checking, alternative.fields, scope, PLAIN)
    check_fields(checking, target.marker, scope, Use(only=marked_by, only_word="marker"))
    stable = Use(stable="set") if target.mode != "create" else PLAIN
    check_fields(checking, target.set, scope, stable)
    check_fields(checking, target.set_once, scope, PLAIN)


def check_fields(checking: Checking, fields: Fields, scope: Scope, use: Use) -> None:
    """Check the values of target fields, lines and blocks of lines included."""
    for line in fields:
        if isinstance(line.value, Value):
            check_value(checking, line.value, scope, use)
        else:
            _check_lines(checking, line.value, scope, use)


def _check_lines(checking: Checking, lines: Lines, scope: Scope, use: Use) -> None:
    checking.within = checking.rule if lines.name else checking.within
    for block in lines.blocks:
        _check_block(checking, block, scope, use)
    checking.within = "" if lines.name else checking.within


def _check_block(checking: Checking, block: Item | ItemChoice | Each, scope: Scope, use: Use) -> None:
    if isinstance(block, Item):
        check_condition(checking, block.when, scope, Use(known="when", stable=use.stable))
        check_fields(checking, block.fields, scope, use)
    elif isinstance(block, ItemChoice):
        for item in block.branches:
            _check_block(checking, item, scope, use)
        check_reachable(checking, [item.when for item in block.branches])
    else:
        _check_each(checking, block, scope, use)


def _check_each(checking: Checking, block: Each, scope: Scope, use: Use) -> None:
    check_value(checking, block.items, scope, use)
    check_free(checking, scope, block.name, block.origin)
    shape = shape_of_value(checking, block.items, scope)
    inner = scope.plus({block.name: shape.item if isinstance(shape, ListOf) else ANY})
    inner = bind(checking, inner, block.with_, block.let)
    check_closed(checking, block.with_)
    check_condition(checking, block.when, inner, Use(known="when", stable=use.stable))
    check_checks(checking, block.check, inner)
    _check_block(checking, block.body, inner, use)
    check_unused(checking, inner, block.with_, block.let)


def _check_operations(checking: Checking, target: Target, name: str, resource: Resource) -> None:
    if is_virtual(resource):
        return
    wanted = {"create": {"create"}, "update": {"update"}}.get(target.mode) or (
        {"create", "update"} if target.set else {"create"}
    )
    for missing in sorted(wanted - resource.operations):
        what = {"create": "made", "update": "changed"}[missing]
        hint = f"The system allows: {', '.join(sorted(resource.operations))}."
        checking.wrong("R034", f"{name} cannot be {what} through the interface.", target.at, hint)


def _check_fields(checking: Checking, target: Target, name: str, resource: Resource) -> None:
    follows = target.mode != "create"
    for line in target.set:
        _check_line(checking, line, name, resource, frozen=follows)
    for line in target.set_once:
        _check_line(checking, line, name, resource, frozen=target.mode == "update")
    for alternative in target.match:
        for line in alternative.fields:
            _check_searched(checking, line, name, resource, "match")
    for line in target.marker:
        found = _check_searched(checking, line, name, resource, "" if target.narrow_by else "marker")
        if found is not None and found.read_only:
            checking.wrong(
                "R036", f"`{line.path}` of {name} is set by the system alone.", line.origin, "Choose another field."
            )

    if target.narrow_by:
        _check_narrowed(checking, target, name, resource)


def _check_narrowed(checking: Checking, target: Target, name: str, resource: Resource) -> None:
    """Check the fields that narrow the search for a marker: they are set, can be searched, and are needed."""
    first = target.narrow_by[0].origin
    marked = target.marker[0].path if target.marker else resource.marker
    field = field_at(resource, marked) if marked else None
    if field is None or target.mode == "update":
        checking.wrong("R059", f"There is no marker of {name} to look for.", first, "Leave `narrow_by` out.")
    elif isinstance(field, Field) and field.filterable:
        message = f"{name} can be searched by `{marked}`, the field of its marker."
        checking.wrong("R059", message, first, "Leave `narrow_by` out.")
    given = {line.path for line in target.set}
    for each in target.narrow_by:
        found = field_at(resource, str(each.value))
        if each.value not in given:
            hint = did_you_mean(str(each.value), given, "Fields under `set`")
            checking.wrong("R059", f"`{each.value}` is not under `set`.", each.origin, hint)
        elif isinstance(found, Field) and not found.filterable:
            message = f"{name} cannot be searched by `{each.value}`, so it narrows nothing."
            checking.wrong("R039", message, each.origin, "Choose a field that the system can filter by.")


def _check_line(checking: Checking, line: FieldLine, name: str, resource: Resource, *, frozen: bool) -> None:
    found = _known(checking, line, name, resource)
    if found is None:
        return
    if found.read_only:
        checking.wrong("R036", f"`{line.path}` of {name} is set by the system alone.", line.origin, "Delete the line.")
    elif found.create_only and frozen:
        message = f"`{line.path}` of {name} can only be given at creation."
        checking.wrong("R037", message, line.origin, "Put it under `set_once`, in a rule that may create.")
    elif isinstance(line.value, Lines):
        _check_inner_lines(checking, line, name, resource, found)
    else:
        check_literal(checking, line.value, found)


def _check_inner_lines(checking: Checking, line: FieldLine, name: str, resource: Resource, found: Field) -> None:
    assert isinstance(line.value, Lines)
    checking.within = checking.rule if line.value.name else checking.within
    _check_items(checking, line, name, resource, found)
    checking.within = "" if line.value.name else checking.within


def _check_items(checking: Checking, line: FieldLine, name: str, resource: Resource, found: Field) -> None:
    assert isinstance(line.value, Lines)
    if found.type not in ("list", "udf"):
        checking.wrong("R038", f"`{line.path}` of {name} holds one value, not a list.", line.value.origin)
        return
    for inner in _item_lines(line.value.blocks):
        below = FieldLine(path=f"{line.path}.{inner.path}", value=inner.value, origin=inner.origin)
        if (of := _known(checking, below, name, resource)) is not None and isinstance(inner.value, Value):
            check_literal(checking, inner.value, of)


def _item_lines(blocks: Iterable[Item | ItemChoice | Each]) -> Iterator[FieldLine]:
    for block in blocks:
        if isinstance(block, Item):
            yield from block.fields
        elif isinstance(block, ItemChoice):
            yield from _item_lines(block.branches)
        else:
            yield from _item_lines([block.body])


def _known(checking: Checking, line: FieldLine, name: str, resource: Resource) -> Field | None:
    found = field_at(resource, line.path)
    if found is None:
        hint = did_you_mean(line.path, field_names(resource), "Fields")
        checking.wrong("R032", f"{name} has no field `{line.path}`.", line.origin, hint)
    return found if isinstance(found, Field) else None


def _check_searched(checking: Checking, line: FieldLine, name: str, resource: Resource, word: str) -> Field | None:
    found = _known(checking, line, name, resource)
    if found is None:
        return None
    if not found.filterable and word:
        message = f"{name} cannot be searched by `{line.path}`, so it cannot stand under `{word}`."
        checking.wrong("R039", message, line.origin, "Choose a field that the system can filter by.")
    if isinstance(line.value, Value):
        check_literal(checking, line.value, found)
    return found


def check_literal(checking: Checking, value: Value, found: Field) -> None:
    """Hold the literals of a value against the type of its field."""
    if value.type is not None or value.map is not None:
        return
    if isinstance(value.producer, Choose):
        for branch in value.producer.branches:
            check_literal(checking, branch.value, found)
    elif isinstance(value.producer, Const) and (fault := literal_fault(found, value.producer.value)):
        checking.wrong("R035", fault.message, value.producer.origin, fault.hint)
    if value.default is not None:
        check_literal(checking, value.default, found)


def _check_required(checking: Checking, target: Target, name: str, resource: Resource) -> None:
    matched = (line for alternative in target.match for line in alternative.fields)
    given = {line.path.split(".")[0] for line in (*target.set, *target.set_once, *target.marker, *matched)}
    if not target.marker and resource.marker:
        given.add(resource.marker)
    missing = [each.name for each in resource.fields.values() if each.required and not each.read_only]
    missing = [field for field in missing if field not in given]
    if missing:
        names = ", ".join(f"`{field}`" for field in missing)
        message = f"{name} cannot be created without {names}."
        checking.wrong("R070", message, target.at, "Give a value under `set` or `set_once`.")


def _warn_of_class_w(checking: Checking, target: Target, name: str, resource: Resource) -> None:
    if target.marker or target.narrow_by or _can_be_marked(resource):
        return
    if not resource.money and _is_found_by_match(target, resource):
        return
    message = f"{name}: at most once. If a send is interrupted you may be asked whether it arrived (class W)."
    hint = "The system names no field for a marker. If a text field can be searched, give a `marker`."
    checking.warn("R071", message, target.at, hint)


def _can_be_marked(resource: Resource) -> bool:
    field = field_at(resource, resource.marker) if resource.marker else None
    return isinstance(field, Field) and field.filterable


def _is_found_by_match(target: Target, resource: Resource) -> bool:
    """Say whether some field of `match` is written at creation, so that a lost answer can be settled by it."""
    writable = (
        line
        for alternative in target.match
        for line in alternative.fields
        if isinstance(found := field_at(resource, line.path), Field) and not found.read_only
    )
    return next(writable, None) is not None
