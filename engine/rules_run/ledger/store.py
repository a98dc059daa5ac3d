"""The database behind a ledger: opened by strict rules, written in short immediate transactions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from uuid import uuid4

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from rules_run.errors import LedgerUnusable
from rules_run.failpoints import failpoint
from rules_run.ledger import place, tables

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATING = threading.Lock()
"""Alembic keeps the migration that is running in globals of its modules."""


class Store:
    """One database and its connections; a thread has its own, and one thread writes at a time."""

    def __init__(self, engine: Engine, path: Path | None, *, read_only: bool = False) -> None:
        self.engine = engine
        self.path = path
        self._writer = engine.execution_options(immediate=not read_only)
        self._file = place.identity(path) if path else (0, 0)
        self._lock = threading.RLock()
        self._reading: AbstractContextManager[object] = nullcontext() if path else self._lock

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading."""
        with self._translated(), self._reading, self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, boundary: str) -> Iterator[Connection]:
        """Give a connection whose changes are durable, all or none, after the block; `boundary` names the commit."""
        with self._translated(), self._lock, self._writer.begin() as connection:
            yield connection
            failpoint(f"{boundary}-commit")
        failpoint(f"after-{boundary}")

    def same_file(self) -> None:
        """Refuse to go on when the path names another file: a deleted database takes rows without a word."""
        if self.path and place.identity(self.path) != self._file:
            raise LedgerUnusable(
                f"The ledger {self.path} was moved, replaced or deleted while it was in use. Nothing more was sent. "
                "Put it back and run again."
            )

    def lineage(self) -> str | None:
        """Return the lineage inside, None for an empty database; refuse a schema that this version does not know."""
        with self.read() as connection:
            if not inspect(connection).has_table("meta"):
                return None
            row = connection.execute(select(tables.meta)).one()
        if row.schema_version > tables.SCHEMA_VERSION:
            raise LedgerUnusable(
                f"The ledger {self.path} was written by a newer version of rules-run (schema {row.schema_version}, "
                f"this one knows {tables.SCHEMA_VERSION}). Use that version; nothing was changed."
            )
        return str(row.lineage)

    def check(self) -> None:
        """Refuse a damaged database."""
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise LedgerUnusable(f"The ledger {self.path} is damaged: {found}. Restore it from a backup.")

    def set_up(self) -> str:
        """Make the tables and a new lineage in one transaction, and return the lineage."""
        lineage = str(uuid4())
        with self.write("set-up") as connection:
            if self.path is None:
                tables.metadata.create_all(connection)
            else:
                _migrate(connection)
            connection.execute(tables.meta.insert().values(lineage=lineage, schema_version=tables.SCHEMA_VERSION))
        return lineage

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise LedgerUnusable(f"The ledger {self.path or 'in memory'} cannot be used: {cause}.") from error


def open_file(path: Path, *, read_only: bool) -> Store:
    """Open an existing SQLite file."""
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 10})
    _prepare(
        engine,
        ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"query_only={'ON' if read_only else 'OFF'}"],
    )
    return Store(engine, path, read_only=read_only)


def open_memory() -> Store:
    """Open an empty database in memory, by the same code but for the migrations."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    _prepare(engine, ["foreign_keys=ON"])
    return Store(engine, None)


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _MIGRATING:
        command.upgrade(config, "head")


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
