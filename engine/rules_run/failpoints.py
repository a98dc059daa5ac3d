"""Named places at which a test may kill or stop the process, or cut a run; in ordinary use a look at one variable.

Between two effects that outlast the process (a connection, bytes that leave, a commit, a flush, a rename, a removal)
there is always one of them, so that every state of the world that a death can leave behind is one that a test makes.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

VARIABLE = "RULES_RUN_FAILPOINT"

SEND = (
    "before-claim",
    "claim-commit",
    "after-claim",
    "before-probe",
    "after-probe",
    "before-intent",
    "intent-commit",
    "after-intent",
    "at-guard",
    "after-send",
    "outcome-commit",
    "after-outcome",
)
SETTLE = (
    "overdue-commit",
    "after-overdue",
    "before-look",
    "after-look",
    "watch-commit",
    "verdict-commit",
    "after-verdict",
)
PAGE = ("queue-commit", "after-queue", "finish-commit", "after-finish")
# On the wire, of writes and of reads: the boundaries that a transport names.
WIRE = tuple(
    f"{kind}-{boundary}"
    for kind in ("send", "read")
    for boundary in (
        "connecting",
        "connected",
        "headers-leaving",
        "headers-left",
        "body-left",
        "status-read",
        "body-read",
    )
)
SERVICE = ("set-up-commit", "after-set-up", "run-commit", "after-run", "release-commit", "after-release")
OPERATOR = ("before-verify", "after-verify", "operator-commit", "after-operator", "alarm-commit", "after-alarm")
KEEPING = (
    *("before-copy", "after-copy", "upgrade-commit", "after-upgrade", "deed-commit", "after-deed"),
    *("before-keep", "after-keep", "before-clear", "after-clear"),
)
FILES = (
    *("before-draft", "before-sync", "before-rename", "after-rename", "before-remove", "after-remove"),
    *("before-folder-sync", "after-folder-sync"),
)
FAILPOINTS = frozenset(SEND + SETTLE + PAGE + SERVICE + WIRE + OPERATOR + KEEPING + FILES)

_passes = count(1)


def _kill(name: str) -> None:
    """Kill this process at the n-th pass of the place in `RULES_RUN_FAILPOINT=name:n`; `name:n:stop` suspends it."""
    armed = os.environ.get(VARIABLE)
    if armed is None:
        return
    place, number, end = (*armed.split(":"), "", "")[:3]
    if place == name and next(_passes) == int(number or 1):
        os.kill(os.getpid(), signal.SIGSTOP if end == "stop" else signal.SIGKILL)


_passed: Callable[[str], object] = _kill


def failpoint(name: str) -> None:
    """Pass a place at which a process may end."""
    _passed(name)


@contextmanager
def watched(watcher: Callable[[str], object]) -> Iterator[None]:
    """Tell another of every place that is passed meanwhile in this process; what it raises ends the run there."""
    global _passed
    before, _passed = _passed, watcher
    try:
        yield
    finally:
        _passed = before
