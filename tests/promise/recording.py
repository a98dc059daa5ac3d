"""SQLite over a file layer that writes down all that is done to the files: our own store runs on it without knowing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import apsw
from sqlalchemy import Engine, event

from .disk import Happened

Log = list[Happened]


class _Layer(apsw.VFS):
    def __init__(self, log: Log) -> None:
        super().__init__("recording", "")
        self._log = log

    def xOpen(self, name: Any, flags: list[int]) -> _LoggedFile:  # noqa: N802, a name of SQLite
        return _LoggedFile(name, flags, self._log)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, a name of SQLite
        super().xDelete(filename, syncdir)
        self._log.append(Happened(kind="delete", path=filename))


class _LoggedFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], log: Log) -> None:
        super().__init__("", name, flags)
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._log = log

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802, a name of SQLite
        super().xWrite(data, offset)
        self._log.append(Happened(kind="write", path=self._path, at=offset, data=bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802, a name of SQLite
        super().xTruncate(newsize)
        self._log.append(Happened(kind="truncate", path=self._path, at=newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802, a name of SQLite
        super().xSync(flags)
        self._log.append(Happened(kind="sync", path=self._path))


class _Cursor:
    """As much of a driver's cursor as SQLAlchemy asks for."""

    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection, self._cursor = connection, connection.cursor()
        self._cursor.exec_trace = self._described
        self.description: Any = None
        self.rowcount, self.lastrowid = -1, 0
        self._rows: list[Any] = []

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> _Cursor:
        self.description = None
        self._rows = list(_translated(lambda: self._cursor.execute(statement, tuple(parameters))))
        self.rowcount, self.lastrowid = self._connection.changes(), self._connection.last_insert_rowid()
        return self

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> _Cursor:
        for row in rows:
            self.execute(statement, row)
        return self

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[Any]:
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        self._cursor.close()

    def _described(self, cursor: apsw.Cursor, statement: str, bindings: Any) -> bool:
        self.description = [(*each, None, None, None, None, None) for each in cursor.get_description()] or None
        return True


class _Connection:
    """As much of a driver's connection as SQLAlchemy and our store ask for."""

    isolation_level = None

    def __init__(self, path: str, weakened: bool) -> None:
        self._connection = apsw.Connection(path, vfs="recording")
        self._connection.set_busy_timeout(10_000)
        self._weakened = weakened

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection)

    def execute(self, statement: str) -> _Cursor:
        if self._weakened:
            statement = statement.replace("synchronous=FULL", "synchronous=NORMAL")
        return self.cursor().execute(statement)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def close(self) -> None:
        self._connection.close()

    def create_function(self, name: str, size: int, function: Callable[..., Any], *, deterministic: bool) -> None:
        self._connection.create_scalar_function(name, function, size, deterministic=deterministic)

    def _end(self, statement: str) -> None:
        if self._connection.in_transaction:
            self.cursor().execute(statement)


def _translated(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except apsw.ConstraintError as error:
        raise sqlite3.IntegrityError(str(error)) from error
    except apsw.Error as error:
        raise sqlite3.OperationalError(str(error)) from error


@contextmanager
def recording(*, weakened: bool = False) -> Iterator[Log]:
    """Have every SQLite file that is opened meanwhile recorded; `weakened` does with NORMAL what FULL was asked for."""
    log: Log = []
    layer = _Layer(log)

    def connect(dialect: Any, record: Any, words: list[Any], options: dict[str, Any]) -> _Connection:
        return _Connection(words[0], weakened)

    event.listen(Engine, "do_connect", connect)
    try:
        yield log
    finally:
        event.remove(Engine, "do_connect", connect)
        layer.unregister()
