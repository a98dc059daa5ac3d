"""The systems of one case: the real connector over the system's sandbox, or records in memory where it has none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rules_run.connect.local import ReadOnlyConnector
from rules_run.connect.registry import load_sandbox, open_catalogue, open_connector, open_manifest
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Catalogue
from rules_run.model.exchange import Record
from rules_run.model.rule_tests import Given, Reply
from rules_run.model.secret import Secret
from rules_run.sandbox.app import SandboxApp
from rules_run.sandbox.faults import Fault
from rules_run.testing.clock import TestClock
from rules_run.testing.recording import Recording

QUICK = {"deadline": 5, "settle": 1, "negative_gap": 1}


class Memory:
    """The records of a system that only reads, as a case gives them."""

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = {}

    def __call__(self, resource: str, /) -> Iterable[Record]:
        """Return the records of a resource."""
        return self.records.get(resource, [])


class Systems:
    """Opens, fills and scripts the systems behind the aliases of an integration."""

    def __init__(
        self, aliases: Mapping[str, str], *, workspace: Path, clock: TestClock, picklists: Mapping[str, Any]
    ) -> None:
        self._memories: dict[str, Memory] = {}
        self._sandboxes: dict[str, SandboxApp] = {}
        self.connectors: dict[str, Recording] = {}
        for alias, kind in aliases.items():
            self._open(alias, kind, workspace, clock, _of_alias(picklists, alias))

    def give(self, given: Given, *, replace: bool = False) -> None:
        """Add records by `alias.Resource`, or put them in the place of those that are there."""
        for name, records in given.items():
            alias, _, resource = name.partition(".")
            if alias in self._memories:
                known = self._memories[alias].records
                known[resource] = ([] if replace else known.get(resource, [])) + [dict(record) for record in records]
            elif alias in self._sandboxes:
                self._sandboxes[alias].give(resource, [dict(record) for record in records], replace=replace)

    def count(self, name: str) -> int:
        """Return how many records of `alias.Resource` there are."""
        alias, _, resource = name.partition(".")
        if alias in self._memories:
            return len(self._memories[alias].records.get(resource, []))
        return len(self._sandboxes[alias].store.rows(resource))

    def script(self, replies: Iterable[Reply]) -> None:
        """Let systems answer as a case says."""
        for reply in replies:
            alias, _, resource = reply.to.partition(".")
            fault = Fault(
                effect=reply.fault or "answer",
                resource=resource,
                verb=reply.verb,
                nth=reply.nth or 1,
                times=None if reply.nth is None and reply.fault is None else 1,
                status=200 if reply.status is None else reply.status,
                body=reply.body,
            )
            if alias in self._sandboxes:
                self._sandboxes[alias].faults.add(fault)

    def close(self) -> None:
        """Close every connector."""
        for connector in self.connectors.values():
            connector.close()

    def _open(self, alias: str, kind: str, workspace: Path, clock: TestClock, picklists: Mapping[str, Any]) -> None:
        catalogue = _catalogue(kind, workspace)
        try:
            maker = load_sandbox(kind, workspace)
        except ConnectorUnusable:
            memory = self._memories[alias] = Memory()
            self.connectors[alias] = Recording(ReadOnlyConnector(alias, catalogue, memory))
            return
        app: SandboxApp = maker({"now": clock.now, "picklists": dict(picklists)}, catalogue)
        self._sandboxes[alias] = app
        settings = {**_settings(kind, workspace), **QUICK}
        self.connectors[alias] = Recording(open_connector(kind, alias, settings, workspace, WsgiTransport(app)))


@cache
def _catalogue(kind: str, workspace: Path) -> Catalogue:
    """Return a system's catalogue, read once for all cases."""
    return open_catalogue(kind, workspace)


def _settings(kind: str, workspace: Path) -> dict[str, object]:
    """Return settings with which a connector opens its sandbox: an address in this process, and any log-in."""
    manifest = open_manifest(kind, workspace)
    values: dict[str, object] = {
        each.name: Secret("rule-test-secret") if each.secret else f"{each.name}@rule.test"
        for each in manifest.settings.values()
        if each.required
    }
    if "url" in manifest.settings:
        values["url"] = "http://127.0.0.1/"
    return values


def _of_alias(picklists: Mapping[str, Any], alias: str) -> dict[str, Any]:
    return {name.partition(".")[2]: fields for name, fields in picklists.items() if name.startswith(f"{alias}.")}
