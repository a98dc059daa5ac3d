"""A connector that remembers what was sent through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rules_run.connect.contract import Connector, Timing, Usage, VirtualResource
from rules_run.model.catalogue import Catalogue
from rules_run.model.exchange import Condition, Outcome, Query, Record, Request, Safety, Verb, Verdict, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One write that left: `resource` is `alias.Resource`."""

    resource: str
    verb: Verb
    values: Record


@dataclass(slots=True)
class Recording:
    """Stands in front of a connector and keeps every write that left, in order."""

    inner: Connector
    sent: list[Sent] = field(default_factory=list)
    _prepared: dict[str, Sent] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        """Return the inner alias."""
        return self.inner.alias

    @property
    def catalogue(self) -> Catalogue:
        """Return the inner catalogue."""
        return self.inner.catalogue

    @property
    def timing(self) -> Timing:
        """Return the inner timing."""
        return self.inner.timing

    @property
    def width(self) -> int:
        """One: the order of the writes is told."""
        return 1

    def read(self, query: Query) -> Iterator[list[Record]]:
        """Read through."""
        return self.inner.read(query)

    def unpushed(self, query: Query) -> tuple[Condition, ...]:
        """Ask through."""
        return self.inner.unpushed(query)

    def canonical(self, resource: str, values: Record) -> Record:
        """Ask through."""
        return self.inner.canonical(resource, values)

    def prepare(self, write: Write) -> Request:
        """Prepare, and remember what the request will say."""
        request = self.inner.prepare(write)
        sent = Sent(resource=f"{self.alias}.{write.resource}", verb=write.verb, values=dict(write.values))
        self._prepared[request.digest] = sent
        return request

    def send(self, request: Request, guard: Callable[[], None]) -> Verdict:
        """Send, and note the write unless nothing left."""
        verdict = self.inner.send(request, guard)
        if verdict.outcome is not Outcome.NOT_SENT:
            self.sent.append(self._prepared[request.digest])
        return verdict

    def safety(self, resource: str, verb: Verb, *, marked: bool) -> Safety:
        """Ask through."""
        return self.inner.safety(resource, verb, marked=marked)

    def sees_all(self, resource: str) -> bool:
        """Ask through."""
        return self.inner.sees_all(resource)

    def virtual(self, resource: str) -> VirtualResource | None:
        """Ask through."""
        return self.inner.virtual(resource)

    def calls(self) -> int:
        """Ask through."""
        return self.inner.calls()

    def usage(self) -> Usage | None:
        """Ask through."""
        return self.inner.usage()

    def close(self) -> None:
        """Close through."""
        self.inner.close()
