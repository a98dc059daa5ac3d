"""Autotask as its clients meet it: log-in, routes, answers, errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any

from flask import Request

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record
from rules_run.sandbox import Answer, Call, System

from . import metadata, queries, writes
from .database import Database
from .given import as_stored
from .refusal import Refusal
from .routes import Action, Place, Route, Router

LONGEST_QUERY_STRING = 2048
_OPEN: tuple[Action, ...] = ("zone", "version")
_WRITTEN: tuple[Action, ...] = ("create", "update", "replace", "delete")


class AutotaskSystem(System):
    """The behaviour behind the stand-in's paths."""

    title = "Autotask"

    def __init__(self, db: Database) -> None:
        self._db = db
        self._router = Router(db.catalogue)
        self._requests = 0

    def call(self, request: Request) -> Call:
        """Recognise a request."""
        with self._db.store.lock:
            self._requests += 1
        place = self._router.place(request.path)
        try:
            route = self._router.route(place, request.method)
        except Refusal as refusal:
            return Call(resource=place.name, verb="describe", answer=partial(_refused, refusal))
        return Call(resource=place.name, verb=route.verb, answer=lambda: self._answer(request, route))

    def stored(self, resource: str, record: Record) -> Record:
        """Return a record of a data file with the ids that its labels stand for."""
        return as_stored(self._db, resource, record)

    def _answer(self, request: Request, route: Route) -> Answer:
        try:
            if route.action not in _OPEN:
                self._log_in(request)
            if len(request.query_string) > LONGEST_QUERY_STRING:
                raise Refusal("The request filtering module is configured to deny a query string this long.", 404)
            result = self._ANSWERS[route.action](self, request, route.place)
        except Refusal as refusal:
            return _refused(refusal)
        if route.action in _WRITTEN:
            return Answer(body={"itemId": result}, committed=True, record_id=result)
        return Answer(body=result, record_id=route.place.record_id)

    def _log_in(self, request: Request) -> None:
        if not self._db.users:
            return
        name, secret = request.headers.get("UserName", ""), request.headers.get("Secret", "")
        known = next((user for user in self._db.users if user.user.lower() == name.lower()), None)
        if known is None or known.secret != secret:
            raise Refusal("The username or secret is not valid.", 401)
        code = request.headers.get("ApiIntegrationCode", "")
        if not code or known.integration_code not in (None, code):
            raise Refusal("IntegrationCode is invalid")

    def _zone(self, request: Request, place: Place) -> Record:
        user = request.args.get("user", "").strip().lower()
        known = {known.user.lower() for known in self._db.users}
        if not user or (known and user not in known):
            raise Refusal("Zone information could not be determined for the user.")
        return {"zoneName": "Sandbox", "url": _base(request), "webUrl": request.host_url, "ci": 1}

    def _version(self, request: Request, place: Place) -> Record:
        return {"apiVersions": ["1.0"]}

    def _threshold(self, request: Request, place: Place) -> Record:
        return {
            "externalRequestThreshold": 10_000,
            "requestThresholdTimeframe": 60,
            "currentTimeframeRequestCount": self._requests,
        }

    def _item(self, request: Request, place: Place) -> Record:
        return queries.item(self._db, _resource(place), _id(place), place.parent)

    def _query(self, request: Request, place: Place) -> Record:
        return self._page(request, place, queries.Position(), None)

    def _next(self, request: Request, place: Place) -> Record:
        # The page of a query that was posted is posted again, with its body: the token is a position only.
        if request.method == "GET" and "search" not in request.args:
            raise Refusal("The requested resource does not support http method 'GET'.", 405)
        position, size = queries.read_position(request.args.get("paging", ""), forward=place.forward)
        return self._page(request, place, position, size)

    def _page(self, request: Request, place: Place, position: queries.Position, size: int | None) -> Record:
        resource = _resource(place)
        search = self._search(request, resource, size)
        return queries.page(self._db, resource, search, position, partial(_page_url, request, resource))

    def _count(self, request: Request, place: Place) -> Record:
        return queries.count(self._db, _resource(place), self._search(request, _resource(place), None))

    def _search(self, request: Request, resource: Resource, size: int | None) -> queries.Search:
        sent = request.args.get("search") if request.method == "GET" else None
        body = _body(request) if request.method == "POST" else _json(sent or "null")
        return queries.read_search(self._db, resource, body, search=sent, page_size=size)

    def _children(self, request: Request, place: Place) -> Record:
        resource = _resource(place)
        body = queries.children(resource, place.parent or 0)
        search = queries.read_search(self._db, resource, body, search=json.dumps(body))
        return queries.page(self._db, resource, search, queries.Position(), partial(_page_url, request, resource))

    def _create(self, request: Request, place: Place) -> int:
        return writes.create(self._db, _resource(place), _body(request), place.parent)

    def _update(self, request: Request, place: Place) -> int:
        return writes.update(self._db, _resource(place), _body(request), place.parent, replace=False)

    def _replace(self, request: Request, place: Place) -> int:
        return writes.update(self._db, _resource(place), _body(request), place.parent, replace=True)

    def _delete(self, request: Request, place: Place) -> int:
        return writes.delete(self._db, _resource(place), _id(place), place.parent)

    def _information(self, request: Request, place: Place) -> Record:
        return metadata.information(_resource(place))

    def _fields(self, request: Request, place: Place) -> Record:
        return metadata.fields(self._db, _resource(place))

    def _user_fields(self, request: Request, place: Place) -> Record:
        return metadata.user_fields(self._db, _resource(place))

    def _markup(self, request: Request, place: Place) -> Record:
        invoice = self._db.store.get("Invoices", _id(place))
        if invoice is None:
            raise Refusal(writes.NOT_THERE.format(verb="view"))
        number, total = escape(str(invoice.get("invoiceNumber") or invoice["id"])), invoice.get("invoiceTotal", 0)
        xml = request.path.lower().rstrip("/").endswith("xml")
        markup = f"<invoice><number>{number}</number><total>{total}</total></invoice>"
        return {"invoiceMarkup": markup if xml else f"<h1>Invoice {number}</h1><p>Total {total}</p>"}

    _ANSWERS: dict[Action, Callable[[AutotaskSystem, Request, Place], Any]] = {  # noqa: RUF012 - never changed
        "zone": _zone,
        "version": _version,
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


def _refused(refusal: Refusal) -> Answer:
    return Answer(status=refusal.status, body={"errors": [refusal.message]})


def _base(request: Request) -> str:
    return f"{request.host_url}ATServicesRest/"


def _page_url(request: Request, resource: Resource, direction: str) -> str:
    return f"{_base(request)}V1.0/{resource.path}/query/{direction}"


def _body(request: Request) -> object:
    return _json(request.get_data(as_text=True) or "null")


def _json(text: str) -> object:
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as fault:
        position = getattr(fault, "pos", 0)
        found = text[position : position + 1]
        raise Refusal(
            f"Unexpected character encountered while parsing value: {found}. Path '', position {position}."
        ) from fault


def _resource(place: Place) -> Resource:
    if place.resource is None:
        raise Refusal("No HTTP resource was found that matches the request URI.", 404)
    return place.resource


def _id(place: Place) -> int:
    return place.record_id or 0
