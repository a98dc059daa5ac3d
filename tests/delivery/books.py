"""What a target of the tests really holds, and everything that ever reached it, whatever anybody was told."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from rules_run.model.exchange import Outcome, Record, Safety, Verb, Verdict, Write

MARKER = "Reference"


class Elapsing(Protocol):
    """A clock that tells how much time has passed in the world."""

    @property
    def elapsed(self) -> float: ...


class Books:
    """Records, the requests that are still on their way, and what each sender sent.

    With a `file` they outlive the process, as a real target's records do, and processes share them.
    """

    def __init__(self, clock: Elapsing, kind: Safety, file: Path | None = None) -> None:
        self.clock, self.kind, self.file = clock, kind, file
        tickets: dict[int, Record] = {n: {"id": n} for n in range(1, 100)}
        self.records: dict[str, dict[int, Record]] = {"Invoices": {}, "Lines": {}, "Tickets": tickets}
        self.since: dict[tuple[str, int], float] = {}
        self.waiting: dict[int, tuple[float, Write]] = {}
        self.senders: list[int] = []
        self.replies: dict[str, Verdict] = {}
        self._expected, self._read = 0, 0
        with self.shared():
            pass

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Have the books alone, as they stand after everything that other processes did."""
        if self.file is None:
            yield
            return
        with self.file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._catch_up()
            yield

    def enter(self, resource: str, record: Record, at: float | None = None) -> None:
        """Write a record down, made now or at a moment that is over."""
        at = self.clock.elapsed if at is None else at
        self._tell({"made": resource, "record": record, "at": at})
        self._keep(resource, record, at)

    def leave(self) -> None:
        """Write down that a request of this process has left it."""
        self._tell({"sent": os.getpid()})
        self.senders.append(os.getpid())

    def expect(self, write: Write, after: float) -> int:
        """Let a request arrive some time later, whatever becomes of its sender; return what names it."""
        self._expected += 1
        at = self.clock.elapsed + after
        self._tell({"waits": self._expected, "at": at, "write": _values(write)})
        self.waiting[self._expected] = (at, write)
        return self._expected

    def forget(self, number: int) -> None:
        """Let a request that is on its way never arrive."""
        self._tell({"over": number})
        del self.waiting[number]

    def arrive(self) -> None:
        """Let what is on its way and due be made."""
        now = self.clock.elapsed
        for number, (at, write) in sorted(self.waiting.items()):
            if at <= now:
                self.forget(number)
                self.accept(write, at)

    def accept(self, write: Write, at: float | None = None) -> Verdict:
        """Carry a request out."""
        table = self.records[write.resource]
        if write.target_id is not None:
            self.enter(write.resource, table[int(write.target_id)] | dict(write.values), at)
            return Verdict(outcome=Outcome.APPLIED, status=200, target_id=write.target_id)
        marker = str(write.values.get(MARKER))
        if self.kind is Safety.KEY and marker in self.replies:
            return self.replies[marker]
        if self.kind is Safety.UNIQUE and self.live(marker, write.resource):
            return Verdict(outcome=Outcome.REJECTED, message="duplicate reference", status=409, ask_first=True)
        record = {"id": 1000 + len(table), "Number": f"A-{len(self.since) + 1}", **write.values}
        self.enter(write.resource, record, at)
        self.replies[marker] = _applied(record)
        return self.replies[marker]

    def live(self, marker: str, resource: str = "Invoices") -> list[Record]:
        """Return what was really made under a marker."""
        return [record for record in self.records[resource].values() if record.get(MARKER) == marker]

    def _keep(self, resource: str, record: Record, at: float) -> None:
        number = int(str(record["id"]))
        self.records[resource][number] = record
        self.since[resource, number] = at

    def _tell(self, entry: Mapping[str, object]) -> None:
        if self.file is not None:
            line = json.dumps(entry, default=str).encode() + b"\n"
            with self.file.open("ab") as file:
                file.write(line)
            self._read += len(line)

    def _catch_up(self) -> None:
        assert self.file is not None
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            file.seek(self._read)
            lines = file.read()
        self._read += len(lines)
        for line in lines.splitlines():
            self._replay(json.loads(line))

    def _replay(self, entry: dict[str, Any]) -> None:
        if "made" in entry:
            self._keep(entry["made"], entry["record"], entry["at"])
            self.replies[str(entry["record"].get(MARKER))] = _applied(entry["record"])
        elif "sent" in entry:
            self.senders.append(entry["sent"])
        elif "waits" in entry:
            self._expected = entry["waits"]
            self.waiting[self._expected] = (entry["at"], _write(**entry["write"]))
        else:
            self.waiting.pop(entry["over"], None)


def _applied(record: Record) -> Verdict:
    return Verdict(outcome=Outcome.APPLIED, status=200, target_id=str(record["id"]), record=record)


def _values(write: Write) -> dict[str, object]:
    return {
        "resource": write.resource,
        "verb": write.verb,
        "values": dict(write.values),
        "target_id": write.target_id,
    }


def _write(*, resource: str, verb: Verb, values: Record, target_id: str | None) -> Write:
    return Write(resource=resource, verb=verb, values=values, target_id=target_id)
