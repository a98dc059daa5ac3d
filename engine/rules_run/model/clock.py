"""Time, as it is handed to whoever needs it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The calendar for people, and the boot clock for intervals that must never come out short."""

    def now(self) -> datetime:
        """Return the present time in UTC, with its zone."""

    def boottime(self) -> float:
        """Return seconds since the machine started, sleep included; never less while `boot_id` stays the same."""

    def boot_id(self) -> str:
        """Return what names the present start of the machine."""
