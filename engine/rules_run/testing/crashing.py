"""Crashes in a case: the run ends after each thing that lasts, and the runs after it must come to the same end."""

from __future__ import annotations

LOOKS = frozenset({"after-probe", "after-look"})
"""Places behind which nothing has changed that outlasts a process."""


class Crash(BaseException):
    """The process is gone: nothing in the engine catches this."""


class Crasher:
    """Watches the failpoints of a case, and ends the run once, at the `at`-th of those behind a lasting effect.

    Those are the commits of the ledger and the requests that were sent: between two of them it makes no difference
    where a process dies.
    """

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.passed: list[str] = []

    def __call__(self, place: str) -> None:
        """Pass a failpoint."""
        if place.startswith("after-") and place not in LOOKS:
            self.passed.append(place)
            if len(self.passed) == self.at:
                raise Crash

    @property
    def crashed(self) -> bool:
        """Say whether the run was ended."""
        return self.at is not None and len(self.passed) >= self.at
