"""A target for tests only: it keeps the true history of what it was asked and what it made, whatever it answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from rules_run.connect.contract import StaleSend, Timing
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.failpoints import failpoint
from rules_run.mapping.filtering import matches
from rules_run.model.catalogue import Catalogue, Field, Resource
from rules_run.model.exchange import Condition, Outcome, Query, Record, Request, Safety, Verb, Verdict, Write

from .books import MARKER, Books
from .clock import TestClock

__all__ = ["FAULTS", "MARKER", "Died", "Target"]


class Died(BaseException):
    """The process ended here: nothing after it ran."""


def _resource(name: str, *fields: Field, label: str | None = None) -> Resource:
    every = (Field(name="id", type="integer", read_only=True), *fields)
    return Resource(
        name=name,
        path=name,
        operations=frozenset({"read", "create", "update"}),
        id_field="id",
        id_pattern="[0-9]{1,19}",
        fields={field.name: field for field in every},
        money=name == "Invoices",
        label=label,
    )


INVOICES = _resource(
    "Invoices",
    Field(name="Reference", type="text", length=20),
    Field(name="Number", type="text"),
    Field(name="Customer", type="text", required=True),
    Field(name="Memo", type="text"),
    Field(name="Total", type="decimal"),
    Field(name="Date", type="date"),
    label="Number",
)
TICKETS = _resource("Tickets", Field(name="invoiceNumber", type="text"), Field(name="title", type="text"))
LINES = _resource("Lines", Field(name=MARKER, type="text", length=30), Field(name="Invoice", type="integer"))
RESOURCES = {"Invoices": INVOICES, "Lines": LINES, "Tickets": TICKETS}


def _die() -> None:
    raise Died


def _break() -> None:
    raise RuntimeError("the connector is broken")


RESET = Verdict(outcome=Outcome.UNKNOWN, message="connection reset")
REFUSAL = Verdict(outcome=Outcome.REJECTED, code="E400", message="no such customer", status=400)
THROTTLE = Verdict(outcome=Outcome.REJECTED, message="too many", status=429, permanent=False)
CONFLICT = Verdict(outcome=Outcome.REJECTED, message="already there", status=409, ask_first=True)
LOGIN = Verdict(outcome=Outcome.REJECTED, message="erp refuses the log-in.", status=401, pause=True)
FAULTS: dict[str, tuple[bool, Callable[[], None] | None, Verdict | None]] = {
    "ok": (True, None, None),
    "stalled": (True, None, None),
    "reset-before": (False, None, RESET),
    "reset-after": (True, None, RESET),
    "500-before": (False, None, Verdict(outcome=Outcome.UNKNOWN, message="500", status=500)),
    "500-after": (True, None, Verdict(outcome=Outcome.UNKNOWN, message="500", status=500)),
    "late": (False, None, RESET),
    "no-id": (True, None, Verdict(outcome=Outcome.APPLIED, status=200)),
    "reject": (False, None, REFUSAL),
    "conflict": (False, None, CONFLICT),
    "conflict-after": (True, None, CONFLICT),
    "throttle": (False, None, THROTTLE),
    "login": (False, None, LOGIN),
    "crash-before": (False, _die, None),
    "crash-after": (True, _die, None),
    "broken-after": (True, _break, None),
}
"""What a send does: whether the target makes the thing, how the sender ends if it does, what it is told."""


Fate = Literal["lost", "made", "late"]
"""What becomes of a request whose sender dies while it leaves: it never arrives, arrives at once, or after a while."""


class Target:
    """One system. Each send takes the next of `faults`; `lag` hides a new record from searches, `blind` hides all;
    `meanwhile` is what happens while the sender stands still before its first byte, `afterwards` before it reads.

    With a `file` what it made outlives the process, as a real target's records do.
    """

    alias = "erp"

    def __init__(self, clock: TestClock, safety: Safety = Safety.PROBE, *, file: Path | None = None) -> None:
        self.clock, self.books = clock, Books(clock, safety, file)
        self.timing = Timing(deadline=30.0, settle=60.0, negative_gap=10.0)
        self.catalogue = Catalogue(loaders={n: partial(RESOURCES.__getitem__, n) for n in RESOURCES})
        self.faults: deque[str] = deque()
        self.fate: Fate = "lost"
        self.sent: list[Write] = []
        self.reads = 0
        self._writes: dict[str, Write] = {}
        self.lag, self.late_after = 0.0, 20.0
        self.blind, self.all_seen, self.down = False, False, False
        self.meanwhile: Callable[[], object] | None = None
        self.afterwards: Callable[[], object] | None = None
        self.virtuals: dict[str, object] = {}

    # what the connector protocol asks for

    def read(self, query: Query) -> Iterator[list[Record]]:
        self.reads += 1
        if self.down:
            raise ConnectorUnusable("erp cannot be reached: connection refused.")
        with self.books.shared():
            self.books.arrive()
            found = [r for r in self.records[query.resource].values() if matches(r, query.where)]
        by_id = any(condition.field == "id" for condition in query.where)
        yield [dict(r) for r in found if by_id or self._visible(query.resource, r)]

    def unpushed(self, query: Query) -> tuple[Condition, ...]:
        return ()

    def canonical(self, resource: str, values: Record) -> Record:
        if values.get("Customer") == "refused":
            raise ValueFault("Customer cannot be 'refused'.", code="M009")
        return values

    def prepare(self, write: Write) -> Request:
        body = repr((write.target_id, sorted(write.values.items()))).encode()
        key = str(write.values.get(MARKER)) if self.kind is Safety.KEY else None
        path = f"/{write.resource}/{write.target_id or ''}"
        self._writes[repr(body)] = write
        return Request(
            resource=write.resource,
            verb=write.verb,
            method="POST",
            path=path,
            body=body,
            digest=repr(body),
            idempotency_key=key,
        )

    def send(self, request: Request, guard: Callable[[], None]) -> Verdict:
        write = self._writes[request.digest]
        fault = self.faults.popleft() if self.faults else "ok"
        if fault == "refused":
            return Verdict(outcome=Outcome.NOT_SENT, message="connection refused")
        failpoint("send-connecting")
        failpoint("send-connected")
        if fault == "stalled":
            self.clock.advance(6)
        if self.meanwhile is not None:
            self.meanwhile()
        if fault == "broken":
            raise RuntimeError("the connector is broken")
        try:
            guard()
        except StaleSend as stale:
            return Verdict(outcome=Outcome.NOT_SENT, message=str(stale))
        failpoint("send-headers-leaving")
        self.sent.append(write)
        verdict = self._reached(fault, write)
        failpoint("send-status-read")
        if self.afterwards is not None:
            self.afterwards()
        failpoint("send-body-read")
        return verdict

    def safety(self, resource: str, verb: Verb, *, marked: bool) -> Safety:
        return self.kind

    def sees_all(self, resource: str) -> bool:
        return self.all_seen

    def virtual(self, resource: str) -> object:
        return self.virtuals.get(resource)

    def calls(self) -> int:
        return self.reads + len(self.sent)

    def close(self) -> None:
        pass

    # what it does

    @property
    def kind(self) -> Safety:
        """Return what becomes of a request that is repeated."""
        return self.books.kind

    @kind.setter
    def kind(self, kind: Safety) -> None:
        self.books.kind = kind

    @property
    def records(self) -> dict[str, dict[int, Record]]:
        """Return what it holds, by resource and id."""
        return self.books.records

    def live(self, marker: str) -> list[Record]:
        """Return what was really made under a marker."""
        return self.books.live(marker)

    def _reached(self, fault: str, write: Write) -> Verdict:
        """Let a request leave, be carried out or not, and return the answer to it."""
        made, end, answer = FAULTS[fault]
        verdict, coming = None, None
        with self.books.shared():
            self.books.leave()
            if made and self.fate == "made":
                verdict = self.books.accept(write)
            elif made and self.fate == "late":
                coming = self.books.expect(write, self.late_after)
        failpoint("send-headers-left")
        failpoint("send-body-left")
        with self.books.shared():
            if coming in self.books.waiting:
                self.books.forget(coming)
            elif coming is not None:
                verdict = self.books.replies.get(str(write.values.get(MARKER)))
            if made and verdict is None:
                verdict = self.books.accept(write)
            if fault == "late":
                self.books.expect(write, self.late_after)
        if end is not None:
            end()
        return answer or verdict or RESET

    def _visible(self, resource: str, record: Record) -> bool:
        since = self.books.since.get((resource, int(str(record["id"]))), float("-inf"))
        return not self.blind and self.clock.elapsed - since >= self.lag
