"""What the answer to a send means for its document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from rules_run.ledger.records import Attempt, Ruling
from rules_run.ledger.states import State
from rules_run.model.exchange import Outcome, Verdict

ATTEMPTS = 8
_FIRST_WAIT = 60.0
_LONGEST_WAIT = 3600.0


def back_off(no: int, jitter: Callable[[], float]) -> timedelta:
    """Return a wait after the n-th failure: anything up to a doubling bound, so that no crowd comes back at once."""
    return timedelta(seconds=jitter() * min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (no - 1)))


def rule_on(verdict: Verdict, attempt: Attempt, *, now: datetime, settle: float, jitter: Callable[[], float]) -> Ruling:
    """Turn a verdict into a ruling: unknown is neither success nor failure; only an answer about the data holds it."""
    code, text = verdict.code, verdict.message
    match verdict.outcome:
        case Outcome.APPLIED:
            return Ruling(
                state=State.APPLIED,
                outcome=Outcome.APPLIED,
                status=verdict.status,
                target_id=verdict.target_id,
                text=text,
            )
        case Outcome.UNKNOWN:
            due = max(attempt.give_up_at + timedelta(seconds=settle), now + timedelta(seconds=verdict.wait))
            why = text or "no clear answer came"
            return Ruling(
                state=State.UNKNOWN, outcome=Outcome.UNKNOWN, resolved_by=None, status=verdict.status, text=why, due=due
            )
        case Outcome.REJECTED if verdict.permanent and not verdict.pause:
            return Ruling(
                state=State.HELD, outcome=Outcome.REJECTED, status=verdict.status, code=code or "D001", text=text
            )
    return _again(verdict, attempt, now=now, jitter=jitter)


def _again(verdict: Verdict, attempt: Attempt, *, now: datetime, jitter: Callable[[], float]) -> Ruling:
    if attempt.no >= ATTEMPTS:
        text = f"Tried {attempt.no} times without success. The last time: {verdict.message}"
        return Ruling(state=State.HELD, outcome=verdict.outcome, status=verdict.status, code="D002", text=text)
    due = now + max(back_off(attempt.no, jitter), timedelta(seconds=verdict.wait))
    return Ruling(state=State.RETRY, outcome=verdict.outcome, status=verdict.status, text=verdict.message, due=due)
