"""How long a system asks to be left alone: `Retry-After`, as it is really sent."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from rules_run.connect.transport import Answer

LONGEST = 900.0
"""Seconds beyond which nobody is believed: a run comes again anyway."""


def retry_after(answer: Answer) -> float:
    """Return the seconds asked for, at most LONGEST; nonsense and what is over ask for nothing.

    A date is taken by the clock of whoever says it, where the answer tells that.
    """
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST)
    until = _moment(text)
    if until is None:
        return 0.0
    said_at = _moment(answer.headers.get("date", "")) or datetime.now(UTC)
    return min(max((until - said_at).total_seconds(), 0.0), LONGEST)


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
