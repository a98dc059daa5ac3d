"""What was asked of a stand-in and what happened to its data, truly."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

Verb = Literal["read", "create", "update", "delete", "describe"]
By = Literal["client", "late", "somebody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request, or one change without a request of its own.

    `committed` tells what happened to the data, `status` is None where no whole answer left. `by` is `late` for a
    change that came after its request `of` was given up, and `somebody` for one made on a page or by a fault.
    """

    n: int = 0
    method: str
    path: str
    resource: str
    verb: Verb
    committed: bool
    id: object
    status: int | None
    by: By = "client"
    of: int | None = None
    fault: str | None = None


class History:
    """The entries in the order in which they were done with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> int:
        """Write an entry down under the next number, and return that."""
        with self._lock:
            self._entries.append(replace(entry, n=len(self._entries) + 1))
            return len(self._entries)

    def entries(self) -> tuple[Entry, ...]:
        """Return everything that happened."""
        with self._lock:
            return tuple(self._entries)

    def calls(self) -> dict[str, object]:
        """Return how often clients read, created, updated each resource."""
        asked = [entry for entry in self.entries() if entry.by == "client"]
        counts = Counter((entry.resource, entry.verb) for entry in asked)
        by: dict[str, dict[str, int]] = {}
        for (resource, verb), count in sorted(counts.items()):
            by.setdefault(resource, {})[verb] = count
        return {"total": len(asked), "by": by}

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
