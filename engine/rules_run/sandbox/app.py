"""The frame of every stand-in: a WSGI application round one system's behaviour."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Request, Response, abort, render_template, request

from rules_run.model.exchange import Record
from rules_run.sandbox.history import History, Verb
from rules_run.sandbox.script import Fault, Script
from rules_run.sandbox.store import SandboxStore

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class ConnectionDropped(ConnectionError):  # noqa: N818 - a signal, not an error of anybody
    """The stand-in cut the connection instead of answering."""


class AnswerWithheld(TimeoutError):  # noqa: N818 - likewise
    """The stand-in did the work and never answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a system says: `body` becomes JSON; `committed` and `record_id` tell what it did to its data."""

    status: int = 200
    body: object = None
    committed: bool = False
    record_id: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that a system knows: what it is about, and how to get the answer."""

    resource: str
    verb: Verb
    answer: Callable[[], Answer]


class System(Protocol):
    """What one system's stand-in supplies."""

    title: str

    def call(self, request: Request) -> Call:
        """Recognise a request without doing anything yet; what is wrong with it is an answer too."""

    def stored(self, resource: str, record: Record) -> Record:
        """Return a record as people write it as the store holds it."""


class SandboxApp:
    """A system's stand-in: its own paths, a page that shows its records, and what tests steer it by under `/_sandbox`.

    Called in process it raises ConnectionDropped and AnswerWithheld where `serve` cuts or holds the connection.
    """

    def __init__(self, system: System, store: SandboxStore) -> None:
        self.system, self.store = system, store
        self.history, self.script = History(), Script()
        self._flask = self._routes()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        return self._flask(environ, start_response)

    def reset(self) -> None:
        """Go back to the data as it was loaded, with no history and no faults."""
        self.store.reset()
        self.history.clear()
        self.script.clear()

    def give(self, resource: str, records: Iterable[Record], *, replace: bool = False) -> None:
        """Add records as people write them, past every check of the system; or put them in the place of all others."""
        if replace:
            self.store.empty(resource)
        self.store.add(resource, [self.system.stored(resource, record) for record in records])

    def _routes(self) -> Flask:
        flask = Flask(__name__, static_folder=None)
        flask.url_map.merge_slashes = False
        flask.config["PROPAGATE_EXCEPTIONS"] = True
        flask.add_url_rule("/", "index", self._index)
        flask.add_url_rule("/_sandbox/records/<resource>", "records", self._records)
        flask.add_url_rule("/_sandbox/records/<resource>.json", "rows", self._rows)
        flask.add_url_rule("/_sandbox/history", "history", self._history)
        flask.add_url_rule("/_sandbox/calls", "calls", lambda: _json(self.history.calls()))
        flask.add_url_rule("/_sandbox/reset", "reset", self._reset, methods=["POST"])
        flask.add_url_rule("/_sandbox/script", "script", self._script, methods=["POST"])
        flask.add_url_rule("/_sandbox/<path:path>", "unknown", lambda path: abort(404), methods=METHODS)
        flask.add_url_rule("/<path:path>", "system", self._system, methods=METHODS, provide_automatic_options=False)
        return flask

    def _system(self, path: str) -> Response:
        call = self.system.call(request)
        fault = self.script.take(call.resource, call.verb)
        answer = _answer(call, fault)
        lost = fault is not None and fault.effect != "answer"
        self.history.add(
            method=request.method,
            path=f"/{path}",
            resource=call.resource,
            verb=call.verb,
            committed=answer.committed,
            record_id=answer.record_id,
            status=None if lost else answer.status,
        )
        if fault is not None and lost:
            raise AnswerWithheld if fault.effect == "timeout_after" else ConnectionDropped
        return _json(answer.body, answer.status)

    def _index(self) -> str:
        return render_template("index.html", title=self.system.title, counts=self.store.counts())

    def _records(self, resource: str) -> str:
        shape = self.store.catalogue.resource(resource)
        if shape is None:
            abort(404)
        rows = self.store.rows(resource)
        columns = [name for name in shape.fields if any(row.get(name) is not None for row in rows)]
        return render_template("records.html", title=self.system.title, resource=resource, columns=columns, rows=rows)

    def _rows(self, resource: str) -> Response:
        return _json(self.store.rows(resource))

    def _history(self) -> Response:
        return _json([asdict(entry) for entry in self.history.entries()])

    def _reset(self) -> Response:
        self.reset()
        return _json({"reset": True})

    def _script(self) -> Response:
        try:
            self.script.add(Fault.from_json(request.get_json(force=True)))
        except ValueError as fault:
            return _json({"message": str(fault)}, 400)
        return _json({"scripted": True})


def _answer(call: Call, fault: Fault | None) -> Answer:
    if fault is not None and fault.effect == "answer":
        return Answer(status=fault.status, body=fault.body)
    if fault is not None and fault.effect == "reset_before":
        return Answer()
    return call.answer()


def _json(body: object, status: int = 200) -> Response:
    text = json.dumps(body, default=_plain, ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)
