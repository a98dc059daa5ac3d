"""Which changes a webhook is told of, and which fields of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules_run.model.exchange import Record
from rules_run.sandbox import SandboxStore

from .change import Change
from .picklists import Picklists
from .values import held_user_fields
from .webhooks import Kind

_EVENTS = {
    "Create": "isSubscribedToCreateEvents",
    "Update": "isSubscribedToUpdateEvents",
    "Delete": "isSubscribedToDeleteEvents",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """The subscriptions to one kind of record, read from the store."""

    kind: Kind
    store: SandboxStore
    picklists: Picklists

    def told(self, change: Change) -> Iterator[tuple[Record, Record]]:
        """Return each webhook that hears of the change, with the fields it is told."""
        for webhook in self.store.rows(self.kind.webhooks):
            if self._listens(webhook, change):
                fields = self._fields(webhook, change)
                if fields is not None:
                    yield webhook, fields

    def ready(self, webhook_id: object) -> bool:
        """Say whether a webhook subscribes to a field: before, it is told nothing."""
        return any(
            row.get("isSubscribedField") for name in (self.kind.fields, self.kind.user_fields)
            for row in self._rows(name, webhook_id)
        )  # fmt: skip

    def _listens(self, webhook: Record, change: Change) -> bool:
        on = webhook.get("isActive") and webhook.get(_EVENTS[change.action]) and self.ready(webhook["id"])
        excluded = [row["resourceID"] for row in self._rows(self.kind.excluded, webhook["id"])]
        return bool(on) and (change.person is None or change.person not in excluded)

    def _fields(self, webhook: Record, change: Change) -> Record | None:
        told: Record = {}
        touched = change.action != "Update"
        for name, row, was, now in self._values(webhook, change):
            changed = bool(row.get("isSubscribedField")) and (change.before is None or was != now)
            touched = touched or changed
            if changed or row.get("isDisplayAlwaysField"):
                told[name] = now
        return told if touched else None

    def _values(self, webhook: Record, change: Change) -> Iterator[tuple[str, Record, object, object]]:
        before = change.before or {}
        for name, row in self._named(self.kind.fields, "fieldID", webhook):
            yield name, row, before.get(name), change.record.get(name)
        was, now = held_user_fields(before), held_user_fields(change.record)
        for name, row in self._named(self.kind.user_fields, "udfFieldID", webhook):
            yield name, row, was.get(name), now.get(name)

    def _named(self, entity: str, key: str, webhook: Record) -> Iterator[tuple[str, Record]]:
        picklist = self.picklists.get(entity, {}).get(key)
        for row in self._rows(entity, webhook["id"]):
            choice = picklist.choice(row.get(key)) if picklist else None
            if choice is not None:
                yield choice.label, row

    def _rows(self, entity: str, webhook_id: object) -> list[Record]:
        return [row for row in self.store.rows(entity) if row.get("webhookID") == webhook_id]
