"""JSON lines, however many: read one after the other, found by key, added to at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from rules_run.connect.csvfile import Line
from rules_run.connect.linefile import LineFile, Version

from .objects import Objects

PAGE = 500
_CACHE_KIB = 4_000
_PRAGMAS = ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}")


class Flow:
    """One file of JSON lines, with an index of its keys that holds for as long as nobody else writes the file."""

    def __init__(self, path: Path, objects: Objects) -> None:
        self._file, self._objects = LineFile(path), objects
        self._index: sqlite3.Connection | None = None
        self._indexed: Version | None = None
        self._last = 0

    def names(self) -> dict[str, None]:
        """Return the names that stand in any object, in their order."""
        return {name: None for _, line in self._all() for name in line.cells}

    def lines(self, key: str) -> Iterator[Line]:
        """Yield all lines; each must have a key of its own."""
        version = self._file.version()
        if version is not None and self._indexed == version:
            yield from (line for _, line in self._all())
            return
        index, placed = self._new_index(), self._all()
        while page := list(islice(placed, PAGE)):
            _take(index, key, page)
            yield from (line for _, line in page)
        self._indexed = version

    def find(self, key: str, values: Iterable[str]) -> Iterator[Line]:
        """Yield the lines with these keys, in the order of the file."""
        index, wanted = self._current(key), list(dict.fromkeys(values))
        places: list[tuple[int, int]] = []
        for start in range(0, len(wanted), PAGE):
            some = wanted[start : start + PAGE]
            query = "SELECT place, number FROM key WHERE key IN ({})".format(", ".join("?" * len(some)))  # noqa: S608
            places += index.execute(query, some).fetchall()
        if places:
            with self._file.open() as file:
                for place, number in sorted(places):
                    yield self._objects.line(self._file.at(file, place), number)

    def add(self, key: str, cells: Mapping[str, str], guard: Callable[[], None]) -> Line | None:
        """Add a line, once `guard` lets it pass; return the line that has its key instead, if there is one."""
        there = next(self.find(key, [cells[key]]), None) if self._file.version() is not None else None
        if there is not None:
            return there
        index = self._index or self._new_index()
        self._indexed = None
        place = self._file.add(self._objects.written(cells), guard)
        self._last += 1
        index.execute("INSERT INTO key VALUES (?, ?, ?)", (cells[key], place, self._last)).close()
        self._indexed = self._file.version()
        return None

    def close(self) -> None:
        """Forget the keys."""
        self._file.close()
        if self._index is not None:
            self._index.close()
            self._index = None

    def _all(self) -> Iterator[tuple[int, Line]]:
        for place, number, text in self._file.lines():
            self._last = number
            yield place, self._objects.line(text, number)

    def _current(self, key: str) -> sqlite3.Connection:
        index = self._index
        if index is None or self._indexed != self._file.version():
            for _ in self.lines(key):
                pass
            index = self._index
        assert index is not None
        return index

    def _new_index(self) -> sqlite3.Connection:
        if self._index is not None:
            self._index.close()
        # Without a name it lives in memory until it grows, and then in a file that goes with the process.
        self._index = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            self._index.execute(f"PRAGMA {pragma}").close()
        self._index.execute("CREATE TABLE key (key TEXT PRIMARY KEY, place INTEGER, number INTEGER) WITHOUT ROWID")
        self._index.execute("BEGIN")
        self._indexed, self._last = None, 0
        return self._index


def _take(index: sqlite3.Connection, key: str, page: list[tuple[int, Line]]) -> None:
    """Put the keys of some lines into the index; complain of one that is missing, or there already."""
    for place, line in page:
        own = line.cells.get(key)
        if not own:
            raise line.fault(key, "a value is needed here: it names the row.")
        try:
            index.execute("INSERT INTO key VALUES (?, ?, ?)", (own, place, line.number))
        except sqlite3.IntegrityError:
            (number,) = index.execute("SELECT number FROM key WHERE key = ?", (own,)).fetchone()
            raise line.fault(key, f"{own!r} already stands in line {number}.") from None
