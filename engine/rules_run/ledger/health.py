"""What is true of the place where a ledger is kept."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rules_run.errors import LedgerUnusable
from rules_run.ledger import place
from rules_run.ledger.home import Home
from rules_run.ledger.sqlite import FileStore

_SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing about a ledger; `sound` is None where it cannot be told."""

    what: str
    says: str
    sound: bool | None = True


def examine(home: Home, *, mounts: Path = place.MOUNTS) -> Iterator[Sign]:
    """Yield what is found; nothing is made or changed."""
    if home.url is not None:
        says = f"{home.name}; whether an answered commit outlives a failure of its server is decided there"
        yield Sign(what="place", says=says, sound=None)
        return
    yield _file_system(home.file, mounts)
    if not home.file.exists():
        yield Sign(what="file", says=f"{home.file} is not there yet: the first apply makes it")
        return
    yield from _modes(home.file)
    yield from _inside(home.file)


def _file_system(file: Path, mounts: Path) -> Sign:
    kind = place.file_system(file.resolve(), mounts.read_text(encoding="utf-8")) if mounts.exists() else ""
    try:
        place.refuse_network(file, mounts)
    except LedgerUnusable as fault:
        return Sign(what="file system", says=str(fault), sound=False)
    says = kind or "unknown to us; on a network one neither locks nor the order of writes hold"
    return Sign(what="file system", says=says, sound=True if kind else None)


def _modes(file: Path) -> Iterator[Sign]:
    for path in (file.parent, *(file.with_name(file.name + end) for end in ("", "-wal", "-shm"))):
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = mode & ~0o077
            says = f"{path} may be used by its owner alone"
            if mode != wanted:
                says = f"{path} may be read by others (mode {mode:o}): chmod {wanted:o} {path}"
            yield Sign(what="mode", says=says, sound=mode == wanted)


def _inside(file: Path) -> Iterator[Sign]:
    store = FileStore(file, read_only=True)
    try:
        store.check()
        with store.read() as connection:
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        word = _SYNCHRONOUS.get(int(level or 0), str(level))
        yield Sign(
            what="synchronous",
            says=f"{word}: a commit that was answered outlives a power cut",
            sound=word in ("FULL", "EXTRA"),
        )
        store.prove()
        yield Sign(what="room", says="enough to write down what a run sends")
    except LedgerUnusable as fault:
        yield Sign(what="inside", says=str(fault), sound=False)
    finally:
        store.close()
