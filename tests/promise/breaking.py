"""What happens to the file of a ledger: each breaks it while its block lasts, and mends it as a person would."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from rules_run.ledger.home import Home

Break = Callable[[Home], AbstractContextManager[None]]
PAGE = 4096


@contextmanager
def disk_full(home: Home) -> Iterator[None]:
    """The database may not grow by one page."""

    def connected(connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("PRAGMA max_page_count=1").close()  # as many as it has is the least that SQLite allows

    with _listening("connect", connected):
        yield


@contextmanager
def files_too_large(home: Home) -> Iterator[None]:
    """The system lets no file of this process grow beyond two pages."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * PAGE, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(home: Home) -> Iterator[None]:
    """The file may be read and not written, as on a file system that was mounted so."""

    def connect(dialect: Any, record: Any, words: list[Any], options: dict[str, Any]) -> None:
        words[0] = f"{Path(words[0]).resolve().as_uri()}?mode=ro"
        options["uri"] = True

    with _listening("do_connect", connect):
        yield


@contextmanager
def impatient() -> Iterator[None]:
    """Nobody waits ten seconds for a lock."""

    def connect(dialect: Any, record: Any, words: list[Any], options: dict[str, Any]) -> None:
        options["timeout"] = 0.01

    with _listening("do_connect", connect):
        yield


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Another program writes, and does not come to an end."""
    with closing(sqlite3.connect(home.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def rewritten(home: Home, change: Callable[[bytes], bytes]) -> Iterator[None]:
    """The bytes of the file are others."""
    before = home.file.read_bytes()
    home.file.write_bytes(change(before))
    try:
        yield
    finally:
        home.file.write_bytes(before)
        for end in ("-wal", "-shm"):
            home.file.with_name(home.file.name + end).unlink(missing_ok=True)


def damaged(home: Home) -> AbstractContextManager[None]:
    """Pages in the middle of the file are rubbish."""
    return rewritten(home, lambda content: content[: 2 * PAGE] + b"\xff" * 6 * PAGE + content[8 * PAGE :])


def no_database(home: Home) -> AbstractContextManager[None]:
    return rewritten(home, lambda content: b"this is no database, whatever its name says " * 500)


def truncated(home: Home) -> AbstractContextManager[None]:
    return rewritten(home, lambda content: content[: len(content) // 2 // PAGE * PAGE])


def emptied(home: Home) -> AbstractContextManager[None]:
    return rewritten(home, lambda content: b"")


@contextmanager
def newer(home: Home) -> Iterator[None]:
    """A later version of the program wrote it."""
    with _scratched(home, "UPDATE meta SET schema_version = 99"):
        yield


@contextmanager
def of_another(home: Home) -> Iterator[None]:
    """It is the ledger of another installation."""
    with _scratched(home, "UPDATE meta SET lineage = '11111111-2222-3333-4444-555555555555'"):
        yield


@contextmanager
def gone(home: Home) -> Iterator[None]:
    """The file has another name."""
    with _aside(home.file):
        yield


@contextmanager
def replaced(home: Home) -> Iterator[None]:
    """An older copy stands in its place."""
    with _aside(home.file) as aside:
        shutil.copy(aside, home.file)
        yield


@contextmanager
def log_gone(home: Home) -> Iterator[None]:
    """The write-ahead log was removed from beside the file."""
    home.file.with_name(f"{home.file.name}-wal").unlink()
    yield


@contextmanager
def folder_closed(home: Home) -> Iterator[None]:
    """Nothing can be made in its folder, whoever asks."""
    aside = home.file.parent.with_name("aside")
    home.file.parent.rename(aside)
    home.file.parent.symlink_to("/proc/self/fdinfo")
    try:
        yield
    finally:
        home.file.parent.unlink()
        aside.rename(home.file.parent)


BEFORE: Mapping[str, Break] = {
    "files may not grow": files_too_large,
    "read-only": read_only,
    "locked by another program": locked,
    "a page is damaged": damaged,
    "not a database": no_database,
    "truncated": truncated,
    "emptied": emptied,
    "of a newer version": newer,
    "of another lineage": of_another,
    "gone": gone,
    "its folder takes no files": folder_closed,
}
DURING: Mapping[str, Break] = {
    "files may not grow": files_too_large,
    "locked by another program": locked,
    "gone": gone,
    "replaced by an older copy": replaced,
    "its log removed": log_gone,
}


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    aside = path.with_name(f"{path.name}.aside")
    path.rename(aside)
    try:
        yield aside
    finally:
        aside.replace(path)


@contextmanager
def _scratched(home: Home, statement: str) -> Iterator[None]:
    before = home.file.read_bytes()
    with closing(sqlite3.connect(home.file)) as connection, connection:
        connection.execute(statement)
    try:
        yield
    finally:
        home.file.write_bytes(before)


@contextmanager
def _listening(name: str, listener: Callable[..., Any]) -> Iterator[None]:
    event.listen(Engine, name, listener)
    try:
        yield
    finally:
        event.remove(Engine, name, listener)
