"""What each kind of request is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any

from flask import Request

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record

from . import metadata, queries, writes
from .database import Database
from .limits import Meter
from .refusal import Refusal
from .routes import Action, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request with what it is about, and the database as who asks sees it."""

    db: Database
    request: Request
    place: Place
    meter: Meter

    @property
    def resource(self) -> Resource:
        """Return the entity asked for."""
        if self.place.resource is None:
            raise Refusal("No HTTP resource was found that matches the request URI.", 404)
        return self.place.resource

    @property
    def record_id(self) -> int:
        """Return the id in the path."""
        return self.place.record_id or 0

    @property
    def base(self) -> str:
        """Return the stand-in's own address, with the slash that clients rely on."""
        return f"{self.request.host_url}ATServicesRest/"

    def body(self) -> object:
        """Return the JSON that was sent."""
        return _json(self.request.get_data(as_text=True) or "null")


def _zone(asked: Asked) -> Record:
    user = asked.request.args.get("user", "").strip().lower()
    known = {known.user.lower() for known in asked.db.users}
    if not user or (known and user not in known):
        raise Refusal("Zone information could not be determined for the user.")
    return {"zoneName": "Sandbox", "url": asked.base, "webUrl": asked.request.host_url, "ci": 1}


def _version(asked: Asked) -> Record:
    return {"apiVersions": ["1.0"]}


def _product_version(asked: Asked) -> Record:
    return {"majorVersion": "2026", "minorVersion": "1", "build": "0"}


def _modules(asked: Asked) -> Record:
    return {"modules": [{"key": name, "value": True} for name in ("Contracts", "CRM", "Inventory", "Service Desk")]}


def _entities(asked: Asked) -> Record:
    known = [asked.db.resource(name) for name in asked.db.catalogue.names()]
    return {"entityDescriptions": [metadata.information(asked.db, each) for each in known if not each.virtual]}


def _threshold(asked: Asked) -> Record:
    limits = asked.meter.limits
    return {
        "externalRequestThreshold": limits.requests or 0,
        "requestThresholdTimeframe": round(limits.minutes),
        "currentTimeframeRequestCount": asked.meter.count(),
    }


def _item(asked: Asked) -> Record:
    return queries.item(asked.db, asked.resource, asked.record_id, asked.place.parent)


def _query(asked: Asked) -> Record:
    return _page(asked, queries.Position(), None)


def _next(asked: Asked) -> Record:
    # The page of a query that was posted is posted again, with its body: the token is a position only.
    if asked.request.method == "GET" and "search" not in asked.request.args:
        raise Refusal("The requested resource does not support http method 'GET'.", 405)
    position, size = queries.read_position(asked.request.args.get("paging", ""), forward=asked.place.forward)
    return _page(asked, position, size)


def _page(asked: Asked, position: queries.Position, size: int | None) -> Record:
    return queries.page(asked.db, asked.resource, _search(asked, size), position, partial(_page_url, asked))


def _page_url(asked: Asked, direction: str) -> str:
    return f"{asked.base}V1.0/{asked.resource.path}/query/{direction}"


def _count(asked: Asked) -> Record:
    return queries.count(asked.db, asked.resource, _search(asked, None))


def _search(asked: Asked, size: int | None) -> queries.Search:
    sent = asked.request.args.get("search") if asked.request.method == "GET" else None
    body = asked.body() if asked.request.method == "POST" else _json(sent or "null")
    return queries.read_search(asked.db, asked.resource, body, search=sent, page_size=size)


def _children(asked: Asked) -> Record:
    body = queries.children(asked.resource, asked.place.parent or 0)
    search = queries.read_search(asked.db, asked.resource, body, search=json.dumps(body))
    return queries.page(asked.db, asked.resource, search, queries.Position(), partial(_page_url, asked))


def _create(asked: Asked) -> int:
    return writes.create(asked.db, asked.resource, asked.body(), asked.place.parent)


def _update(asked: Asked) -> int:
    return writes.update(asked.db, asked.resource, asked.body(), asked.place.parent, replace=False)


def _replace(asked: Asked) -> int:
    return writes.update(asked.db, asked.resource, asked.body(), asked.place.parent, replace=True)


def _delete(asked: Asked) -> int:
    return writes.delete(asked.db, asked.resource, asked.record_id, asked.place.parent)


def _information(asked: Asked) -> Record:
    return metadata.information(asked.db, asked.resource)


def _fields(asked: Asked) -> Record:
    return metadata.fields(asked.db, asked.resource)


def _user_fields(asked: Asked) -> Record:
    return metadata.user_fields(asked.db, asked.resource)


def _markup(asked: Asked) -> Record:
    invoice = asked.db.one("Invoices", asked.record_id)
    if invoice is None:
        raise Refusal(writes.NOT_THERE.format(verb="view"))
    number, total = escape(str(invoice.get("invoiceNumber") or invoice["id"])), invoice.get("invoiceTotal", 0)
    xml = asked.request.path.lower().rstrip("/").endswith("xml")
    markup = f"<invoice><number>{number}</number><total>{total}</total></invoice>"
    return {"invoiceMarkup": markup if xml else f"<h1>Invoice {number}</h1><p>Total {total}</p>"}


def _json(text: str) -> object:
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as fault:
        position = getattr(fault, "pos", 0)
        found = text[position : position + 1]
        raise Refusal(
            f"Unexpected character encountered while parsing value: {found}. Path '', position {position}."
        ) from fault


ANSWERS: Mapping[Action, Callable[[Asked], Any]] = {
    "zone": _zone,
    "version": _version,
    "product_version": _product_version,
    "modules": _modules,
    "entities": _entities,
    "threshold": _threshold,
    "item": _item,
    "query": _query,
    "count": _count,
    "page": _next,
    "children": _children,
    "create": _create,
    "update": _update,
    "replace": _replace,
    "delete": _delete,
    "information": _information,
    "fields": _fields,
    "user_fields": _user_fields,
    "markup": _markup,
}
