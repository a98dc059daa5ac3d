"""The machine's own clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The clock of this machine; without a name for its boot every process counts as one, so waits only get longer."""

    def __init__(self) -> None:
        self._boot_id = _BOOT_ID.read_text(encoding="ascii").strip() if _BOOT_ID.exists() else str(uuid4())

    def now(self) -> datetime:
        """Return the present time in UTC, with its zone."""
        return datetime.now(UTC)

    def boottime(self) -> float:
        """Return seconds since the machine started, sleep included where the system counts it."""
        return time.clock_gettime(_BOOT_CLOCK)

    def boot_id(self) -> str:
        """Return what names the present start of the machine."""
        return self._boot_id
