"""Where a run puts what it need not keep in memory: a file without a name, gone with the process that made it."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rules_run.errors import LedgerUnusable

AT_ONCE = 4_000
"""A few megabytes of records, and far more than any system takes in one question."""
PREFIX = ".scratch-"
_FORGOTTEN = 86_400.0
_CACHE_KIB = 8_000
_VALUES = 500
_TABLES = """
CREATE TABLE page (list INTEGER, first INTEGER, items BLOB, PRIMARY KEY (list, first));
CREATE TABLE key (list INTEGER, key TEXT, number INTEGER, PRIMARY KEY (list, key)) WITHOUT ROWID;
CREATE TABLE place (list INTEGER, place TEXT, number INTEGER, key TEXT, fresh INTEGER, creates INTEGER,
                    open INTEGER, PRIMARY KEY (list, place, number)) WITHOUT ROWID;
CREATE TABLE ended (list INTEGER, number INTEGER, fault BLOB, PRIMARY KEY (list, number)) WITHOUT ROWID;
CREATE TABLE kin (id INTEGER PRIMARY KEY, list INTEGER, alike TEXT, UNIQUE (list, alike));
CREATE TABLE member (kin INTEGER, number INTEGER, item BLOB, PRIMARY KEY (kin, number)) WITHOUT ROWID;
"""


class Scratch:
    """A database for one run, opened when it is first needed, in the folder of the ledger if that can be written.

    `at_once` says how many records are worked on together, and how many of a kind stay in memory.
    """

    def __init__(self, folder: Path | None = None, at_once: int = AT_ONCE) -> None:
        self._folder, self.at_once = folder, at_once
        self._connection: sqlite3.Connection | None = None
        self._lists = 0

    def new_list(self) -> int:
        """Return a number under which something is kept apart from all else."""
        self._lists += 1
        return self._lists

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Return what a query finds."""
        with _translated():
            return self._open().execute(statement, values).fetchall()

    def among(self, statement: str, number: int, values: Iterable[object]) -> Iterator[Any]:
        """Yield what a query finds in one list for values of any number; they take the place of `{}`."""
        given = list(values)
        for start in range(0, len(given), _VALUES):
            some = given[start : start + _VALUES]
            yield from self.rows(statement.format(", ".join("?" * len(some))), [number, *some])

    def put(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Carry out a statement for each row."""
        with _translated():
            self._open().executemany(statement, rows)

    def close(self) -> None:
        """Give the disk back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connection = _nameless(self._folder)
            for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}"):
                connection.execute(f"PRAGMA {pragma}").close()
            connection.executescript(_TABLES)
            connection.execute("BEGIN")  # never ended: what fits into the cache never reaches the disk
        return self._connection


def _nameless(folder: Path | None) -> sqlite3.Connection:
    """Open a file that only its owner could read, and take its name away: no crash leaves it behind."""
    if folder is None or not os.access(folder, os.W_OK):
        return sqlite3.connect("", isolation_level=None, check_same_thread=False)
    _sweep(folder)
    descriptor, name = tempfile.mkstemp(prefix=PREFIX, dir=folder)
    os.close(descriptor)
    try:
        return sqlite3.connect(name, isolation_level=None, check_same_thread=False)
    finally:
        Path(name).unlink()


def _sweep(folder: Path) -> None:
    """Remove the empty files of processes that were killed before they could take the name away."""
    for file in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > _FORGOTTEN:
                file.unlink()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerUnusable(
            f"What does not fit into memory cannot be put on the disk beside the ledger: {error}. Make room there."
        ) from error
