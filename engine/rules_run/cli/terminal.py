"""What reaches the terminal: colours only where they are wanted, progress only where somebody watches."""

from __future__ import annotations

import os
import sys
import time

import click


def colours() -> bool:
    """Say whether to colour: FORCE_COLOR and NO_COLOR win over what stands at the other end."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def paint(text: str, colour: str | None = None, *, bold: bool = False) -> str:
    """Return a text in a colour, or as it is where colours are not wanted."""
    return click.style(text, fg=colour, bold=bold) if colours() and (colour or bold) else text


class Progress:
    """Tells how far a run is: one line that is overwritten on a terminal, else a plain line every 30 seconds."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._live = sys.stderr.isatty()
        self._told = time.monotonic()

    def step(self, label: str) -> None:
        """Count one more, and say which it is."""
        self._done += 1
        now = time.monotonic()
        if self._live:
            click.echo(f"\r\x1b[K{self._what} {self._done}/{self._total} {label[:60]}", nl=False, err=True)
        elif now - self._told >= 30:
            click.echo(f"{self._what} {self._done}/{self._total} {label}", err=True)
            self._told = now

    def end(self) -> None:
        """Leave the line clean."""
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)
