"""A list of problems for programs."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.cli.formats import Examined, as_text, plain_of, problems_of


def render(examined: Sequence[Examined]) -> str:
    """Return the problems as JSON."""
    return as_text([plain_of(problem) for problem in problems_of(examined)])
