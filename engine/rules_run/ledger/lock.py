"""The lock that keeps two runs of a tenant apart; the kernel frees it when its holder dies."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from rules_run.errors import AlreadyRunning, LedgerUnusable
from rules_run.ledger import exact
from rules_run.model.clock import Clock


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
            message = _at_work(os.pread(descriptor, 4096, 0))
            os.close(descriptor)
            raise AlreadyRunning(message) from None
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": self._clock.now()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, exact.dumps(holder).encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the lock; the file stays, since removing it would let two runs hold two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise LedgerUnusable(f"The lock file {self._path} cannot be opened: {error.strerror}.") from error


def _at_work(content: bytes) -> str:
    try:
        holder = exact.loads(content.decode())
        who = f" (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        who = ""
    return f"Another run of this tenant is at work{who}. Wait for it to end; nothing was done."
