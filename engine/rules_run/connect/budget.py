"""The requests that all clients of an account have together: counted, and left to others from a share of them on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from rules_run.connect.contract import Usage
from rules_run.connect.manifest import Quota
from rules_run.connect.verdicts import at_path
from rules_run.errors import ConnectorUnusable

ASK_EVERY = 500
"""Own requests between two questions how much everybody has used."""


class RateBudget(Protocol):
    """Counts requests for all processes that share a log-in; the runtime keeps it in the ledger."""

    def add(self) -> None:
        """Count one request."""

    def used(self) -> int:
        """Return how many were counted in the time that the quota is for."""

    def close(self) -> None:
        """Make durable what was counted."""


class QuotaReached(ConnectorUnusable):
    """Nothing more is asked of a system for now: what is left of its quota is for others."""


class Budget:
    """One account's part of its quota; any thread may ask."""

    def __init__(self, alias: str, quota: Quota, share: int, counted: RateBudget) -> None:
        self._alias, self._quota, self._share, self._counted = alias, quota, share, counted
        self._lock = threading.RLock()
        self._most, self._others = quota.requests, 0
        self._until_asked, self._asking = 0, False

    def take(self, ask: Callable[[], object]) -> None:
        """Count a request that is about to leave; raise QuotaReached instead where the share is used up.

        `ask` asks the system how much everybody has used: at the first request, and now and then.
        """
        with self._lock:
            if not self._asking:
                self._look(ask)
                if self.usage().spent:
                    raise QuotaReached(self._told())
            self._counted.add()

    def usage(self) -> Usage:
        """Return how much of the quota is used."""
        with self._lock:
            return Usage(
                used=self._others + self._counted.used(),
                most=self._most,
                minutes=self._quota.minutes,
                share=self._share,
            )

    def close(self) -> None:
        """Make durable what was counted."""
        self._counted.close()

    def _look(self, ask: Callable[[], object]) -> None:
        self._until_asked -= 1
        if self._quota.call is None or self._until_asked > 0:
            return
        self._until_asked, self._asking = ASK_EVERY, True
        try:
            answer = ask()
        except ConnectorUnusable:
            return  # the request itself will say what is wrong; until then what we count ourselves has to do
        finally:
            self._asking = False
        used, most = at_path(answer, self._quota.used), at_path(answer, self._quota.most)
        self._most = most if isinstance(most, int) and most > 0 else self._quota.requests
        if isinstance(used, int):
            self._others = max(0, used - self._counted.used())

    def _told(self) -> str:
        usage = self.usage()
        return (
            f"{self._alias} has had {usage.used:,} of the {usage.most:,} requests that all its clients have together "
            f"in {usage.minutes} minutes. At {usage.share} % nothing more is asked, so that others are not locked out. "
            "What is left is done by the next run."
        )
