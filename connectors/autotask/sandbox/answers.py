"""What each kind of request is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rules_run.model.exchange import Record

from . import attachments, invoices, metadata, queries, writes
from .asked import Asked, read_json
from .refusal import Refusal
from .routes import Action


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


def _authenticate(asked: Asked) -> Record:
    return {"isAuthenticated": True}


def _threshold(asked: Asked) -> Record:
    limits = asked.meter.limits
    return {
        "externalRequestThreshold": limits.requests or 0,
        "requestThresholdTimeframe": round(limits.minutes),
        "currentTimeframeRequestCount": asked.meter.count(),
    }


def _item(asked: Asked) -> Record:
    attachments.check_download(asked.db, asked.resource, asked.record_id)
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
    body = asked.body() if asked.request.method == "POST" else read_json(sent or "null")
    return queries.read_search(asked.db, asked.resource, body, search=sent, page_size=size)


def _children(asked: Asked) -> Record:
    body = queries.children(asked.resource, asked.place.parent or 0)
    search = queries.read_search(asked.db, asked.resource, body, search=json.dumps(body))
    return queries.page(asked.db, asked.resource, search, queries.Position(), partial(_page_url, asked))


def _create(asked: Asked) -> int:
    body = asked.body()
    attachments.admit(asked.meter, asked.resource, body)
    return writes.create(asked.db, asked.resource, body, asked.place.parent)


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
    "markup": invoices.markup,
    "pdf": invoices.pdf,
    "settings": invoices.settings,
    "set_settings": invoices.set_settings,
    "add_recipient": invoices.add_recipient,
    "remove_recipient": invoices.remove_recipient,
    "authenticate": _authenticate,
}
