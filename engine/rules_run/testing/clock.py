"""The clock of rule tests: it stands where a case puts it and moves when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


class TestClock:
    """A clock that never moves by itself."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._boottime = 1000.0

    def now(self) -> datetime:
        """Return the time of the case."""
        return self._now

    def boottime(self) -> float:
        """Return the seconds that the case has let pass."""
        return self._boottime

    def boot_id(self) -> str:
        """Return the one boot of a case."""
        return "rule-test"

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._boottime += seconds

    def move_to(self, moment: datetime) -> None:
        """Put the clock forward to a moment; it never goes back."""
        if moment > self._now:
            self.advance((moment - self._now).total_seconds())


def moment(text: str | None, zone: str) -> datetime:
    """Return a date or date-time of a test file as a moment; a plain date means noon in the zone."""
    if text is None:
        return datetime(2020, 1, 15, 12, tzinfo=UTC)
    found = datetime.fromisoformat(text)
    if len(text) == len("2019-06-04"):
        found = found.replace(hour=12)
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
