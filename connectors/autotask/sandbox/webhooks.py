"""The entities by which clients subscribe to changes: for each of five kinds of record the same four."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from rules_run.model.catalogue import Catalogue, Child, Field, FieldType, Operation, Resource

from .picklists import Choice, Picklist

ALL: frozenset[Operation] = frozenset({"read", "create", "update", "delete"})
ERRORS = "WebhookEventErrorLogs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What can be subscribed to, and what a callout calls it (INFERRED but for Account)."""

    resource: str
    stem: str
    entity_type: str

    @property
    def webhooks(self) -> str:
        """Return the name of the entity that holds the subscriptions."""
        return f"{self.stem}Webhooks"

    @property
    def fields(self) -> str:
        """Return the name of the entity that holds the subscribed fields."""
        return f"{self.stem}WebhookFields"

    @property
    def user_fields(self) -> str:
        """Return the name of the entity that holds the subscribed user-defined fields."""
        return f"{self.stem}WebhookUdfFields"

    @property
    def excluded(self) -> str:
        """Return the name of the entity that holds the people whose changes are not told."""
        return f"{self.stem}WebhookExcludedResources"


KINDS: Mapping[str, Kind] = {
    kind.resource: kind
    for kind in (
        Kind(resource="Companies", stem="Company", entity_type="Account"),
        Kind(resource="ConfigurationItems", stem="ConfigurationItem", entity_type="ConfigurationItem"),
        Kind(resource="Contacts", stem="Contact", entity_type="Contact"),
        Kind(resource="TicketNotes", stem="TicketNote", entity_type="TicketNote"),
        Kind(resource="Tickets", stem="Ticket", entity_type="Ticket"),
    )
}


def with_webhooks(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with the entities of webhooks."""
    made = {resource.name: resource for kind in KINDS.values() for resource in _resources(kind)}
    made[ERRORS] = _errors()
    loaders = {name: partial(_itself, resource) for name, resource in made.items()}
    return Catalogue(loaders={**catalogue.loaders, **loaders})


def field_picklists(catalogue: Catalogue) -> dict[str, dict[str, Picklist]]:
    """Return the choices of `fieldID`: the fields of the record, numbered as the catalogue has them."""
    return {
        kind.fields: {"fieldID": _named(list(resource.fields))}
        for kind in KINDS.values()
        if (resource := catalogue.resource(kind.resource)) is not None
    }


def user_field_picklists(names: Mapping[str, list[str]]) -> dict[str, dict[str, Picklist]]:
    """Return the choices of `udfFieldID`: the user-defined fields of the record."""
    return {KINDS[resource].user_fields: {"udfFieldID": _named(each)} for resource, each in names.items()}


def _named(names: list[str]) -> Picklist:
    return Picklist(choices=tuple(Choice(value=number, label=name) for number, name in enumerate(names, start=1)))


def _itself(resource: Resource) -> Resource:
    return resource


def _resources(kind: Kind) -> Iterator[Resource]:
    webhooks = _resource(kind.webhooks, ALL, {
        "deactivationUrl": ("text", {"required": True, "length": 500}),
        "isActive": ("boolean", {"required": True}),
        "isReady": ("boolean", {"read_only": True}),
        "isSubscribedToCreateEvents": ("boolean", {}),
        "isSubscribedToDeleteEvents": ("boolean", {}),
        "isSubscribedToUpdateEvents": ("boolean", {}),
        "name": ("text", {"required": True, "length": 50}),
        "notificationEmailAddress": ("text", {"length": 500}),
        "ownerResourceID": ("integer", {"read_only": True, "reference": "Resources"}),
        "secretKey": ("text", {"required": True, "length": 64}),
        "sendThresholdExceededNotification": ("boolean", {}),
        "webhookGUID": ("text", {"read_only": True, "length": 36}),
        "webhookUrl": ("text", {"required": True, "length": 500}),
    })  # fmt: skip
    yield webhooks
    parent = {"webhookID": ("integer", {"create_only": True, "required": True, "reference": kind.webhooks})}
    flags = {"isDisplayAlwaysField": ("boolean", {}), "isSubscribedField": ("boolean", {})}
    of = Child(of=kind.webhooks, key="webhookID", segment="Fields")
    number = {"required": True, "create_only": True, "picklist": True}
    yield replace(_resource(kind.fields, ALL, {"fieldID": ("integer", number), **flags, **parent}), child=of)
    if kind.resource != "TicketNotes":
        of = replace(of, segment="UdfFields")
        yield replace(_resource(kind.user_fields, ALL, {"udfFieldID": ("integer", number), **flags, **parent}), child=of)
    of = replace(of, segment="ExcludedResources")
    person = {"resourceID": ("integer", {"required": True, "reference": "Resources"})}
    yield replace(_resource(kind.excluded, ALL - {"update"}, {**person, **parent}), child=of)


def _errors() -> Resource:
    return _resource(ERRORS, frozenset({"read", "delete"}), {
        "accountWebhookID": ("integer", {"read_only": True, "reference": "CompanyWebhooks"}),
        "contactWebhookID": ("integer", {"read_only": True, "reference": "ContactWebhooks"}),
        "createDateTime": ("datetime", {"read_only": True}),
        "errorMessage": ("text", {"read_only": True}),
        "payload": ("text", {"read_only": True}),
        "sequenceNumber": ("integer", {"read_only": True}),
    })  # fmt: skip


def _resource(
    name: str, operations: frozenset[Operation], fields: Mapping[str, tuple[FieldType, Mapping[str, object]]]
) -> Resource:
    made = {each: Field(name=each, type=kind, **flags) for each, (kind, flags) in fields.items()}  # type: ignore[arg-type]
    return Resource(
        name=name,
        path=name,
        operations=operations,
        id_field="id",
        id_pattern="[0-9]{1,19}",
        fields={"id": Field(name="id", type="integer", read_only=True), **made},
        label="name" if "name" in fields else None,
    )
