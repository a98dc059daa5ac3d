"""Answers that are kept until anything changes that they came from: kept are digests of that, and no content."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rules_run import durable
from rules_run.runtime.reads import Reads

MOST_KEPT = 100
_TICK = 100_000_000
"""Nanoseconds by which the time of a file may lag behind the clock."""


class Memo:
    """One question and its answer, in the folder of the user's own cache."""

    def __init__(self, question: Sequence[str]) -> None:
        name = hashlib.sha256(json.dumps(question).encode()).hexdigest()
        self._file = _folder() / f"{name}.json"

    def answer(self) -> Any:
        """Return the answer, or None where there is none or something that it came from has changed."""
        try:
            kept = json.loads(self._file.read_bytes())
            same = (
                kept["program"] == _program(kept["modules"])
                and all(_file_digest(path) == digest for path, digest in kept["files"].items())
                and all(_folder_digest(path) == digest for path, digest in kept["folders"].items())
            )
            return kept["answer"] if same else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def keep(self, answer: object, reads: Reads, folders: Iterable[Path] = ()) -> None:
        """Keep an answer with what was read for it; `folders` are those in which a file may yet appear.

        What changed while it was read is not kept: nobody knows which of the two was read. A place that cannot be
        written only costs time.
        """
        modules, listed = sorted(_own_modules()), {*reads.folders, *map(_absolute, folders)}
        told = {
            "program": _program(modules),
            "modules": modules,
            "files": {path: _file_digest(path) for path in sorted(reads.files)},
            "folders": {path: _folder_digest(path) for path in sorted(listed)},
            "answer": answer,
        }
        if any(_changed_since(path, reads.since) for path in (*modules, *reads.files, *listed)):
            return
        with suppress(OSError):
            self._write(json.dumps(told))

    def _write(self, text: str) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.put(self._file, text.encode("utf-8"), flushed=False)
        kept = sorted(self._file.parent.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        for old in kept[:-MOST_KEPT]:
            old.unlink(missing_ok=True)


def _program(modules: Iterable[str]) -> list[object]:
    """Return what tells one program from another: the interpreter, what is installed, and our own files."""
    return [sys.version, *([place, _stamp(place)] for place in sys.path), *([file, _stamp(file)] for file in modules)]


def _own_modules() -> Iterator[str]:
    """Yield the files of ours that are loaded, connectors' code included."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name.startswith("rules_run"):
            yield file


def _stamp(path: str) -> list[int] | None:
    try:
        found = os.stat(path or ".")
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size]


def _changed_since(path: str, moment: int) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return max(found.st_mtime_ns, found.st_ctime_ns) > moment - _TICK


def _file_digest(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def _folder_digest(path: str) -> str | None:
    try:
        return hashlib.sha256(json.dumps(sorted(os.listdir(path))).encode()).hexdigest()
    except OSError:
        return None


def _absolute(path: Path) -> str:
    return os.path.abspath(path)


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "rules-run" / "validated"
