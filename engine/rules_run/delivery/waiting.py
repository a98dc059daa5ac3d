"""How long an unknown outcome must be left alone before an absence in the target can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rules_run.connect.contract import Timing
from rules_run.ledger.records import OpenAttempt
from rules_run.model.clock import Clock

PATIENCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The wait of one attempt, measured on the boot clock.

    A machine that started anew since the send cannot know how much time passed, so there the wait begins again in full.
    """

    boot_id: str
    since: float
    restarts: int
    negative: float | None
    now: float
    length: float
    gap: float
    old: bool
    fresh: bool

    @property
    def over(self) -> bool:
        """Say whether nothing of the send can still come to pass."""
        return self.now - self.since >= self.length

    @property
    def twice_negative(self) -> bool:
        """Say whether an absence seen now is the second one, far enough from the first."""
        return self.negative is not None and self.now - self.negative >= self.gap

    @property
    def exhausted(self) -> bool:
        """Say whether nobody has come to know in a day, and waiting once more would be the second time."""
        return self.old and self.restarts > 1

    def notes(self, *, negative: float | None) -> Mapping[str, object]:
        """Return what a later run must know of the wait."""
        return {"boot_id": self.boot_id, "since": self.since, "restarts": self.restarts, "negative": negative}


def given_up(clock: Clock, found: OpenAttempt) -> bool:
    """Say whether the sender of an attempt has certainly given up: its deadline passed, or its machine started anew."""
    attempt = found.attempt
    allowed = (attempt.give_up_at - attempt.intent_wall).total_seconds()
    return attempt.boot_id != clock.boot_id() or clock.boottime() - attempt.intent_boottime >= allowed


def wait_of(clock: Clock, found: OpenAttempt, timing: Timing) -> Wait:
    """Return how the wait of an attempt stands; a fresh one has to be written down."""
    attempt, boot_id, now = found.attempt, clock.boot_id(), clock.boottime()
    kept: Mapping[str, Any] = found.step.watch
    fresh = False
    if kept.get("boot_id") == boot_id:
        since, restarts, negative = float(kept["since"]), kept["restarts"], kept["negative"]
    elif attempt.boot_id == boot_id:
        since, restarts, negative = attempt.intent_boottime, 0, None
    else:
        since, restarts, negative, fresh = now, kept.get("restarts", 0) + 1, None, True
    return Wait(
        boot_id=boot_id,
        since=since,
        restarts=restarts,
        negative=None if negative is None else float(negative),
        now=now,
        length=(attempt.give_up_at - attempt.intent_wall).total_seconds() + timing.settle,
        gap=timing.negative_gap,
        old=clock.now() - attempt.intent_wall >= PATIENCE,
        fresh=fresh,
    )
