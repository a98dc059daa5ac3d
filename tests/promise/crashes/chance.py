"""Trials by chance: everything that can go wrong, in any order, from one number that plays it again."""

from __future__ import annotations

from random import Random

from .simulation import SERVER_FAULTS, Death, Trial
from .world import SCENARIOS

MOST_RUNS = 6
LONGEST = 60
"""A run of any scenario passes about so many places."""


def by_chance(seed: int) -> Trial:
    """Return the trial of a seed."""
    chance = Random(seed)
    runs = chance.randint(1, MOST_RUNS)
    return Trial(
        scenario=chance.choice(SCENARIOS),
        deaths=tuple(_death(chance) for _ in range(runs)),
        faults=tuple(_faults(chance) for _ in range(runs)),
        pauses=tuple(chance.choice([0.0, 1.0, 10.0, 35.0, 95.0, 400.0, 4000.0, 90_000.0]) for _ in range(runs)),
        reboots=frozenset(n for n in range(runs) if chance.random() < 0.2),
        lag=chance.choice([0.0, 0.0, 0.0, 20.0]),
    )


def _death(chance: Random) -> Death | None:
    if chance.random() < 0.3:
        return None
    return Death(at=chance.randrange(LONGEST), fate=chance.choice(["lost", "made", "late"]))


def _faults(chance: Random) -> tuple[str, ...]:
    return tuple(chance.choice(("ok", *SERVER_FAULTS)) for _ in range(chance.randint(0, 3)))
