"""A clock that goes when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 6, 4, 10, 2, 11, tzinfo=UTC)


class TestClock:
    """Calendar and boot clock, moved by hand; after a reboot the boot has a new name and its clock starts at zero.

    `elapsed` is the time of the rest of the world, which no reboot and no wrong calendar touches.
    """

    __test__ = False

    def __init__(self, seconds: float = 0.0, boot: int = 1) -> None:
        self._now = START + timedelta(seconds=seconds)
        self._boottime, self._boot = seconds, boot
        self.elapsed = seconds

    def now(self) -> datetime:
        return self._now

    def boottime(self) -> float:
        return self._boottime

    def boot_id(self) -> str:
        return f"boot-{self._boot}"

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._boottime += seconds
        self.elapsed += seconds

    def set_calendar(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def reboot(self) -> None:
        self._boot, self._boottime = self._boot + 1, 0.0
