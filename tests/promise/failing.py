"""Drivers of both databases whose n-th call fails, before or after it took effect, once or from then on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine, event

T = TypeVar("T")
MESSAGE = "disk I/O error"


@dataclass(slots=True, kw_only=True)
class Failing:
    """Counts the calls of a driver and fails the n-th (0: none), with `lasting` all after it too."""

    at: int = 0
    after: bool = False
    lasting: bool = False
    seen: int = 0
    failed: int = 0

    def call(self, error: type[Exception], act: Callable[[], T]) -> T:
        self.seen += 1
        if not self.at or self.seen < self.at or (self.seen > self.at and not self.lasting):
            return act()
        self.failed += 1
        if self.after and self.seen == self.at:
            act()
        raise error(MESSAGE)


def _sqlite(calls: Failing) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        def execute(self, *words: Any) -> Any:
            return calls.call(sqlite3.OperationalError, lambda: super(Cursor, self).execute(*words))

        def executemany(self, *words: Any) -> Any:
            return calls.call(sqlite3.OperationalError, lambda: super(Cursor, self).executemany(*words))

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, *words: Any) -> Any:
            return self.cursor().execute(*words)

        def commit(self) -> None:
            calls.call(sqlite3.OperationalError, super().commit)

    return Connection


def _postgres(calls: Failing) -> Callable[..., Any]:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, *words: Any, **options: Any) -> Any:
            return calls.call(psycopg.OperationalError, lambda: super(Cursor, self).execute(*words, **options))

        def executemany(self, *words: Any, **options: Any) -> Any:
            return calls.call(psycopg.OperationalError, lambda: super(Cursor, self).executemany(*words, **options))

    class Connection(psycopg.Connection[Any]):
        def commit(self) -> None:
            calls.call(psycopg.OperationalError, super().commit)

    def connect(*words: Any, **options: Any) -> Any:
        return Connection.connect(*words, **{**options, "cursor_factory": Cursor})

    return connect


@contextmanager
def failing(calls: Failing) -> Iterator[Failing]:
    """Have the calls of every database connection that is opened meanwhile counted, and fail as asked."""

    def connect(dialect: Any, record: Any, words: list[Any], options: dict[str, Any]) -> Any:
        if dialect.name == "postgresql":
            return calls.call(psycopg.OperationalError, lambda: _postgres(calls)(*words, **options))
        opened = lambda: sqlite3.connect(*words, **{**options, "factory": _sqlite(calls)})  # noqa: E731
        return calls.call(sqlite3.OperationalError, opened)

    event.listen(Engine, "do_connect", connect)
    try:
        yield calls
    finally:
        event.remove(Engine, "do_connect", connect)
