"""Changes that come after their request was given up."""

from __future__ import annotations

import threading

from rules_run.sandbox.history import Entry
from rules_run.sandbox.system import Call


class LateChanges:
    """Work that waits for its time. Nothing runs in the background: whoever looks next lets happen what is due."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, Entry, Call]] = []

    def add(self, at: float, entry: Entry, call: Call) -> None:
        """Keep the work of a request, told by its entry in the history, for a time."""
        with self._lock:
            self._waiting.append((at, entry, call))

    def due(self, now: float) -> list[tuple[Entry, Call]]:
        """Hand out, once, the work whose time has come, in the order of its times."""
        with self._lock:
            due = sorted((each for each in self._waiting if each[0] <= now), key=lambda each: each[0])
            self._waiting = [each for each in self._waiting if each[0] > now]
        return [(entry, call) for _, entry, call in due]

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            self._waiting.clear()
