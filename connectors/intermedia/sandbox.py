"""A stand-in for Intermedia's partner portal: log-in, accounts, transactions and their items."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from threading import Lock
from typing import Any

from flask import Request

from rules_run.model.catalogue import Catalogue
from rules_run.model.exchange import Record
from rules_run.sandbox import FRAME_WORDS, Answer, Call, SandboxApp, SandboxStore, System, wrong_data

_WORDS = FRAME_WORDS | {"clients", "records", "switches"}
_OF_TRANSACTION = ("accountID", "partnerAccountID", "companyName", "userName")
_ITEMS = re.compile(r"(?:.*/)?v1/api/billing/transactions/([^/]+)/items/?")
_TRANSACTIONS = re.compile(r"(?:.*/)?v1/api/billing/transactions/?")
_ACCOUNTS = re.compile(r"(?:.*/)?v1/api/accounts/?")
_TOKEN = re.compile(r"(?:.*/)?connect/token/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What no source states: each may be turned the other way in the data file.

    A report that was not `enabled` comes as an empty one; a page has at most `most` records whatever was asked for; a
    token serves `uses` requests (None: any number).
    """

    enabled: bool = True
    most: int = 1000
    uses: int | None = None


@dataclass(slots=True)
class Door:
    """The tokens that were given, with the requests that each still serves."""

    clients: Mapping[str, str]
    uses: int | None
    left: dict[str, int] = field(default_factory=dict)
    numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    lock: Lock = field(default_factory=Lock)

    def give(self, client: str, secret: str) -> str | None:
        """Return a token for a client that is known; without any, everybody is let in."""
        if self.clients and self.clients.get(client) != secret:
            return None
        with self.lock:
            token = f"sandbox-token-{self.numbers()}"
            self.left[token] = self.uses if self.uses is not None else -1
            return token

    def opens(self, header: str) -> bool:
        """Say whether a token still serves, and count it."""
        token = header.removeprefix("Bearer ")
        with self.lock:
            if not self.left.get(token):
                return False
            self.left[token] -= 1
            return True


class PortalSystem(System):
    """The behaviour behind the stand-in's paths."""

    title = "Intermedia partner portal"

    def __init__(self, store: SandboxStore, door: Door, switches: Switches) -> None:
        self._store, self._door, self._switches = store, door, switches

    def call(self, request: Request) -> Call:
        """Recognise a request."""
        path, get = request.path, request.method == "GET"
        if _TOKEN.fullmatch(path) and request.method == "POST":
            return Call(resource="token", verb="describe", answer=lambda: self._token(request))
        if get and (found := _ITEMS.fullmatch(path)):
            return self._read(request, "Items", lambda: self._items(found[1]))
        if get and _TRANSACTIONS.fullmatch(path):
            return self._read(request, "Transactions", lambda: self._transactions(request))
        if get and _ACCOUNTS.fullmatch(path):
            return self._read(request, "Accounts", lambda: self._store.rows("Accounts"))
        return Call(resource="unknown", verb="describe", answer=lambda: Answer(status=404, body={"error": "Not found"}))

    def _read(self, request: Request, resource: str, rows: Callable[[], list[Record]]) -> Call:
        def answer() -> Answer:
            if not self._door.opens(request.headers.get("Authorization", "")):
                return Answer(status=401, body={"error": "invalid_token"})
            return Answer(body=self._page(request, rows() if self._switches.enabled else []))

        return Call(resource=resource, verb="read", answer=answer)

    def _token(self, request: Request) -> Answer:
        form = request.form
        token = self._door.give(form.get("client_id", ""), form.get("client_secret", ""))
        if token is None or form.get("grant_type") != "client_credentials":
            return Answer(status=401, body={"error": "invalid_client"})
        return Answer(body={"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _page(self, request: Request, rows: list[Record]) -> Record:
        skip, take = int(request.args.get("skip", 0)), int(request.args.get("take", 50))
        items = rows[skip : skip + min(take, self._switches.most)]
        return {"count": len(items), "total": len(rows), "items": items}

    def _transactions(self, request: Request) -> list[Record]:
        """Return what the items say of their transactions, each once."""
        begin, end = request.args.get("from", ""), request.args.get("to", "9999")
        category = request.args.get("category")
        found: dict[object, Record] = {}
        for item in self._store.rows("Items"):
            own: Any = item["transaction"]
            if begin <= str(own["date"]) <= end and category in (None, own["category"]):
                about = {name: item[name] for name in _OF_TRANSACTION if name in item}
                found.setdefault(own["id"], {name: own[name] for name in ("id", "date", "category")} | about)
        return list(found.values())

    def _items(self, transaction: str) -> list[Record]:
        rows = [row for row in self._store.rows("Items") if _transaction(row) == transaction]
        left_out = {"itemID", "isCredit", "transaction"}
        return [
            {"itemNumber": number} | {name: value for name, value in row.items() if name not in left_out}
            for number, row in enumerate(rows, 1)
        ]


def create_sandbox(data: Mapping[str, Any], catalogue: Catalogue) -> SandboxApp:
    """Make a stand-in over Items and Accounts as the catalogue has them; without `clients` it lets everybody in."""
    if strange := sorted(set(data) - _WORDS):
        hint = f"Known are {', '.join(sorted(_WORDS))}."
        raise wrong_data(f"The data of the sandbox has the unknown word {', '.join(strange)}.", hint=hint)
    try:
        switches = Switches(**data.get("switches", {}))
    except TypeError as fault:
        raise wrong_data(
            "The data of the sandbox has an unknown switch.", hint="Known are enabled, most, uses."
        ) from fault
    store = SandboxStore(catalogue)
    store.load({name: [_plain(row) for row in rows] for name, rows in data.get("records", {}).items()})
    door = Door(clients=data.get("clients", {}), uses=switches.uses)
    return SandboxApp(PortalSystem(store, door, switches), store, data)


def _transaction(row: Record) -> str:
    own: Any = row["transaction"]
    return str(own["id"])


def _plain(node: Any) -> Any:
    """Return a record with its days as texts: YAML reads them as dates."""
    if isinstance(node, dict):
        return {name: _plain(value) for name, value in node.items()}
    return node.isoformat() if isinstance(node, date) else node
