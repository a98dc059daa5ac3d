"""A ledger in a PostgreSQL database, and the run lock that the server frees when its holder is gone."""

from __future__ import annotations

import hashlib
import os
import socket
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from rules_run.errors import AlreadyRunning, LedgerUnusable
from rules_run.ledger.store import Store
from rules_run.model.secret import Secret

_SCHEMES = ("postgresql", "postgres")
_HOLDER = text(
    "SELECT activity.application_name, activity.backend_start FROM pg_locks AS held "
    "JOIN pg_stat_activity AS activity ON activity.pid = held.pid "
    "WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 AND held.database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND held.classid::bigint = :high AND held.objid::bigint = :low"
)


class PostgresStore(Store):
    """A PostgreSQL database; rows are locked one by one, so that many processes can send at the same time."""

    def __init__(self, url: Secret, *, read_only: bool = False) -> None:
        super().__init__(_engine(url, read_only=read_only), shown(url))

    def check(self) -> None:
        """Refuse a server that only follows another one."""
        with self.read() as connection:
            if connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar():
                raise LedgerUnusable(
                    f"The ledger {self.name} is a copy that follows another server. Name the server that it follows."
                )

    def prove(self) -> None:
        """Refuse a session that may not write."""
        with self.read() as connection:
            if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
                raise LedgerUnusable(f"The ledger {self.name} takes no writes here; nothing was sent.")


class PostgresLock:
    """Held by one session while a run is at work: the server frees it at the moment in which that session ends."""

    def __init__(self, url: Secret, tenant: str) -> None:
        self._url, self._tenant = url, tenant
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        """Take the lock, or raise AlreadyRunning at once."""
        self._engine = _engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            connection = self._connection = self._engine.connect()
            who = f"rules-run {os.getpid()} on {socket.gethostname()}"[:63]
            connection.execute(text("SELECT set_config('application_name', :who, false)"), {"who": who})
            key = _key(str(connection.exec_driver_sql("SELECT current_schema()").scalar()), self._tenant)
            if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar():
                raise AlreadyRunning(_at_work(connection, key))
        except SQLAlchemyError as error:
            self._close()
            cause = str(getattr(error, "orig", None) or error).strip()
            raise LedgerUnusable(f"The ledger {shown(self._url)} cannot be used: {cause}") from error
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the lock."""
        self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._engine is not None:
            self._engine.dispose()
        self._connection = self._engine = None


def shown(url: Secret) -> str:
    """Return the address of a ledger without its password."""
    parsed = _parsed(url)
    return "of the tenant" if parsed is None else parsed.set(query={}).render_as_string(hide_password=True)


def _parsed(url: Secret) -> URL | None:
    """Return the parts of an address, None where a sign of the password may have been taken for a border of them."""
    text = url.reveal()
    try:
        return make_url(text) if text.count("@") < 2 else None
    except (ArgumentError, ValueError):
        return None


def _engine(url: Secret, *, read_only: bool = False, **options: Any) -> Engine:
    parsed = _parsed(url)
    if parsed is None or parsed.drivername not in _SCHEMES:
        raise LedgerUnusable(
            "The address of a ledger begins with postgresql:// and names host and database; signs of a password that "
            "mean something there are written by their codes (@ is %40, / is %2F)."
        )
    try:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), **options)
    except ModuleNotFoundError as error:
        raise LedgerUnusable(
            "A PostgreSQL ledger needs the driver psycopg: install rules-run with its extra `postgres`."
        ) from error
    _prepare(engine, read_only=read_only)
    return engine


def _prepare(engine: Engine, *, read_only: bool) -> None:
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        session: Any = connection
        before, session.autocommit = session.autocommit, True
        [server] = session.execute("SELECT pg_backend_pid()").fetchone()
        if server != session.info.backend_pid:
            session.close()
            raise LedgerUnusable(
                "Something stands between this program and the PostgreSQL server of the ledger, such as a pooler. "
                "Locks that belong to a session are lost there. Name the address of the server itself."
            )
        session.execute("SET synchronous_commit TO on")
        session.execute("SET lock_timeout TO '10s'")  # a process that stands still must not hold up all others
        session.execute(f"SET default_transaction_read_only TO {'on' if read_only else 'off'}")
        session.autocommit = before

    event.listen(engine, "connect", connected)


def _key(schema: str, tenant: str) -> int:
    digest = hashlib.sha256(f"rules-run\0{schema}\0{tenant}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _at_work(connection: Connection, key: int) -> str:
    unsigned = key % 2**64
    found = connection.execute(_HOLDER, {"high": unsigned >> 32, "low": unsigned % 2**32}).first()
    who = ""
    if found is not None:
        name = str(found[0]).removeprefix("rules-run ")
        who = f" (process {name}, since {found[1]:%Y-%m-%d %H:%M:%S %Z})"
    return f"Another run of this tenant is at work{who}. Wait for it to end; nothing was done."
