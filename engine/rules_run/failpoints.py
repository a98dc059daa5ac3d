"""Named places at which a test may kill the process; in ordinary use each is a look at one variable."""

from __future__ import annotations

import os
import signal
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
FAILPOINTS = frozenset(SEND + SETTLE + PAGE + SERVICE + WIRE)

_passes = count(1)


def failpoint(name: str) -> None:
    """Kill this process by SIGKILL at the n-th pass of the place that `RULES_RUN_FAILPOINT=name:n` names."""
    armed = os.environ.get(VARIABLE)
    if armed is None:
        return
    place, _, number = armed.partition(":")
    if place == name and next(_passes) == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
