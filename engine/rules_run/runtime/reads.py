"""Notes what is read from disk.

What an answer comes from is not listed by whoever works it out, for such a list is wrong one day: the interpreter
itself reports every file that is opened and every folder that is listed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rules_run.bundled import bundled

_CODE = (".py", ".pyc", ".so", ".pyd")
_SYSTEM = ("/proc/", "/dev/", "/sys/")
_CONNECTOR = "rules_run_connector_"


class Reads:
    """What is read from disk from a moment on, in nanoseconds: files and folders, by their absolute paths."""

    def __init__(self, since: int) -> None:
        self.since = since
        self.files: set[str] = set()
        self.folders: set[str] = set()

    def note(self, event: str, path: object) -> None:
        """Take a report of the interpreter; code is known by the modules that are loaded."""
        if not isinstance(path, str | bytes | os.PathLike):
            return
        place = os.path.abspath(os.fsdecode(path))
        if event != "open":
            self.folders.add(place)
        elif not place.endswith(_CODE) and not place.startswith(_SYSTEM):
            self.files.add(place)


_watching: list[Reads] = []
_heard: list[bool] = []


@contextmanager
def watched(now: int | None = None) -> Iterator[Reads]:
    """Note what is read in this block, which begins `now`."""
    if not _heard:
        sys.addaudithook(_hear)  # there is no way to take one away again
        _heard.append(True)
    reads = Reads(time.time_ns() if now is None else now)
    _watching.append(reads)
    try:
        yield reads
    finally:
        _watching.remove(reads)


def _hear(event: str, details: tuple[Any, ...]) -> None:
    if _watching and event in ("open", "os.scandir", "os.listdir"):
        for reads in _watching:
            reads.note(event, details[0])


def runs_foreign_code() -> bool:
    """Say whether code of a connector that does not ship is loaded: nobody knows what that goes by."""
    shipped = str(bundled("connectors"))
    packages = [module for name, module in list(sys.modules.items()) if name.startswith(_CONNECTOR) and "." not in name]
    return any(not folder.startswith(shipped) for package in packages for folder in package.__path__)
