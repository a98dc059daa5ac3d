"""Webhook callouts: what changed is told to those who subscribed to it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from rules_run.model.exchange import Record
from rules_run.sandbox import SandboxStore

from .change import Change
from .picklists import Picklists
from .postbox import Letter, Postbox
from .subscriptions import Subscriptions
from .webhooks import ERRORS, KINDS, Kind

_ERROR_KEYS = {"CompanyWebhooks": "accountWebhookID", "ContactWebhooks": "contactWebhookID"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalloutRules:
    """Where callouts may go beside this computer, and how many in a row fail before a webhook is turned off."""

    hosts: tuple[str, ...] = ()
    failures: int = 5


class Callouts:
    """Hears of every change; keeps what webhooks need to be told of them."""

    def __init__(
        self, store: SandboxStore, picklists: Picklists, stamp: Callable[[], str], rules: CalloutRules
    ) -> None:
        self._store, self._picklists, self._stamp, self._rules = store, picklists, stamp, rules
        self._lock = threading.Lock()
        self._numbers: Counter[tuple[str, int]] = Counter()
        self._failed: Counter[tuple[str, int]] = Counter()
        self._postbox = Postbox(rules.hosts)

    def hear(self, resource: str, change: Change) -> None:
        """Take a change in, of a record or of a subscription."""
        for kind in KINDS.values():
            subscriptions = Subscriptions(kind=kind, store=self._store, picklists=self._picklists)
            if resource == kind.resource:
                for webhook, fields in subscriptions.told(change):
                    self._post(kind, webhook, change, fields)
            elif resource == kind.webhooks:
                self._subscribed(kind, change)
            elif resource in (kind.fields, kind.user_fields):
                webhook_id = _number(change.record["webhookID"])
                self._store.change(kind.webhooks, webhook_id, {"isReady": subscriptions.ready(webhook_id)})

    def sent(self) -> None:
        """Return when everything heard so far has been posted."""
        self._postbox.emptied()

    def _subscribed(self, kind: Kind, change: Change) -> None:
        """Complete a new webhook; what belonged to a deleted one goes with it."""
        number = _number(change.record["id"])
        if change.action == "Create":
            made = {"webhookGUID": _guid(kind, number), "isReady": False, "ownerResourceID": change.person}
            self._store.change(kind.webhooks, number, made)
        elif change.action == "Delete":
            for entity in (kind.fields, kind.user_fields, kind.excluded):
                for row in self._store.rows(entity):
                    if row["webhookID"] == number:
                        self._store.remove(entity, _number(row["id"]))

    def _post(self, kind: Kind, webhook: Record, change: Change, fields: Record) -> None:
        key = kind.webhooks, _number(webhook["id"])
        with self._lock:
            self._numbers[key] += 1
            number = self._numbers[key]
        body = {
            "Action": change.action,
            "Guid": webhook.get("webhookGUID") or _guid(kind, webhook["id"]),
            "EntityType": kind.entity_type,
            "Id": change.record["id"],
            "Fields": fields,
            "EventTime": self._stamp(),
            "SequenceNumber": number,
            "PersonID": change.person,
        }
        self._postbox.put(_letter(webhook, "webhookUrl", body, partial(self._came, key, webhook, body)))

    def _came(self, key: tuple[str, int], webhook: Record, body: Mapping[str, object], failure: str | None) -> None:
        """Note what came of a callout; turn a webhook off that fails too often."""
        if failure is None:
            self._failed[key] = 0
            return
        self._failed[key] += 1
        owner = {_ERROR_KEYS[key[0]]: key[1]} if key[0] in _ERROR_KEYS else {}
        told = {
            "errorMessage": failure,
            "payload": json.dumps(body, default=str),
            "sequenceNumber": body["SequenceNumber"],
        }
        self._store.insert(ERRORS, {**owner, **told, "createDateTime": self._stamp()})
        if self._failed[key] == self._rules.failures:
            self._store.change(*key, {"isActive": False})
            off = {"Action": "Deactivated", "Guid": body["Guid"], "EventTime": self._stamp()}
            self._postbox.put(_letter(webhook, "deactivationUrl", off, None))


def _number(value: object) -> int:
    return int(str(value))


def _guid(kind: Kind, number: object) -> str:
    # The same data makes the same stand-in, down to what a real system draws by chance.
    return str(uuid5(NAMESPACE_URL, f"{kind.webhooks}/{number}"))


def _letter(webhook: Record, url: str, body: Mapping[str, object], told: Callable[[str | None], None] | None) -> Letter:
    return Letter(url=str(webhook[url]), body=body, secret=str(webhook["secretKey"]), told=told)
