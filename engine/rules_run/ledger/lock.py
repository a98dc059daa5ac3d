"""The lock that keeps two runs of a tenant apart; the kernel frees it when its holder dies."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rules_run.errors import AlreadyRunning, LedgerUnusable
from rules_run.ledger import exact
from rules_run.model.clock import Clock

READINGS = 50
"""So often a lock whose holder is not named is read again, a fiftieth of a second later."""


class RunLock:
    """Held while a run is at work: `<ledger>.lock` says by whom and since when."""

    def __init__(self, ledger: Path, clock: Clock) -> None:
        self._path = ledger.with_name(f"{ledger.name}.lock")
        self._clock = clock
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock, or raise AlreadyRunning at once."""
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise AlreadyRunning(_at_work(holder)) from None
        self._descriptor = descriptor
        self._write(exact.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": self._clock.now()}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the lock; the file stays, since removing it would let two runs hold two files of one name."""
        if self._descriptor is not None:
            self._write("")
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, text: str) -> None:
        if self._descriptor is not None:
            with suppress(OSError):  # a full disk: the lock holds all the same, and the ledger says what is wrong
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, text.encode(), 0)

    def _open(self) -> int:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise LedgerUnusable(f"The lock file {self._path} cannot be opened: {error.strerror}.") from error


def _holder(descriptor: int) -> dict[str, Any] | None:
    """Return what the holder of a lock wrote: a moment ago it may have had the lock and not written yet."""
    found = None
    for _ in range(READINGS):
        found = _read(os.pread(descriptor, 4096, 0))
        if found is not None and not _surely_dead(found):
            break
        time.sleep(0.02)
    return found


def _read(content: bytes) -> dict[str, Any] | None:
    try:
        holder = exact.loads(content.decode())
        return {name: holder[name] for name in ("pid", "host", "since")}
    except (ValueError, KeyError, TypeError):
        return None


def _surely_dead(holder: dict[str, Any]) -> bool:
    """Say whether it is the holder before, who was killed: it could not take its name away."""
    try:
        os.kill(int(holder["pid"]), 0)
    except (ProcessLookupError, ValueError):
        return bool(holder["host"] == socket.gethostname())
    except PermissionError:
        return False
    return False


def _at_work(holder: dict[str, Any] | None) -> str:
    who = "" if holder is None else f" (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    return f"Another run of this tenant is at work{who}. Wait for it to end; nothing was done."
