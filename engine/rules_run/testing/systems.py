"""The systems of one case: the real connector over the system's sandbox, or records in memory where it has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rules_run.connect.contract import Connector
from rules_run.connect.local import ReadOnlyConnector
from rules_run.connect.registry import open_catalogue, open_connector, open_manifest
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Catalogue
from rules_run.model.exchange import Record
from rules_run.model.rule_tests import Given, Reply
from rules_run.model.secret import Secret
from rules_run.sandbox.app import SandboxApp
from rules_run.sandbox.faults import Fault
from rules_run.sandbox.opening import sandbox_maker
from rules_run.sandbox.store import SandboxStore
from rules_run.testing.clock import TestClock
from rules_run.testing.recording import Recording, Sent

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
        self,
        aliases: Mapping[str, str],
        *,
        workspace: Path,
        clock: TestClock,
        picklists: Mapping[str, Any],
        words: Mapping[str, Record],
    ) -> None:
        self._memories: dict[str, Memory] = {}
        self._sandboxes: dict[str, SandboxApp] = {}
        self._aliases, self._workspace, self._clock = aliases, workspace, clock
        self._sent: list[Sent] = []
        self.connectors: dict[str, Recording] = {}
        for alias, kind in aliases.items():
            self._start(alias, kind, {"now": clock.now, **_of_alias(picklists, alias), **words.get(alias, {})})
        self.restart()

    def restart(self) -> None:
        """Open every connector anew, as another process does; what the systems hold stays."""
        self.connectors = {
            alias: Recording(self._connector(alias, kind), self._sent) for alias, kind in self._aliases.items()
        }

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
                nth=reply.nth,
                times=reply.times or None,
                status=reply.status or (500 if reply.fault == "answer_after_commit" else 200),
                body=reply.body,
                retry_after=reply.retry_after,
                seconds=reply.seconds,
            )
            if alias in self._sandboxes:
                self._sandboxes[alias].faults.add(fault)

    def stores(self) -> Iterable[tuple[str, SandboxStore]]:
        """Return what each stand-in holds, by alias."""
        return [(alias, app.store) for alias, app in self._sandboxes.items()]

    def taken(self) -> list[Sent]:
        """Return what was sent since the last time, to whichever system, in order."""
        sent = list(self._sent)
        self._sent.clear()
        return sent

    def _start(self, alias: str, kind: str, data: dict[str, Any]) -> None:
        maker = _stand_in(kind, self._workspace)
        if maker is None:
            self._memories[alias] = Memory()
        else:
            self._sandboxes[alias] = maker(data, _catalogue(kind, self._workspace))

    def _connector(self, alias: str, kind: str) -> Connector:
        if alias in self._memories:
            return ReadOnlyConnector(alias, _catalogue(kind, self._workspace), self._memories[alias])
        settings = {**any_log_in(kind, self._workspace), **QUICK}
        transport = WsgiTransport(self._sandboxes[alias])
        # Between two tries of a read the clock of the case moves, and nobody waits.
        return open_connector(kind, alias, settings, self._workspace, transport, wait=self._clock.advance)


@cache
def _catalogue(kind: str, workspace: Path) -> Catalogue:
    """Return a system's catalogue, read once for all cases."""
    return open_catalogue(kind, workspace)


@cache
def _stand_in(kind: str, workspace: Path) -> Callable[[dict[str, Any], Catalogue], SandboxApp] | None:
    """Return what makes a system's stand-in; records of systems that are only read are given as they come out."""
    if open_manifest(kind, workspace).rest is None:
        return None
    try:
        return sandbox_maker(kind, workspace)
    except ConnectorUnusable:
        return None


def any_log_in(kind: str, workspace: Path | None) -> dict[str, object]:
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
    found = {name.partition(".")[2]: fields for name, fields in picklists.items() if name.startswith(f"{alias}.")}
    return {"picklists": found} if found else {}
