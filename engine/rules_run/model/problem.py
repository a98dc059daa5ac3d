"""What is wrong, and where."""

from __future__ import annotations

from typing import Literal

from rules_run.model.frozen import frozen

Level = Literal["error", "warning"]


@frozen(order=True)
class Origin:
    """A place in a file that a person wrote: line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def shifted(self, columns: int) -> Origin:
        """Return the place `columns` characters further right on the same line."""
        return Origin(file=self.file, line=self.line, column=self.column + columns)


NOWHERE = Origin(file="", line=0, column=0)


@frozen
class Problem:
    """One mistake: a stable code, a sentence, its place, and what to do about it."""

    code: str
    message: str
    origin: Origin = NOWHERE
    hint: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin.file else ""
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{place}{self.code} {self.message}{hint}"


def legible(message: str, most: int = 400) -> str:
    """Return a message whose quotation of something endless is cut in its middle."""
    return message if len(message) <= most else f"{message[: most - 100]} ... {message[-100:]}"
