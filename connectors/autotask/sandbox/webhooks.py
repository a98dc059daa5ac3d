"""The entities by which clients subscribe to changes: for each of five kinds of record the same four."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from rules_run.model.catalogue import Catalogue, Child, Field, Operation, Resource

from .picklists import Choice, Picklist

ALL: frozenset[Operation] = frozenset({"read", "create", "update", "delete"})
ERRORS = "WebhookEventErrorLogs"
_SUBSCRIPTION = (
    Field(name="deactivationUrl", type="text", length=500, required=True),
    Field(name="isActive", type="boolean", required=True),
    Field(name="isReady", type="boolean", read_only=True),
    Field(name="isSubscribedToCreateEvents", type="boolean"),
    Field(name="isSubscribedToDeleteEvents", type="boolean"),
    Field(name="isSubscribedToUpdateEvents", type="boolean"),
    Field(name="name", type="text", length=50, required=True),
    Field(name="notificationEmailAddress", type="text", length=500),
    Field(name="ownerResourceID", type="integer", read_only=True, reference="Resources"),
    Field(name="secretKey", type="text", length=64, required=True),
    Field(name="sendThresholdExceededNotification", type="boolean"),
    Field(name="webhookGUID", type="text", length=36, read_only=True),
    Field(name="webhookUrl", type="text", length=500, required=True),
)
_FLAGS = (Field(name="isDisplayAlwaysField", type="boolean"), Field(name="isSubscribedField", type="boolean"))
_ERROR = (
    Field(name="accountWebhookID", type="integer", read_only=True, reference="CompanyWebhooks"),
    Field(name="contactWebhookID", type="integer", read_only=True, reference="ContactWebhooks"),
    Field(name="createDateTime", type="datetime", read_only=True),
    Field(name="errorMessage", type="text", read_only=True),
    Field(name="payload", type="text", read_only=True),
    Field(name="sequenceNumber", type="integer", read_only=True),
)


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
    made[ERRORS] = _resource(ERRORS, frozenset({"read", "delete"}), _ERROR)
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
    yield _resource(kind.webhooks, ALL, _SUBSCRIPTION)
    parent = Field(name="webhookID", type="integer", required=True, create_only=True, reference=kind.webhooks)
    yield _child(kind, kind.fields, "Fields", ALL, (parent, _number("fieldID"), *_FLAGS))
    if kind.resource != "TicketNotes":
        yield _child(kind, kind.user_fields, "UdfFields", ALL, (parent, _number("udfFieldID"), *_FLAGS))
    person = Field(name="resourceID", type="integer", required=True, reference="Resources")
    yield _child(kind, kind.excluded, "ExcludedResources", ALL - {"update"}, (parent, person))


def _number(name: str) -> Field:
    return Field(name=name, type="integer", required=True, create_only=True, picklist=True)


def _child(
    kind: Kind, name: str, segment: str, operations: frozenset[Operation], fields: tuple[Field, ...]
) -> Resource:
    child = Child(of=kind.webhooks, key="webhookID", segment=segment)
    return replace(_resource(name, operations, fields), child=child)


def _resource(name: str, operations: frozenset[Operation], fields: tuple[Field, ...]) -> Resource:
    known = (Field(name="id", type="integer", read_only=True), *fields)
    return Resource(
        name=name,
        path=name,
        operations=operations,
        id_field="id",
        id_pattern="[0-9]{1,19}",
        fields={field.name: field for field in known},
    )
