"""A resource as its system describes it now, and where the catalogue says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules_run.connect.contract import LiveField
from rules_run.connect.manifest import Metadata
from rules_run.connect.verdicts import at_path
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Field, Resource

_FLAGS = ("length", "required", "read_only", "filterable", "picklist")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that the system describes in another way than the catalogue."""

    resource: str
    field: str
    says: str


def live_fields(resource: str, body: object, style: Metadata) -> Mapping[str, LiveField]:
    """Return the fields that an answer describes."""
    found = at_path(body, style.fields)
    if not isinstance(found, list):
        raise ConnectorUnusable(f"The system does not describe the fields of {resource}.")
    fields: dict[str, LiveField] = {}
    for node in found:
        if isinstance(node, Mapping):
            name, told = str(node.get(style.name)), str(node.get(style.type))
            flags = {flag: node[key] for flag, key in style.flags.items() if key in node}
            fields[name] = LiveField(name=name, told_type=told, types=style.types.get(told, ()), flags=flags)
    return fields


def drifts(
    resource: Resource, live: Mapping[str, LiveField], corrected: Mapping[str, frozenset[str]]
) -> Iterator[Drift]:
    """Yield what differs, but for what the overrides correct on purpose: flags by field, in `corrected`."""
    for name, told in live.items():
        field = resource.fields.get(name)
        if field is None:
            yield Drift(resource=resource.name, field=name, says=f"is new ({told.told_type})")
            continue
        # An id is told as required: every record has one. Nobody gives it.
        left_out = corrected.get(name, frozenset()) | ({"required"} if name == resource.id_field else set())
        for says in _differences(field, told, left_out):
            yield Drift(resource=resource.name, field=name, says=says)
    for name, field in resource.fields.items():
        if name not in live and name not in corrected and not field.write_only and field.type != "udf":
            yield Drift(resource=resource.name, field=name, says="is gone")


def _differences(field: Field, told: LiveField, corrected: frozenset[str]) -> Iterator[str]:
    if "type" not in corrected and told.types and field.type not in told.types:
        yield f"is {told.told_type}; the catalogue says {field.type}"
    for flag in _FLAGS:
        if flag in told.flags and flag not in corrected:
            was, now = _in_catalogue(field, flag), _told(flag, told.flags[flag])
            if was != now and not (flag == "read_only" and "create_only" in corrected):
                yield f"{flag} is {_word(now)}; the catalogue says {_word(was)}"


def _in_catalogue(field: Field, flag: str) -> object:
    """Return what the catalogue says; systems know no third state for a field that is frozen after creation."""
    if flag == "read_only":
        return field.read_only or field.create_only
    return getattr(field, flag)


def _told(flag: str, value: object) -> object:
    return (value or None) if flag == "length" else bool(value)


def _word(value: object) -> str:
    return "none" if value is None else str(value).lower()
