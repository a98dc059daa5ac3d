"""A target for tests only: it keeps the true history of what it was asked and what it made, whatever it answered."""

from __future__ import annotations

import json
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from rules_run.connect.contract import StaleSend, Timing
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.mapping.filtering import matches
from rules_run.model.catalogue import Catalogue, Field, Resource
from rules_run.model.exchange import Condition, Outcome, Query, Record, Request, Safety, Verb, Verdict, Write

from .clock import TestClock


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
RESOURCES = {"Invoices": INVOICES, "Tickets": TICKETS}
MARKER = "Reference"


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die() -> None:
    raise Died


def _break() -> None:
    raise RuntimeError("the connector is broken")


RESET = Verdict(outcome=Outcome.UNKNOWN, message="connection reset")
REFUSAL = Verdict(outcome=Outcome.REJECTED, code="E400", message="no such customer", status=400)
THROTTLE = Verdict(outcome=Outcome.REJECTED, message="too many", status=429, permanent=False)
LOGIN = Verdict(outcome=Outcome.REJECTED, message="erp refuses the log-in.", status=401, pause=True)
FAULTS: dict[str, tuple[bool, Callable[[], None] | None, Verdict | None]] = {
    "ok": (True, None, None),
    "stalled": (True, None, None),
    "reset-before": (False, None, RESET),
    "reset-after": (True, None, RESET),
    "500-after": (True, None, Verdict(outcome=Outcome.UNKNOWN, message="500", status=500)),
    "late": (False, None, RESET),
    "no-id": (True, None, Verdict(outcome=Outcome.APPLIED, status=200)),
    "reject": (False, None, REFUSAL),
    "throttle": (False, None, THROTTLE),
    "login": (False, None, LOGIN),
    "crash-before": (False, _die, None),
    "crash-after": (True, _die, None),
    "kill-before": (False, _kill, None),
    "kill-after": (True, _kill, None),
    "broken-after": (True, _break, None),
}
"""What a send does: whether the target makes the thing, how the sender ends if it does, what it is told."""


class Target:
    """One system. Each send takes the next of `faults`; `lag` hides a new record from searches, `blind` hides all;
    `meanwhile` is what happens while the sender stands still before its first byte, `afterwards` before it reads.

    With a `file` what it made outlives the process, as a real target's records do.
    """

    alias = "erp"

    def __init__(self, clock: TestClock, safety: Safety = Safety.PROBE, *, file: Path | None = None) -> None:
        self.clock, self.kind, self.file = clock, safety, file
        self.timing = Timing(deadline=30.0, settle=60.0, negative_gap=10.0)
        self.catalogue = Catalogue(loaders={n: partial(RESOURCES.__getitem__, n) for n in RESOURCES})
        self.faults: deque[str] = deque()
        tickets: dict[int, Record] = {n: {"id": n} for n in range(1, 100)}
        self.records: dict[str, dict[int, Record]] = {"Invoices": {}, "Tickets": tickets}
        self.since: dict[tuple[str, int], float] = {}
        self.waiting: list[tuple[float, Write]] = []
        self.sent: list[Write] = []
        self.replies: dict[str, Verdict] = {}
        self.reads = 0
        self._writes: dict[str, Write] = {}
        self.lag, self.late_after = 0.0, 20.0
        self.blind, self.all_seen, self.down = False, False, False
        self.meanwhile: Callable[[], object] | None = None
        self.afterwards: Callable[[], object] | None = None
        self.virtuals: dict[str, object] = {}
        if file is not None and file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                at, name, record = json.loads(line)
                self._keep(name, record, at)

    # what the connector protocol asks for

    def read(self, query: Query) -> Iterator[list[Record]]:
        self.reads += 1
        if self.down:
            raise ConnectorUnusable("erp cannot be reached: connection refused.")
        self.arrive()
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
        self.sent.append(write)
        verdict = self._answer(fault, write)
        if self.afterwards is not None:
            self.afterwards()
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

    def live(self, marker: str) -> list[Record]:
        """Return what was really made under a marker."""
        return [r for r in self.records["Invoices"].values() if r.get(MARKER) == marker]

    def restarted(self) -> None:
        """Follow the clock to the start of a new boot: what is under way needs the same time from there."""
        self.waiting = [(self.late_after, write) for _, write in self.waiting]
        self.since = dict.fromkeys(self.since, 0.0)

    def arrive(self) -> None:
        """Let what is still under way and due be made."""
        due = [write for at, write in self.waiting if at <= self.clock.boottime()]
        self.waiting = [(at, write) for at, write in self.waiting if at > self.clock.boottime()]
        for write in due:
            self._accept(write)

    def _answer(self, fault: str, write: Write) -> Verdict:
        made, end, answer = FAULTS[fault]
        verdict = self._accept(write) if made else None
        if fault == "late":
            self.waiting.append((self.clock.boottime() + self.late_after, write))
        if end is not None:
            end()
        return answer or verdict or RESET

    def _accept(self, write: Write) -> Verdict:
        if write.target_id is not None:
            changed = self.records[write.resource][int(write.target_id)] | dict(write.values)
            self._save(write.resource, changed)
            return Verdict(outcome=Outcome.APPLIED, status=200, target_id=write.target_id)
        marker = str(write.values.get(MARKER))
        if self.kind is Safety.KEY and marker in self.replies:
            return self.replies[marker]
        if self.kind is Safety.UNIQUE and self.live(marker):
            return Verdict(outcome=Outcome.REJECTED, message="duplicate reference", status=409, ask_first=True)
        record = {"id": 1000 + len(self.records[write.resource]), "Number": f"A-{len(self.since) + 1}", **write.values}
        self._save(write.resource, record)
        verdict = Verdict(outcome=Outcome.APPLIED, status=200, target_id=str(record["id"]), record=record)
        self.replies[marker] = verdict
        return verdict

    def _save(self, resource: str, record: Record) -> None:
        self._keep(resource, record, self.clock.boottime())
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([self.clock.boottime(), resource, record], default=str) + "\n")

    def _keep(self, resource: str, record: Record, at: float) -> None:
        self.records[resource][int(str(record["id"]))] = record
        self.since[resource, int(str(record["id"]))] = at

    def _visible(self, resource: str, record: Record) -> bool:
        since = self.since.get((resource, int(str(record["id"]))), float("-inf"))
        return not self.blind and self.clock.boottime() - since >= self.lag
