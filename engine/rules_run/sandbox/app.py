"""The frame of every stand-in: a WSGI application round one system's behaviour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Request, Response, request

from rules_run.model.exchange import Record
from rules_run.sandbox.data import read_data_faults, read_stopwatch
from rules_run.sandbox.effects import play
from rules_run.sandbox.faults import Fault, Faults
from rules_run.sandbox.history import Entry, History, Verb
from rules_run.sandbox.late import LateChanges
from rules_run.sandbox.steering import steer
from rules_run.sandbox.store import SandboxStore
from rules_run.sandbox.system import Answer, Call, System

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class SandboxApp:
    """A system's stand-in: its own paths, and pages for people and tests at `/` and below `/_sandbox`.

    `data` is the data file, of which the frame reads `now` and `faults`. Called in process it raises
    ConnectionRefused, ConnectionDropped and AnswerWithheld where `serve` shuts the port, cuts or holds the connection.
    """

    def __init__(self, system: System, store: SandboxStore, data: Mapping[str, Any] | None = None) -> None:
        self.system, self.store = system, store
        loaded = read_data_faults(data or {})
        for fault in loaded:
            self._check(fault)
        self.faults = Faults(loaded)
        self.stopwatch = read_stopwatch(data or {})
        self.late = LateChanges()
        self.before: dict[tuple[str, Verb], Answer] = {}
        self._history = History()
        self._flask = self._routes()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        return self._flask(environ, start_response)

    @property
    def history(self) -> History:
        """Return what happened, late changes whose time has come included."""
        self.settle()
        return self._history

    def settle(self) -> None:
        """Let the late changes happen whose time has come."""
        for entry, call in self.late.due(self.stopwatch.elapsed()):
            answer = call.answer()
            self._history.add(
                replace(entry, committed=answer.committed, id=answer.record_id, by="late", of=entry.n, fault=None)
            )

    def reset(self) -> None:
        """Go back to the data and the faults as they were loaded, with no history."""
        self.late.clear()
        self.before.clear()
        self.store.reset()
        self.system.reset()
        self._history.clear()
        self.faults.reset()

    def give(self, resource: str, records: Iterable[Record], *, replace: bool = False) -> None:
        """Add records as people write them, past every check of the system; or put them in the place of all others."""
        if replace:
            self.store.empty(resource)
        self.store.add(resource, [self.system.stored(resource, record) for record in records])

    def order(self, fault: Fault) -> int:
        """Order a fault and return its number; InvalidFiles where it gives records that the system cannot have."""
        self._check(fault)
        return self.faults.add(fault)

    def _check(self, fault: Fault) -> None:
        self.store.check({**fault.give, **{resource: [] for resource in fault.take if resource not in fault.give}})
        for resource, records in fault.give.items():
            for record in records:
                self.system.stored(resource, record)

    def _routes(self) -> Flask:
        flask = Flask(__name__, static_folder=None)
        flask.url_map.merge_slashes = False
        flask.config["PROPAGATE_EXCEPTIONS"] = True
        steer(flask, self)
        flask.add_url_rule("/<path:path>", "system", self._system, methods=METHODS, provide_automatic_options=False)
        return flask

    def _system(self, path: str) -> Response:
        # Late work outlives this request's context, so it gets the request itself, read to its end.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        asked.get_data()
        call = self.system.call(asked)
        delays, fault = self.faults.due(call.resource, call.verb)
        with call.during:
            for delay in delays:
                self.stopwatch.pause(delay.seconds)
            return play(_Scene(self, call, asked, fault or next(iter(delays), None)), fault)


class _Scene:
    """One request in the hands of an effect; see effects.Scene."""

    def __init__(self, app: SandboxApp, call: Call, asked: Request, fault: Fault | None) -> None:
        self._app, self._call = app, call
        self.pause, self.words = app.stopwatch.pause, app.system.words
        resource = app.store.catalogue.resource(call.resource)
        self.id_field = resource.id_field if resource else "id"
        self._entry = Entry(
            method=asked.method,
            path=asked.path,
            resource=call.resource,
            verb=call.verb,
            committed=False,
            id=None,
            status=None,
            fault=fault.effect if fault else None,
        )

    def work(self, *, lost: bool = False, status: int | None = None) -> Answer:
        answer = self._call.answer()
        told = None if lost else status or answer.status
        self._write(replace(self._entry, committed=answer.committed, id=answer.record_id, status=told))
        self._app.before[self._call.resource, self._call.verb] = answer
        return answer

    def skip(self, status: int | None = None) -> None:
        self._write(replace(self._entry, status=status))

    def work_later(self, seconds: float, status: int | None = None) -> None:
        number = self._write(replace(self._entry, status=status))
        self._app.late.add(self._app.stopwatch.elapsed() + seconds, replace(self._entry, n=number), self._call)

    def again(self) -> Answer | None:
        return self._app.before.get((self._call.resource, self._call.verb))

    def happen(self, fault: Fault) -> None:
        for resource, ids in fault.take.items():
            for record_id in ids:
                if self._app.store.remove(resource, record_id):
                    self._by_somebody(resource, record_id, "delete")
        for resource, records in fault.give.items():
            self._app.give(resource, records)
            for record in records:
                self._by_somebody(resource, record.get(self.id_field), "update")

    def _write(self, entry: Entry) -> int:
        return self._app.history.add(entry)

    def _by_somebody(self, resource: str, record_id: object, verb: Verb) -> None:
        self._write(
            replace(self._entry, resource=resource, verb=verb, committed=True, id=record_id, by="somebody", status=None)
        )
