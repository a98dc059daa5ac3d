"""What a system would refuse of a write, said before anything is sent."""

from __future__ import annotations

from rules_run.connect.shapes import field_of
from rules_run.errors import ValueFault
from rules_run.mapping.filtering import split_field
from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Write


def check_fields(resource: Resource, write: Write) -> None:
    """Raise ValueFault for what the system would refuse or, worse, pass over in silence."""
    for name in write.values:
        field = field_of(resource, name)
        if field.read_only:
            raise ValueFault(f"{resource.name}.{name} cannot be written.", code="C108")
        if field.create_only and write.verb == "update":
            raise ValueFault(f"{resource.name}.{name} can only be written when the record is made.", code="C108")
    if write.verb == "create":
        given = {split_field(name)[0] for name, value in write.values.items() if value is not None}
        missing = [field.name for field in resource.fields.values() if _needed(field) and field.name not in given]
        if missing:
            raise ValueFault(f"{resource.name}: {', '.join(missing)} must be given.", code="C109")


def _needed(field: Field) -> bool:
    return field.required and not field.read_only
