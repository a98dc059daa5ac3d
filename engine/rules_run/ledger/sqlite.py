"""A ledger in one SQLite file, or in memory for rule tests and first plans."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from rules_run import durable
from rules_run.errors import LedgerUnusable
from rules_run.failpoints import failpoint
from rules_run.ledger import place, tables
from rules_run.ledger.store import Store

LEAST_ROOM = 50_000_000
"""Bytes that must be free on the disk before a run begins to send."""


class FileStore(Store):
    """One SQLite file; one thread writes at a time."""

    def __init__(self, path: Path, *, read_only: bool = False, least_room: int = LEAST_ROOM) -> None:
        engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 10})
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        _prepare(engine, [*pragmas, f"query_only={'ON' if read_only else 'OFF'}"])
        super().__init__(engine, str(path))
        self.path, self.writing = path, threading.RLock()
        self._immediate = engine.execution_options(immediate=not read_only)
        self._file, self._least_room = place.identity(path), least_room
        self._log: tuple[int, int] | None = None

    def same(self) -> None:
        """Refuse to go on when the path or its log names another file: a deleted one takes rows without a word."""
        if place.identity(self.path) != self._file:
            raise LedgerUnusable(
                f"The ledger {self.path} was moved, replaced or deleted while it was in use. Nothing more was sent. "
                "Put it back and run again."
            )
        log = place.identity(self.path.with_name(f"{self.path.name}-wal"))
        self._log = self._log or log  # there from the first connection on, until the last one is closed
        if log != self._log:
            raise LedgerUnusable(
                f"The log of the ledger {self.path} was removed or replaced while it was in use. Nothing more was "
                "sent. Leave the files beside the ledger alone while a run is at work, and run again."
            )

    def check(self) -> None:
        """Refuse a damaged file."""
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise LedgerUnusable(f"The ledger {self.path} is damaged: {found}. Restore it from a backup.")

    def prove(self) -> None:
        """Refuse a disk with too little room: a full one would take no outcome of what was sent."""
        self.same()
        free = shutil.disk_usage(self.path.parent).free
        if free < self._least_room:
            raise LedgerUnusable(
                f"The disk of the ledger {self.path} has {free // 1_000_000} MB free, and a run needs "
                f"{self._least_room // 1_000_000} MB to write down what it sends. Make room; nothing was sent."
            )

    def _writer(self) -> Engine:
        return self._immediate


class MemoryStore(Store):
    """An empty database in memory, by the same code but for the migrations."""

    def __init__(self) -> None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        _prepare(engine, ["foreign_keys=ON"])
        super().__init__(engine, "in memory")
        self.reading = self.writing = threading.RLock()
        self._immediate = engine.execution_options(immediate=True)

    def _writer(self) -> Engine:
        return self._immediate

    def _build(self, connection: Connection) -> None:
        tables.metadata.create_all(connection)


def copy(source: Path, target: Path) -> None:
    """Copy a database, which may be in use, over another one: the target is the old or the new one whole, never less.

    A target that is not there is made for its owner alone; the copy is on the disk before this returns.
    """
    if not target.exists():
        place.create(target)
    try:
        with closing(_plain(source, "ro")) as read, closing(_plain(target, "rw")) as written:
            failpoint("before-copy")
            read.backup(written)
            written.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        durable.sync(target)
        durable.sync_folder(target.parent)
        failpoint("after-copy")
    except (sqlite3.Error, OSError) as error:
        raise LedgerUnusable(f"{source} cannot be copied to {target}: {error}.") from error


def _plain(path: Path, mode: str) -> SqliteConnection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=10)
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _prepare(engine: Engine, pragmas: list[str]) -> None:
    def connected(connection: SqliteConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # or the driver would begin transactions of its own, and deferred ones
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    def begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
