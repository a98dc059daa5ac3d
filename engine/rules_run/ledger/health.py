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
from rules_run.ledger.store import Store
from rules_run.model.secret import Secret

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
        yield from _server(home.url)
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
    """Yield each file of the folder that others may read or change, be it a copy or an outcome that was kept."""
    paths = (file.parent, *sorted(file.parent.iterdir()))
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths if path.exists()}
    open_to_others = {path: mode for path, mode in modes.items() if mode & 0o077}
    for path, mode in open_to_others.items():
        says = f"{path} may be read by others (mode {mode:o}): chmod {mode & ~0o077:o} {path}"
        yield Sign(what="mode", says=says, sound=False)
    if not open_to_others:
        yield Sign(what="mode", says=f"{file.parent} and what is in it may be used by its owner alone")


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


def _server(url: Secret) -> Iterator[Sign]:
    from rules_run.ledger.postgres import PostgresStore

    store = PostgresStore(url)
    try:
        shown = {name: _shown(store, name) for name in ("server_version", "fsync", "full_page_writes")}
        yield Sign(what="place", says=f"{store.name}, PostgreSQL {shown['server_version']}")
        store.check()
        for name in ("fsync", "full_page_writes"):
            sound = shown[name] == "on"
            says = "an answered commit outlives a power cut" if sound else f"set {name} = on in postgresql.conf"
            yield Sign(what=name, says=f"{shown[name]}: {says}", sound=sound)
        level = _shown(store, "synchronous_commit")
        yield Sign(what="synchronous", says=f"{level}: set by every session of ours", sound=level == "on")
        yield _followers(_shown(store, "synchronous_standby_names"))
        store.prove()
        yield Sign(what="writes", says="the session may write")
    except LedgerUnusable as fault:
        yield Sign(what="inside", says=str(fault), sound=False)
    finally:
        store.close()


def _shown(store: Store, name: str) -> str:
    with store.read() as connection:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar())


def _followers(waited_for: str) -> Sign:
    if waited_for:
        return Sign(what="followers", says=f"a commit is answered when it has reached {waited_for}")
    says = "a commit waits for no other server; should one take over after a failure, run `ledger restore` first"
    return Sign(what="followers", says=says, sound=None)
