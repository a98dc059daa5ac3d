"""What Autotask tells about its entities: information, fields, user-defined fields."""

from __future__ import annotations

from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Record

from .database import Database, UserField
from .picklists import Picklist
from .webhooks import KINDS

_DATA_TYPES = {
    "integer": "integer",
    "decimal": "double",
    "text": "string",
    "boolean": "boolean",
    "date": "datetime",
    "datetime": "datetime",
}


def singular(resource: str) -> str:
    """Return the name of one record of a resource, as messages and metadata use it."""
    if resource.endswith("ies"):
        return resource.removesuffix("ies") + "y"
    return resource.removesuffix("es") if resource.endswith("xes") else resource.removesuffix("s")


def information(db: Database, resource: Resource) -> Record:
    """Answer `/entityInformation`."""
    access = db.user.access(resource.name) if db.user else "All"
    may = {verb: verb in resource.operations for verb in ("create", "delete", "read", "update")}
    names = {"create": "Create", "delete": "Delete", "read": "Query", "update": "Update"}
    info: Record = {"name": singular(resource.name)}
    info.update({f"can{names[verb]}": allowed for verb, allowed in may.items()})
    info.update({f"userAccessFor{names[verb]}": access if allowed else "None" for verb, allowed in may.items()})
    info["hasUserDefinedFields"] = any(field.type == "udf" for field in resource.fields.values())
    info["supportsWebhookCallouts"] = resource.name in KINDS
    return {"info": info}


def fields(db: Database, resource: Resource) -> Record:
    """Answer `/entityInformation/fields`."""
    told = [field for field in resource.fields.values() if field.type != "udf" and not field.write_only]
    hooked = resource.name in KINDS
    return {"fields": [_field(field, db.picklist(resource.name, field.name), hooked) for field in told]}


def user_fields(db: Database, resource: Resource) -> Record:
    """Answer `/entityInformation/userDefinedFields`, which has a shape of its own."""
    hooked = resource.name in KINDS
    return {"fields": [_user_field(field, hooked) for field in db.user_fields.get(resource.name, ())]}


def _field(field: Field, picklist: Picklist | None, hooked: bool) -> Record:
    return {
        "name": field.name,
        "dataType": "long" if field.name == "id" else _DATA_TYPES.get(field.type, "object"),
        "length": field.length or 0,
        "isRequired": field.required or field.name == "id",
        # A field that is frozen after creation is told as read-only: the metadata knows no third state.
        "isReadOnly": field.read_only or field.create_only,
        "isQueryable": field.filterable,
        "isReference": field.reference is not None,
        "referenceEntityType": singular(field.reference) if field.reference else "",
        "isPickList": field.picklist,
        "picklistValues": _choices(picklist) if field.picklist else None,
        "picklistParentValueField": picklist.parent_field if picklist else None,
        "isSupportedWebhookField": hooked and field.name != "id",
    }


def _choices(picklist: Picklist | None) -> list[Record]:
    return [
        {
            "value": str(choice.value),
            "label": choice.label,
            "isDefaultValue": choice.default,
            "sortOrder": order,
            "parentValue": "" if choice.parent is None else str(choice.parent),
            "isActive": choice.active,
            "isSystem": False,
        }
        for order, choice in enumerate(picklist.choices if picklist else (), start=1)
    ]


def _user_field(field: UserField, hooked: bool) -> Record:
    choices = [
        {"value": value, "label": label, "isDefaultValue": value == field.default, "sortOrder": order, "isActive": True}
        for order, (value, label) in enumerate(field.choices, start=1)
    ]
    return {
        "name": field.name,
        "label": field.label or field.name,
        "type": {"number": "double", "date": "datetime"}.get(field.type, "string"),
        "length": 8000,
        "description": "",
        "isRequired": False,
        "isReadOnly": False,
        "isQueryable": True,
        "isReference": False,
        "referenceEntityType": "",
        "isPickList": bool(choices),
        "picklistValues": choices or None,
        "picklistParentValueField": "",
        "defaultValue": field.default,
        "isSupportedWebhookField": hooked,
    }
