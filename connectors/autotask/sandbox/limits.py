"""How much Autotask lets a client do: requests at once for each object, requests an hour for the whole database."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from rules_run.sandbox import Stopwatch

from .refusal import Refusal

_UNCOUNTED = frozenset({"", "ZoneInformation", "VersionInformation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a stand-in; None lifts one.

    `threads` requests of one tracking identifier for one object at once; a place is free `linger` seconds after its
    answer. `requests` in `minutes`, of all clients together; `delays` are the seconds a request takes longer from a
    share of them on, in percent. `status` is that of a refusal. A file has at most `attachment` bytes, and all files
    `attachments` bytes in `attachment_minutes`: when they have had more, no file is taken for as long.
    """

    threads: int | None = 3
    linger: float = 0.0
    requests: int | None = 10_000
    minutes: float = 60
    delays: Mapping[int, float] = field(default_factory=lambda: {50: 0.5, 75: 1.0})
    status: int = 429
    attachment: int | None = 7_000_000
    attachments: int | None = 10_000_000
    attachment_minutes: float = 5

    def thread_refusal(self) -> Refusal:
        """Return what a client hears that asks for too much at once."""
        return Refusal(f"The thread threshold of {self.threads} threads has been exceeded.", self.status)

    def attachment_refusal(self) -> Refusal:
        """Return what a client hears that attaches too much."""
        told = f"More than {self.attachments} bytes were attached within {self.attachment_minutes:g} minutes."
        return Refusal(f"{told} No attachments are created for {self.attachment_minutes:g} minutes.")

    def request_refusal(self) -> Refusal:
        """Return what every client hears when the hour is used up."""
        told = f"The request threshold of {self.requests} requests in {self.minutes:g} minutes has been exceeded."
        return Refusal(told, self.status)


NO_LIMITS = Limits(threads=None, requests=None, attachment=None, attachments=None)


class Meter:
    """Counts the requests under way and those of the last hour."""

    def __init__(self, limits: Limits, stopwatch: Stopwatch) -> None:
        self.limits, self._stopwatch = limits, stopwatch
        self._lock = threading.Lock()
        self._under_way: Counter[tuple[str, str]] = Counter()
        self._leaving: deque[tuple[float, tuple[str, str]]] = deque()
        self._moments: deque[float] = deque()
        self._attached: deque[tuple[float, int]] = deque()
        self._closed_until = 0.0

    def place(self, tracking_id: str, name: str) -> Place:
        """Return the place of a request, to be held while it is answered."""
        return Place(self, (tracking_id.lower(), name))

    def count(self) -> int:
        """Return how many requests the last hour had."""
        with self._lock:
            return self._used()

    def enter(self, key: tuple[str, str]) -> Refusal | None:
        """Count a request; return the refusal it has to hear."""
        limits = self.limits
        with self._lock:
            self._leave_for_good()
            used = self._used()
            self._under_way[key] += 1
            if limits.threads is not None and key[1] not in _UNCOUNTED and self._under_way[key] > limits.threads:
                return limits.thread_refusal()
            if limits.requests is not None and used >= limits.requests:
                return limits.request_refusal()
            self._moments.append(self._stopwatch.elapsed())
        self._slow_down(used)
        return None

    def leave(self, key: tuple[str, str]) -> None:
        """Free the place of a request, soon."""
        with self._lock:
            self._leaving.append((self._stopwatch.elapsed() + self.limits.linger, key))
            self._leave_for_good()

    def reset(self) -> None:
        """Forget the last hour."""
        with self._lock:
            self._moments.clear()
            self._attached.clear()
            self._closed_until = 0.0

    def attach(self, size: int) -> None:
        """Count a file; refuse one that is too large, and all of them for a time after too many bytes."""
        limits = self.limits
        if limits.attachment is not None and size > limits.attachment:
            raise Refusal(f"The attachment exceeds the maximum size of {limits.attachment} bytes.")
        if limits.attachments is None:
            return
        with self._lock:
            now, span = self._stopwatch.elapsed(), limits.attachment_minutes * 60
            while self._attached and self._attached[0][0] <= now - span:
                self._attached.popleft()
            if now >= self._closed_until and sum(each for _, each in self._attached) + size > limits.attachments:
                self._closed_until = now + span
            if now < self._closed_until:
                raise limits.attachment_refusal()
            self._attached.append((now, size))

    def _leave_for_good(self) -> None:
        now = self._stopwatch.elapsed()
        while self._leaving and self._leaving[0][0] <= now:
            self._under_way[self._leaving.popleft()[1]] -= 1

    def _used(self) -> int:
        begin = self._stopwatch.elapsed() - self.limits.minutes * 60
        while self._moments and self._moments[0] <= begin:
            self._moments.popleft()
        return len(self._moments)

    def _slow_down(self, used: int) -> None:
        if self.limits.requests is None:
            return
        share = 100 * used / self.limits.requests
        delay = max((seconds for percent, seconds in self.limits.delays.items() if share >= percent), default=0.0)
        if delay:
            self._stopwatch.pause(delay)


class Place:
    """One request's place, from its arrival until its answer; `refusal` is what it has to hear instead of one."""

    def __init__(self, meter: Meter, key: tuple[str, str]) -> None:
        self._meter, self._key = meter, key
        self.refusal: Refusal | None = None

    def __enter__(self) -> Place:
        self.refusal = self._meter.enter(self._key)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._meter.leave(self._key)
