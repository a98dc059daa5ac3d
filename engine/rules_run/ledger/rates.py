"""How many requests a system has had, counted by minutes for every process that works over this ledger."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from rules_run.ledger import tables
from rules_run.ledger.journal import Journal

BATCH = 25
"""Requests that are counted together in one transaction: so many may be unknown to the other processes."""
MINUTE = timedelta(minutes=1)


class Rate:
    """The requests of one account in the last `minutes`; any thread may count.

    Without `keep` what is counted here is not told to other processes.
    """

    def __init__(self, journal: Journal, api: str, minutes: int, *, keep: bool) -> None:
        self._journal, self._api, self._window = journal, api, timedelta(minutes=minutes)
        self._durable = keep
        self._lock = threading.Lock()
        self._fresh: Counter[datetime] = Counter()
        self._kept = self._read()

    def add(self) -> None:
        """Count one request."""
        with self._lock:
            self._fresh[self._journal.clock.now().replace(second=0, microsecond=0)] += 1
            if self._fresh.total() >= BATCH and self._durable:
                self._keep()

    def used(self) -> int:
        """Return how many were counted in the window."""
        with self._lock:
            begin = self._begin()
            return self._kept + sum(number for minute, number in self._fresh.items() if minute >= begin)

    def close(self) -> None:
        """Make durable what was counted."""
        with self._lock:
            if self._fresh and self._durable:
                self._keep()

    def _begin(self) -> datetime:
        """Return the first minute that counts: a whole one more than the window, so never too few are counted."""
        return self._journal.clock.now().replace(second=0, microsecond=0) - self._window

    def _read(self) -> int:
        with self._journal.store.read() as connection:
            return self._sum(connection)

    def _keep(self) -> None:
        with self._journal.store.write("rate") as connection:
            for minute, number in sorted(self._fresh.items()):  # in one order, or two processes may lock each other
                _count(connection, self._api, minute, number)
            old = (tables.rate.c.api == self._api, tables.rate.c.window < self._begin())
            connection.execute(delete(tables.rate).where(*old))
            self._kept = self._sum(connection)
        self._fresh.clear()

    def _sum(self, connection: Connection) -> int:
        counted = (tables.rate.c.api == self._api, tables.rate.c.window >= self._begin())
        return int(
            connection.execute(select(func.coalesce(func.sum(tables.rate.c.used), 0)).where(*counted)).scalar_one()
        )


def _count(connection: Connection, api: str, minute: datetime, number: int) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(tables.rate).values(api=api, window=minute, used=number)
    more = {"used": tables.rate.c.used + number}
    connection.execute(first.on_conflict_do_update(index_elements=["api", "window"], set_=more))
