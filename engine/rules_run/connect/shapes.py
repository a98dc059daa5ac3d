"""Values between the form people write and the form that crosses the wire."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from decimal import Decimal

from rules_run.connect.manifest import UdfStyle
from rules_run.connect.picklists import Picklist, Picklists
from rules_run.connect.scalars import WHOLE, shape
from rules_run.errors import ValueFault
from rules_run.mapping.filtering import split_field
from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Record
from rules_run.model.unknown import Unknown


class Shapes:
    """Reads and writes the records of one system by its catalogue and its live picklists."""

    def __init__(self, picklists: Picklists | None, udf: UdfStyle | None) -> None:
        self._picklists, self._udf = picklists, udf

    def record(self, resource: Resource, wire: Mapping[str, object]) -> Record:
        """Return a record as people write it: no nulls, picklists as labels, numbers and dates in one form."""
        record: Record = {}
        for name, value in wire.items():
            field = resource.fields.get(name)
            shaped = value if field is None else self._read(resource, field, value)
            if shaped is not None:
                record[name] = shaped
        return record

    def canonical(self, resource: Resource, values: Mapping[str, object]) -> Record:
        """Return the values, by the same names, in the form in which a later read gives them."""
        return {name: self._canonical(resource, name, value, values) for name, value in values.items()}

    def wire(self, resource: Resource, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values as they are sent: dotted fields nested, labels as ids, user-defined fields as a list."""
        body: dict[str, object] = {}
        udfs: dict[str, object] = {}
        for name, value in values.items():
            field = field_of(resource, name)
            if field.type == "udf" and self._udf:
                udfs.update(_udf_values(name, value))
                body[field.name] = [{self._udf.name: key, self._udf.value: udfs[key]} for key in udfs]
            else:
                _put(body, split_field(name), self.sent(resource, name, value, values))
        return body

    def sent(self, resource: Resource, name: str, value: object, values: Mapping[str, object] | None = None) -> object:
        """Return one value as it is sent."""
        field = field_of(resource, name)
        shaped = self._canonical(resource, name, value, values or {})
        if isinstance(shaped, Unknown):
            raise ValueFault(f"{resource.name}.{name} is not known yet: {shaped.label}.", code="C102")
        if shaped is None or not field.picklist or self._is_nested(field, name):
            return shaped
        picklist = self._picklist(resource, field)
        if picklist is None:
            return value
        choice = picklist.choose(value, self._parent(resource, picklist, values or {}))
        return int(choice.id) if field.type == "integer" and WHOLE.fullmatch(choice.id) else choice.id

    def _canonical(self, resource: Resource, name: str, value: object, values: Mapping[str, object]) -> object:
        field = field_of(resource, name)
        if value is None or isinstance(value, Unknown):
            return value
        if field.type == "udf":
            return _udf_text(value) if self._is_nested(field, name) else _udf_values(name, value)
        if self._is_nested(field, name):
            inner = _inner(field, name)
            return value if inner is None else shape(inner, value, f"{resource.name}.{name}")
        if field.picklist and (picklist := self._picklist(resource, field)) is not None:
            return picklist.choose(value, self._parent(resource, picklist, values)).label
        return shape(field, value, f"{resource.name}.{name}")

    def _read(self, resource: Resource, field: Field, value: object) -> object:
        if value is None or value == "":
            return None
        if field.picklist:
            picklist = self._picklist(resource, field)
            return (picklist.label(value) if picklist else None) or value
        if field.type == "udf" and self._udf and isinstance(value, list):
            return _udf_record(value, self._udf) or None
        if field.type == "datetime" and isinstance(value, str) and not _has_zone(value):
            value += "Z"
        try:
            return shape(field, value, field.name)
        except ValueFault:
            return value  # a newer shape than the catalogue knows: shown as it came

    def _picklist(self, resource: Resource, field: Field) -> Picklist | None:
        return self._picklists.of(resource).get(field.name) if self._picklists else None

    def _parent(self, resource: Resource, picklist: Picklist, values: Mapping[str, object]) -> str | None:
        parent, field = values.get(picklist.parent_field), resource.fields.get(picklist.parent_field)
        if field is None or parent is None or isinstance(parent, Unknown):
            return None
        parents = self._picklist(resource, field)
        return parents.choose(parent).id if parents else str(parent)

    @staticmethod
    def _is_nested(field: Field, name: str) -> bool:
        return name != field.name


def field_of(resource: Resource, name: str) -> Field:
    """Return the field that a dotted name begins with; raise ValueFault where the catalogue knows none."""
    first = split_field(name)[0]
    if (field := resource.fields.get(name) or resource.fields.get(first)) is None:
        near = difflib.get_close_matches(first, resource.fields, n=1)
        hint = f"Did you mean {near[0]}?" if near else ""
        raise ValueFault(f"{resource.name} has no field {first}.", code="C103", hint=hint)
    return field


def _inner(field: Field, name: str) -> Field | None:
    """Return the field that a dotted name means inside another, None where nobody describes it."""
    inner: Field | None = field
    for step in split_field(name)[1:]:
        inner = inner.fields.get(step) if inner else None
    return inner


def _has_zone(text: str) -> bool:
    return len(text) <= 10 or text.endswith("Z") or bool(re.search(r"[+-]\d\d:?\d\d$", text))


def _udf_record(items: list[object], style: UdfStyle) -> Record:
    pairs = [(item.get(style.name), item.get(style.value)) for item in items if isinstance(item, Mapping)]
    return {str(name): value for name, value in pairs if value not in (None, "")}


def _udf_values(name: str, value: object) -> dict[str, object]:
    """Return user-defined fields by name, whether one was named or a mapping of them is given."""
    if (key := udf_name(name)) is not None:
        return {key: _udf_text(value)}
    if not isinstance(value, Mapping):
        raise ValueFault(f"{name}: user-defined fields are given as a mapping of names and values.", code="C104")
    return {str(key): _udf_text(item) for key, item in value.items()}


def udf_name(name: str) -> str | None:
    """Return the name of the user-defined field behind the first dot, which may itself hold dots."""
    _, dot, rest = name.partition(".")
    if not dot:
        return None
    return rest[1:-1].replace('\\"', '"') if rest[:1] == '"' and rest[-1:] == '"' and len(rest) > 1 else rest


def _udf_text(value: object) -> object:
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return (format(value, "f") if isinstance(value, Decimal) else str(value)) or None


def _put(body: dict[str, object], names: tuple[str, ...], value: object) -> None:
    for name in names[:-1]:
        inner = body.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ValueFault(f"{'.'.join(names)}: {name} is given twice.", code="C104")
        body = inner
    body[names[-1]] = value
