"""A connector at a stand-in of its system that nobody has used before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rules_run.connect.contract import Connector
from rules_run.connect.registry import open_connector, open_manifest
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import ConnectorUnusable
from rules_run.mapping.filtering import matches
from rules_run.model.catalogue import Catalogue
from rules_run.model.exchange import Condition, Outcome, Query, Record, Verb, Verdict, Write
from rules_run.model.frozen import frozen
from rules_run.model.secret import Secret
from rules_run.sandbox.app import SandboxApp
from rules_run.sandbox.faults import Effect, Fault
from rules_run.sandbox.opening import sandbox_maker
from rules_run.testing.conformance.examples import Example, Examples
from rules_run.testing.systems import QUICK, any_log_in


class Stand:
    """One log-in, and what truly happened; without `app` the connector writes to files of its own."""

    def __init__(self, connector: Connector, app: SandboxApp | None) -> None:
        self.connector, self.app = connector, app

    def create(self, example: Example, changes: Mapping[str, object] | None = None) -> Verdict:
        """Send the new record of an example once, with changes."""
        values = {**example.create, **(changes or {})}
        return self.send(Write(resource=example.resource, verb="create", values=values))

    def send(self, write: Write) -> Verdict:
        """Send a write once, as the engine does: what the system would surely refuse raises ValueFault."""
        values = self.connector.canonical(write.resource, dict(write.values))
        return self.connector.send(self.connector.prepare(replace(write, values=values)), lambda: None)

    def find(self, resource: str, **fields: object) -> list[Record]:
        """Return the records whose fields are so."""
        where = tuple(Condition(field=name, op="eq", value=value) for name, value in fields.items())
        query = Query(resource=resource, where=where)
        return [each for page in self.connector.read(query) for each in page if matches(each, where)]

    def order(self, effect: Effect, resource: str, verb: Verb | str, **words: Any) -> None:
        """Let the next request of that kind go wrong."""
        if self.app is not None:
            self.app.order(Fault.from_json({"effect": effect, "resource": resource, "verb": verb, **words}))

    def made(self, resource: str) -> int:
        """Return how many records a client has made, as the stand-in knows it."""
        if self.app is None:
            return len(self.find(resource))
        return sum(each.committed for each in self._asked(resource, "create"))

    def requests(self, resource: str, verb: Verb) -> int:
        """Return how many requests of that kind came."""
        return len(self._asked(resource, verb))

    def _asked(self, resource: str, verb: Verb) -> list[Any]:
        entries = self.app.history.entries() if self.app is not None else ()
        return [each for each in entries if (each.resource, each.verb, each.by) == (resource, verb, "client")]


@frozen
class Stands:
    """Opens stands of one connector, each as its examples say."""

    type: str
    workspace: Path | None
    catalogue: Catalogue
    examples: Examples

    @contextmanager
    def fresh(self, words: Mapping[str, Any] | None = None) -> Iterator[Stand]:
        """Open the connector at a stand-in of these further words."""
        with TemporaryDirectory() as folder:
            app = self._app({**self.examples.sandbox, **(words or {})})
            settings = self._settings()
            transport = WsgiTransport(app) if app is not None else None
            place = Path(folder) if app is None else self.workspace
            connector = open_connector(self.type, "system", settings, place, transport, wait=lambda _seconds: None)
            try:
                yield Stand(connector, app)
            finally:
                connector.close()

    def _settings(self) -> dict[str, object]:
        """Return a log-in that is made up, quick, and as the examples say."""
        known = open_manifest(self.type, self.workspace).settings
        given = {
            name: Secret(value) if name in known and known[name].secret and isinstance(value, str) else value
            for name, value in self.examples.settings.items()
        }
        quick = QUICK if "url" in known else {}
        return {**any_log_in(self.type, self.workspace), **quick, **given}

    def _app(self, words: dict[str, Any]) -> SandboxApp | None:
        try:
            maker = sandbox_maker(self.type, self.workspace)
        except ConnectorUnusable:
            return None
        app: SandboxApp = maker(words, self.catalogue)
        return app


def applied(verdict: Verdict) -> bool:
    """Say whether a write was done."""
    return verdict.outcome is Outcome.APPLIED
