"""The database behind a ledger: opened by strict rules, written in short transactions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, Engine, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from rules_run.errors import LedgerUnusable
from rules_run.failpoints import failpoint
from rules_run.ledger import tables

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATING = threading.Lock()
"""Alembic keeps the migration that is running in globals of its modules."""


class Store:
    """One database and its connections; a thread has its own. `name` is what messages call it."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self.writing: AbstractContextManager[object] = nullcontext()
        self.reading: AbstractContextManager[object] = nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading."""
        with self._translated(), self.reading, self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, boundary: str) -> Iterator[Connection]:
        """Give a connection whose changes are durable, all or none, after the block; `boundary` names the commit."""
        with self._translated(), self.writing, self._writer().begin() as connection:
            yield connection
            failpoint(f"{boundary}-commit")
        failpoint(f"after-{boundary}")

    def same(self) -> None:
        """Refuse to go on when the database is not the one that was opened any more."""

    def check(self) -> None:
        """Refuse a damaged database."""

    def prove(self) -> None:
        """Refuse a store that could not keep what a run has to write down."""

    def version(self) -> int | None:
        """Return the version of the schema inside, None for an empty database."""
        with self.read() as connection:
            if not inspect(connection).has_table("meta"):
                return None
            return int(connection.execute(select(tables.meta.c.schema_version)).scalar_one())

    def lineage(self) -> str | None:
        """Return the lineage inside, None for an empty database; refuse a schema that is not of this version."""
        version = self.version()
        if version is None:
            return None
        if version > tables.SCHEMA_VERSION:
            raise LedgerUnusable(
                f"The ledger {self.name} was written by a newer version of rules-run (schema {version}, "
                f"this one knows {tables.SCHEMA_VERSION}). Use that version; nothing was changed."
            )
        if version < tables.SCHEMA_VERSION:
            raise LedgerUnusable(
                f"The ledger {self.name} was written by an older version of rules-run (schema {version}, "
                f"this one writes {tables.SCHEMA_VERSION}). Bring it up once with `rules-run ledger upgrade`."
            )
        with self.read() as connection:
            return str(connection.execute(select(tables.meta.c.lineage)).scalar_one())

    def set_up(self) -> str:
        """Make the tables and a new lineage in one transaction, and return the lineage."""
        lineage = str(uuid4())
        with self.write("set-up") as connection:
            self._build(connection)
            connection.execute(tables.meta.insert().values(lineage=lineage, schema_version=tables.SCHEMA_VERSION))
        return lineage

    def upgrade(self) -> None:
        """Bring the schema up to this version in one transaction."""
        with self.write("upgrade") as connection:
            self._build(connection)
            connection.execute(update(tables.meta).values(schema_version=tables.SCHEMA_VERSION))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _writer(self) -> Engine:
        return self.engine

    def _build(self, connection: Connection) -> None:
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        with _MIGRATING:
            command.upgrade(config, "head")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error).strip().rstrip(".")
            raise LedgerUnusable(f"The ledger {self.name} cannot be used: {cause}.") from error
