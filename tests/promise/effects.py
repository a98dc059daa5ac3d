"""A command that notes everything it does that outlasts it, and whether a failpoint stood before each of these."""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from rules_run.cli import main
from rules_run.failpoints import watched

AUDITED = {
    "socket.connect": "connection",
    "http.client.send": "bytes",
    "os.rename": "rename",
    "os.remove": "removal",
}
OTHERS = ("/site-packages/", "/lib/python", "__pycache__")


class Notes:
    """What one process did, by kind; `outside` are effects with no failpoint between them and the one before."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.outside: list[str] = []
        self._thread = threading.local()

    def pass_by(self, _: str) -> None:
        """Pass a failpoint."""
        self._thread.passed = True

    def effect(self, kind: str) -> None:
        """Note an effect."""
        self.seen[kind] += 1
        if not getattr(self._thread, "passed", False):
            self.outside.append(f"{kind} at {_where()}")
        self._thread.passed = False

    def audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Take what the interpreter tells."""
        if name in AUDITED and not any(part in str(arguments[0]) for part in OTHERS):
            self.effect(AUDITED[name])


def _where() -> str:
    """Return the places in our own code from which something was done."""
    ours = [each for each in traceback.extract_stack() if "/rules_run/" in each.filename]
    return " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(ours[-4:]))


def noting(report: Path) -> None:
    """Be the command line, and write down what was done."""
    notes = Notes()
    flush = os.fsync

    def fsync(descriptor: int) -> None:
        notes.effect("flush")
        flush(descriptor)

    os.fsync = fsync  # type: ignore[assignment]
    event.listen(Engine, "commit", lambda _: notes.effect("commit"))
    sys.addaudithook(notes.audit)
    with watched(notes.pass_by):
        try:
            main()
        finally:
            report.write_text(json.dumps({"seen": notes.seen, "outside": notes.outside}))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    sys.argv = ["rules-run", *sys.argv[2:]]
    noting(target)
