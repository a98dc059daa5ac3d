"""What reaches the terminal: colours only where they are wanted, progress only where somebody watches."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


def colours() -> bool:
    """Say whether to colour: FORCE_COLOR and NO_COLOR win over what stands at the other end."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def paint(text: str, colour: str | None = None, *, bold: bool = False) -> str:
    """Return a text in a colour, or as it is where colours are not wanted."""
    return click.style(text, fg=colour, bold=bold) if colours() and (colour or bold) else text


class Progress:
    """Tells how far a run is: a bar on a terminal, else a plain line every 30 seconds; both on standard error."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._told = time.monotonic()
        self._bar = _bar() if sys.stderr.isatty() and total else None
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task(what, total=total)

    def step(self, label: str) -> None:
        """Count one more, and say which it is."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, description=f"{self._what} {label[:60]}")
        elif time.monotonic() - self._told >= 30:
            click.echo(f"{self._what} {self._done}/{self._total} {label}", err=True)
            self._told = time.monotonic()

    def end(self) -> None:
        """Leave the terminal clean."""
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

    return RichProgress(console=Console(stderr=True, no_color=not colours()), transient=True)
