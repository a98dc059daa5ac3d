"""What was asked of a stand-in, truly: every request, and whether it changed something."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Literal

Verb = Literal["read", "create", "update", "delete", "describe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request: `committed` tells what happened to the data, `status` is None where no answer left."""

    n: int
    method: str
    path: str
    resource: str
    verb: Verb
    committed: bool
    id: object
    status: int | None


class History:
    """The requests in the order in which they were done with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def add(
        self,
        *,
        method: str,
        path: str,
        resource: str,
        verb: Verb,
        committed: bool,
        record_id: object,
        status: int | None,
    ) -> None:
        """Write a request down."""
        with self._lock:
            entry = Entry(
                n=len(self._entries) + 1,
                method=method,
                path=path,
                resource=resource,
                verb=verb,
                committed=committed,
                id=record_id,
                status=status,
            )
            self._entries.append(entry)

    def entries(self) -> tuple[Entry, ...]:
        """Return all requests."""
        with self._lock:
            return tuple(self._entries)

    def calls(self) -> dict[str, object]:
        """Return how often each resource was read, created, updated."""
        entries = self.entries()
        counts = Counter((entry.resource, entry.verb) for entry in entries)
        by: dict[str, dict[str, int]] = {}
        for (resource, verb), count in sorted(counts.items()):
            by.setdefault(resource, {})[verb] = count
        return {"total": len(entries), "by": by}

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._entries.clear()
