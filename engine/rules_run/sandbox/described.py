"""A stand-in for a system that only its manifest and catalogue describe: it does what they say that it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Request

from rules_run.connect.asking import Call as Described
from rules_run.connect.login import filled
from rules_run.connect.manifest import Manifest, Rest
from rules_run.connect.payload import PayloadError, parse_json
from rules_run.connect.shapes import Shapes
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.mapping.filtering import matches
from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.exchange import Record, Safety
from rules_run.sandbox.app import SandboxApp
from rules_run.sandbox.asked import Misunderstood, conditions
from rules_run.sandbox.data import FRAME_WORDS, wrong_data
from rules_run.sandbox.history import Verb
from rules_run.sandbox.store import Id, SandboxStore
from rules_run.sandbox.system import Answer, Call, System

_WORDS = FRAME_WORDS | {"records", "settings"}
_FROM = "_from"
_TOKEN = "sandbox-token"  # noqa: S105 - given to everybody


class Refused(Exception):
    """A request that the system says no to."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class DescribedSystem(System):
    """The behaviour behind the paths of a manifest; with `settings` it knows only that log-in."""

    def __init__(self, manifest: Manifest, rest: Rest, store: SandboxStore, settings: Mapping[str, object]) -> None:
        self.title = manifest.title
        self._rest, self._store, self._settings = rest, store, settings
        self._shapes = Shapes(None, None)
        self._paths = [
            (method, re.compile(f"/{re.escape(rest.server.api)}{path}/?"), resource, verb)
            for name in store.catalogue.names()
            if (resource := store.catalogue.resource(name)) is not None and not resource.virtual
            for method, path, verb in self._of(resource)
        ]

    def call(self, request: Request) -> Call:
        """Recognise a request."""
        token = self._rest.token
        if token and (request.method, request.path) == (
            token.call.method,
            f"/{self._rest.server.api}{token.call.path}",
        ):
            given = Answer(body=_at(token.give, _TOKEN))
            return Call(resource="token", verb="describe", answer=lambda: given)
        for method, path, resource, verb in self._paths:
            if request.method == method and (found := path.fullmatch(request.path)):
                work = partial(self._work, request, resource, verb, found.groupdict().get("id"))
                return Call(resource=resource.name, verb=verb, answer=partial(self._answer, request, work))
        nothing = Refused(404, f"There is no {request.method} {request.path}")
        return Call(resource="unknown", verb="describe", answer=lambda: self._refusal(nothing))

    def stored(self, resource: str, record: Record) -> Record:
        """Return a record as people write it as the store holds it."""
        shape = self._store.catalogue.resource(resource)
        try:
            return self._shapes.canonical(shape, record) if shape else record
        except ValueFault as fault:
            raise wrong_data(f"The data of the sandbox cannot be read: {fault.message}", hint=fault.hint) from fault

    def words(self, status: int) -> object:
        """Return the body of a refusal in the shape that the manifest states."""
        return self._refusal(Refused(status, f"Status {status}")).body if status < 500 else None

    def _of(self, resource: Resource) -> Iterator[tuple[str, str, Verb]]:
        """Yield method, path and verb of what may be asked of a resource."""
        write, query = self._rest.write, self._rest.query
        own = re.escape(resource.path)
        yield query.call.method, _pattern(query.call, own), "read"
        for place in [own, *self._below(resource)] if write else []:
            assert write is not None
            yield write.create.method, _pattern(write.create, place), "create"
            yield write.update.method, _pattern(write.update, place), "update"

    def _below(self, resource: Resource) -> Iterator[str]:
        if (child := resource.child) is not None:
            above = self._store.catalogue.resource(child.of)
            yield f"{re.escape(above.path if above else child.of)}/[^/]+/{re.escape(child.segment)}"

    def _answer(self, request: Request, work: Callable[[], Answer]) -> Answer:
        try:
            self._log_in(request)
            with self._store.lock:
                return work()
        except Refused as refused:
            return self._refusal(refused)
        except Misunderstood as strange:
            return self._refusal(Refused(400, str(strange)))
        except ValueFault as fault:
            return self._refusal(Refused(422, fault.message))

    def _refusal(self, refused: Refused) -> Answer:
        return Answer(status=refused.status, body=_at(self._rest.error_texts or "error", str(refused)))

    def _work(self, request: Request, resource: Resource, verb: Verb, record_id: str | None) -> Answer:
        if verb not in resource.operations:
            raise Refused(405, f"{resource.name} takes no {request.method}")
        if verb == "read":
            return Answer(body=self._page(request, resource))
        sent = self._sent(request, resource)
        if verb == "create":
            return self._written(resource, self._create(resource, sent), 201)
        key = record_id if record_id is not None else sent.pop(resource.id_field, None)
        return self._written(resource, self._update(resource, str(key), sent), 200)

    def _log_in(self, request: Request) -> None:
        token, basic, shown = self._rest.token, self._rest.basic, request.authorization
        if token and request.headers.get("Authorization") != f"Bearer {_TOKEN}":
            raise Refused(401, "The token is not known")
        if not self._settings:
            return
        places = ((self._rest.headers, request.headers), (self._rest.parameters, request.args))
        if any(
            given.get(name, "") != filled(words, self._text) for names, given in places for name, words in names.items()
        ):
            raise Refused(401, "The log-in is not known")
        pair = (shown.username, shown.password) if shown is not None else None
        if basic and pair != (self._text(basic.user), self._text(basic.password)):
            raise Refused(401, "The log-in is not known")

    def _text(self, setting: str) -> str:
        return str(self._settings.get(setting) or "")

    def _page(self, request: Request, resource: Resource) -> object:
        """Return the page that a request asks for."""
        paging, style = self._rest.paging, self._rest.query
        asked: dict[str, Any] = dict(_body(request) or {}) if style.style == "body" else request.args.to_dict()
        first = int(request.args.get(_FROM, 0))
        size = min(_whole(asked.pop(paging.size_name, None), paging.size), paging.size)
        if paging.style in ("offset", "page"):
            at = _whole(asked.pop(paging.position_name, None), paging.first_page if paging.style == "page" else 0)
            first = at if paging.style == "offset" else (at - paging.first_page) * size
        for name in (*paging.order, *self._rest.parameters, _FROM):
            asked.pop(name, None)
        tests = conditions(style, resource, asked)
        met = [row for row in self._store.rows(resource.name) if all(_meets(row, each) for each in tests)]
        rows = met if paging.style == "none" else met[first : first + size]
        body = _at(style.items, [_shown(resource, row) for row in rows])
        if paging.next and len(met) > first + size:
            further = {**request.args.to_dict(), _FROM: str(first + size)}
            body = _at(paging.next, f"{request.base_url}?{urlencode(further)}", body)
        return body

    def _sent(self, request: Request, resource: Resource) -> Record:
        node = _body(request)
        body = node.get(resource.wrap) if resource.wrap and isinstance(node, Mapping) else node
        if not isinstance(body, Mapping):
            raise Refused(400, "The body holds no record")
        for name in body:
            if (field := resource.fields.get(name)) is not None and field.read_only and name != resource.id_field:
                raise Refused(422, f"{name} cannot be written")
        return self._shapes.canonical(resource, body)

    def _create(self, resource: Resource, sent: Record) -> Id:
        self._check_required(resource, sent)
        name = resource.marker or ""
        unique = self._rest.safety.of(resource.name, "create", marked=True) is Safety.UNIQUE
        if unique and sent.get(name) and any(row.get(name) == sent[name] for row in self._store.rows(resource.name)):
            raise Refused(409, f"There is one with this {name}")
        return self._store.insert(resource.name, sent)

    def _update(self, resource: Resource, key: str, sent: Record) -> Id:
        record_id: Id = int(key) if resource.fields[resource.id_field].type == "integer" and key.isdigit() else key
        before = self._store.get(resource.name, record_id)
        if before is None:
            raise Refused(404, f"There is no {resource.name} {key}")
        whole = self._rest.write is not None and self._rest.write.update_whole
        blank: Record = {field.name: None for field in resource.fields.values() if whole and not field.read_only}
        self._check_required(resource, {**before, **blank, **sent})
        self._store.change(resource.name, record_id, {**blank, **sent})
        return record_id

    def _check_required(self, resource: Resource, record: Record) -> None:
        needed = (field for field in resource.fields.values() if field.required and not field.read_only)
        if missing := [field.name for field in needed if record.get(field.name) is None]:
            raise Refused(422, f"{', '.join(missing)} must be given")

    def _written(self, resource: Resource, record_id: Id, status: int) -> Answer:
        """Answer a write as the manifest reads the answer: the record where it has one, and the id."""
        write, row = self._rest.write, self._store.get(resource.name, record_id) or {}
        body: object = {}
        if write is not None:
            body = _at(write.record, _shown(resource, row), body) if write.record else body
            body = _at(write.id, record_id, body)
        return Answer(status=status, body=body, committed=True, record_id=record_id)


def check_described(manifest: Manifest) -> Rest:
    """Return how a system is described; raise ConnectorUnusable where that is more than this stand-in understands."""
    rest = manifest.rest
    if rest is not None and not (beyond := list(_beyond(rest))):
        return rest
    what = f"its manifest has {', '.join(beyond)}" if rest else "code speaks to its system"
    raise ConnectorUnusable(
        f"The connector {manifest.name} has no sandbox, and none can be made from its manifest: {what}. "
        "Write a sandbox.py beside it (docs/guide/sandboxes.md)."
    )


def sandbox_of(manifest: Manifest, data: Mapping[str, Any], catalogue: Catalogue) -> SandboxApp:
    """Make a stand-in by a manifest over the records of a data file."""
    rest = check_described(manifest)
    if strange := sorted(set(data) - _WORDS):
        raise wrong_data(
            f"The data of the sandbox has the unknown word {', '.join(strange)}.",
            hint=f"Known are {', '.join(sorted(_WORDS))}.",
        )
    store = SandboxStore(catalogue)
    system = DescribedSystem(manifest, rest, store, data.get("settings", {}))
    records = data.get("records", {})
    store.check(records)
    store.load({name: [system.stored(name, row) for row in rows] for name, rows in records.items()})
    return SandboxApp(system, store, data)


def _beyond(rest: Rest) -> Iterator[str]:
    """Yield what of a manifest needs a stand-in that was written for the system."""
    if rest.query.style == "expression":
        yield "conditions as one text (`expression`)"
    if rest.server.zone:
        yield "a `zone`"
    if rest.udf or rest.picklists:
        yield "`udf` or `picklists`"
    if rest.paging.style in ("next_url", "keyset") and rest.query.style == "body" and not rest.paging.repeat_body:
        yield "further pages without the body (`repeat_body`)"


def _pattern(call: Described, path: str) -> str:
    return re.escape(call.path).replace(r"\{path\}", path).replace(r"\{id\}", "(?P<id>[^/]+)")


def _meets(row: Record, alternatives: tuple[Any, ...]) -> bool:
    return any(matches(row, (each,)) for each in alternatives)


def _shown(resource: Resource, row: Record) -> Record:
    return {name: row.get(name) for name, field in resource.fields.items() if not field.write_only}


def _at(path: str, value: object, body: object = None) -> object:
    """Return a body with a value at a dotted path; `.` is the body itself."""
    if path == ".":
        return value
    name, _, rest = path.partition(".")
    held: dict[str, object] = dict(body) if isinstance(body, Mapping) else {}
    return {**held, name: _at(rest, value, held.get(name)) if rest else value}


def _body(request: Request) -> Any:
    try:
        return parse_json(request.get_data()) if request.get_data() else None
    except PayloadError:
        raise Refused(400, "The body is not JSON") from None


def _whole(text: object, default: int) -> int:
    return int(str(text)) if str(text).isdigit() else default
