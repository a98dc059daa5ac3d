"""How a record's values came to be, as `explain` tells it."""

from __future__ import annotations

from rules_run.model.frozen import frozen
from rules_run.model.problem import Origin, Problem


@frozen
class Input:
    """What a line read: a path and what stood there."""

    path: str
    value: object


@frozen
class Step:
    """One step of a value: its word in the rule file, what it says, and what came out."""

    word: str
    text: str
    value: object = None
    problem: Problem | None = None


@frozen
class Line:
    """One line of a rule file for one record."""

    section: str
    name: str
    origin: Origin
    inputs: tuple[Input, ...] = ()
    steps: tuple[Step, ...] = ()
    value: object = None
    current: object = None
    note: str = ""

    @property
    def problem(self) -> Problem | None:
        """Return what went wrong on this line."""
        return next((step.problem for step in self.steps if step.problem is not None), None)
