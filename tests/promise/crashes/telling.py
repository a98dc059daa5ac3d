"""What trials came to, as a line of the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from ..extent import Mutant, Score
from .oracle import Flaw

Tell = Callable[[Score | Mutant], None]
Played = tuple[object, int, list[Flaw]]
"""A trial, how many processes it killed, and what was wrong at its end."""


def check(score: Tell, suite: str, found: Iterable[Played]) -> None:
    """Put what trials came to into the table, and fail with the first that broke a promise."""
    played = list(found)
    broken = [(trial, flaws) for trial, _, flaws in played if flaws]
    score(
        Score(
            suite=suite,
            scenarios=len(played),
            kills=sum(kills for _, kills, _ in played),
            **Counter(flaw.kind for _, flaws in broken for flaw in flaws),
        )
    )
    assert not broken, "\n".join(f"{trial}: {'; '.join(flaw.text for flaw in flaws)}" for trial, flaws in broken[:5])
