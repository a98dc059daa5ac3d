"""Which connectors must not be used again in this run."""

from __future__ import annotations

import threading
from collections import Counter

from rules_run.model.exchange import Outcome, Verdict

TRANSPORT_FAILURES = 5


class Breaker:
    """Pauses a connector that refuses the log-in, or that could not be talked to five times in a row."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paused: dict[str, str] = {}
        self._failures: Counter[str] = Counter()

    def paused(self, alias: str) -> str | None:
        """Return why the connector is paused, None when it is not."""
        return self._paused.get(alias)

    def pause(self, alias: str, why: str) -> None:
        """Pause a connector for the rest of the run."""
        self._paused.setdefault(alias, why)

    def saw(self, alias: str, verdict: Verdict) -> None:
        """Take note of an answer, or of none."""
        if verdict.pause:
            self.pause(alias, verdict.message or f"{alias} refuses to be used.")
        unheard = verdict.outcome is Outcome.NOT_SENT or (verdict.outcome is Outcome.UNKNOWN and verdict.status is None)
        with self._lock:
            self._failures[alias] = self._failures[alias] + 1 if unheard else 0
            if self._failures[alias] >= TRANSPORT_FAILURES:
                why = f"{alias} could not be reached {TRANSPORT_FAILURES} times in a row: {verdict.message}"
                self.pause(alias, why)
