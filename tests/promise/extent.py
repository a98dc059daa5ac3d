"""How much of each suite is played, and what it found: one table for all of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import TypeVar

VARIABLE = "RULES_RUN_EXTENT"
QUICK, TURN, FULL = EXTENTS = ("quick", "turn", "full")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Which part of a suite is played: the quick one, a part that changes with the seed, or all of it."""

    name: str
    seed: int

    def count(self, *, quick: int, full: int, turn: int | None = None) -> int:
        """Return how many trials to play."""
        return {QUICK: quick, TURN: quick if turn is None else turn, FULL: full}[self.name]

    def part(self, every: Sequence[T], *, quick: int, turn: int | None = None) -> list[T]:
        """Return all of the cases when everything is played, otherwise so many that the seed picks, in their order."""
        size = self.count(quick=quick, turn=turn, full=len(every))
        if size >= len(every):
            return list(every)
        return [every[index] for index in sorted(Random(self.seed).sample(range(len(every)), size))]


def named() -> str:
    """Return the extent that the environment names."""
    name = os.environ.get(VARIABLE, QUICK)
    if name not in EXTENTS:
        raise ValueError(f"{VARIABLE} is {name}: it is one of {', '.join(EXTENTS)}")
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a suite, or a part of it, played and found. The last four are zero where the promise holds."""

    suite: str
    scenarios: int
    kills: int = 0
    duplicates: int = 0
    lost: int = 0
    false_done: int = 0
    stuck: int = 0

    def __add__(self, other: Score) -> Score:
        numbers = {key: value + asdict(other)[key] for key, value in asdict(self).items() if key != "suite"}
        return Score(suite=self.suite, **numbers)

    def clean(self) -> bool:
        """Tell whether nothing was doubled, lost, called done falsely, or left stuck."""
        return not (self.duplicates or self.lost or self.false_done or self.stuck)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A flaw put into a copy of the source, and the suites that noticed it."""

    name: str
    killed_by: tuple[str, ...]


def table(rows: Sequence[Sequence[object]]) -> list[str]:
    """Return rows as lines with columns of one width, numbers to the right."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            str(cell).rjust(width) if isinstance(cell, int) else str(cell).ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
