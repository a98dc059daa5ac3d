"""The bridge as its clients meet it: paths, log-in, company, lists, errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial

from flask import Request

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record
from rules_run.sandbox import Answer, Call, System, Verb

from . import cards, invoices
from .books import LOCKS, Books, Licence, Search, as_stored
from .cards import ID, Exists
from .odata import Filter, ordered, selected, whole
from .refusal import STATUSES, Refusal, malformed

_PATH = re.compile(r"/api/Entity/([A-Za-z]+)(?:/([^/]+))?/?")
_VERBS: Mapping[str, Verb] = {"GET": "read", "POST": "create", "PUT": "update", "DELETE": "delete"}
_KNOWN = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip"})
INVOICE = "CustomerInvoice"
_SEARCHES: Mapping[Search, Mapping[str, bool | None]] = {
    "works": {},
    "nothing": {"Référence": False},
    "ignored": {"Référence": True},
    "refused": {"Référence": None},
}


class AcombaSystem(System):
    """The behaviour behind the stand-in's paths."""

    title = "Acomba"

    def __init__(self, books: Books) -> None:
        self._books = books

    def call(self, request: Request) -> Call:
        """Recognise a request."""
        found, verb = _PATH.fullmatch(request.path), _VERBS.get(request.method, "describe")
        name = found[1] if found else "unknown"
        resource = self._books.store.catalogue.resource(name) if name != LOCKS else None
        if found is None or resource is None:
            refusal = Refusal(404, "ENTITE", f"Entité inconnue : {name}")
            return Call(resource="unknown", verb=verb, answer=partial(_refused, refusal))
        return Call(resource=name, verb=verb, answer=partial(self._answer, request, resource, verb, found[2]))

    def stored(self, resource: str, record: Record) -> Record:
        """Return a record as people write it as the store holds it."""
        return as_stored(self._books.store.catalogue, resource, record)

    def words(self, status: int) -> object:
        """Return what the bridge itself says with a status."""
        return STATUSES[status].body if status in STATUSES else None

    def _answer(self, request: Request, resource: Resource, verb: Verb, key: str | None) -> Answer:
        try:
            licence = self._log_in(request)
            self._check_company(request)
            if verb == "describe" or verb not in resource.operations:
                raise Refusal(405, "METHODE", f"{request.method} n'est pas pris en charge pour {resource.name}")
            return self._work(request, resource, verb, key, licence)
        except Refusal as refusal:
            return _refused(refusal)

    def _work(
        self, request: Request, resource: Resource, verb: Verb, key: str | None, licence: Licence | None
    ) -> Answer:
        if verb == "read":
            rows = (
                [] if licence and licence.sees.get(resource.name) == "none" else self._books.store.rows(resource.name)
            )
            return self._list(request, resource, rows) if key is None else self._one(request, resource, rows, key)
        body = _body(request)
        if verb == "update":
            record = cards.update(self._books, resource, _id(key), body)
            return Answer(body=_shown(resource, record), committed=True, record_id=record[ID])
        if resource.name == INVOICE:
            record = invoices.create(self._books, resource, body)
            return Answer(status=201, body=record, committed=True, record_id=record[ID])
        return self._create(resource, body, careful=request.headers.get("If-None-Match") == "*")

    def _create(self, resource: Resource, body: object, *, careful: bool) -> Answer:
        """Make a card; what is said of one that is there depends on the header, and on what no source states."""
        try:
            record = cards.create(self._books, resource, body)
        except Exists as taken:
            status = self._books.switches.exists if careful else 409
            if status == 201:
                return Answer(status=201, body=_shown(resource, taken.card), record_id=taken.card[ID])
            raise Refusal(status, "EXISTE", taken.message) from taken
        return Answer(status=201, body=_shown(resource, record), committed=True, record_id=record[ID])

    def _list(self, request: Request, resource: Resource, rows: list[Record]) -> Answer:
        asked, switches = request.args, self._books.switches
        if strange := sorted(name for name in asked if name.startswith("$") and name not in _KNOWN):
            raise malformed(f"Paramètre inconnu : {', '.join(strange)}")
        if text := asked.get("$filter", ""):
            test = self._test(resource, text)
            rows = [row for row in rows if test(row)]
        rows = ordered(resource, rows, asked["$orderby"]) if asked.get("$orderby") else rows
        if switches.paging:
            skip, top = whole(asked.get("$skip"), "$skip") or 0, whole(asked.get("$top"), "$top")
            rows = rows[skip:] if top is None else rows[skip : skip + top]
        rows = rows if switches.most is None else rows[: switches.most]
        return Answer(body={"value": _selected(request, resource, rows)})

    def _one(self, request: Request, resource: Resource, rows: list[Record], key: str) -> Answer:
        found = [row for row in rows if row[ID] == _id(key)]
        if not found:
            raise Refusal(404, "INTROUVABLE", f"Fiche introuvable : {key}")
        return Answer(body=_selected(request, resource, found)[0], record_id=found[0][ID])

    def _test(self, resource: Resource, text: str) -> Callable[[Record], bool]:
        """Return the test of a filter; one by the reference of an invoice may do nothing, as no source states."""
        switches = self._books.switches
        decided = _SEARCHES[switches.reference_search] if resource.name == INVOICE else {}
        return Filter(resource, text, ignores_case=switches.text_ignores_case, decided=decided).read()

    def _log_in(self, request: Request) -> Licence | None:
        if not self._books.licences:
            return None
        shown = request.authorization
        for licence in self._books.licences:
            if shown is not None and (shown.username, shown.password) == (licence.licence, licence.secret):
                return licence
        raise STATUSES[401]

    def _check_company(self, request: Request) -> None:
        places = {"header": request.headers.get("CompanyId"), "query": request.args.get("CompanyId")}
        place = self._books.switches.company_id
        told = (places["header"] or places["query"]) if place == "either" else places[place]
        if (told or "0") != str(self._books.company):
            raise Refusal(404, "DOSSIER", "Dossier de la société invalide")


def _selected(request: Request, resource: Resource, rows: list[Record]) -> list[Record]:
    return selected(resource, rows, request.args.get("$select", ""), request.args.get("$expand", ""))


def _shown(resource: Resource, record: Record) -> Record:
    return selected(resource, [record], "", "")[0]


def _body(request: Request) -> object:
    try:
        return json.loads(request.get_data(), parse_float=Decimal)
    except ValueError:
        raise malformed("Le corps de la requête n'est pas du JSON") from None


def _id(key: str | None) -> int:
    if key is None or not key.isdigit():
        raise Refusal(404, "INTROUVABLE", f"Fiche introuvable : {key or ''}")
    return int(key)


def _refused(refusal: Refusal) -> Answer:
    return Answer(status=refusal.status, body=refusal.body)
