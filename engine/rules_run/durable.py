"""The one place from which files are flushed, renamed and removed: what it did is so after a power cut too."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from rules_run.errors import RulesRunError
from rules_run.failpoints import failpoint


def put(path: Path, content: bytes | Iterable[bytes], *, mode: int = 0o600, flushed: bool = True) -> None:
    """Put content in the place of a file, whole or not at all: written beside it, flushed, renamed.

    An OSError says that the file is as it was. That the new one outlives a power cut takes `sync_folder` as well; what
    may be lost then need not be `flushed`.
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    failpoint("before-draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            if flushed:
                flush(file.fileno())
        failpoint("before-rename")
        draft.replace(path)
    except (OSError, RulesRunError):
        draft.unlink(missing_ok=True)
        raise
    failpoint("after-rename")


def append(path: Path, content: bytes) -> bool:
    """Add to the end of a file that only its owner can read, and say whether all of it was taken."""
    failpoint("before-draft")
    descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        written = os.write(descriptor, content)
        failpoint("before-sync")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)
    return written == len(content)


def flush(descriptor: int) -> None:
    """Make durable what was written into an open file."""
    failpoint("before-sync")
    os.fsync(descriptor)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    failpoint("before-remove")
    path.unlink(missing_ok=True)
    failpoint("after-remove")


def sync(path: Path) -> None:
    """Make what a file holds durable."""
    failpoint("before-sync")
    _flush(path)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    failpoint("before-folder-sync")
    _flush(folder)
    failpoint("after-folder-sync")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
