"""Workflow commands of GitHub: each problem stands beside its line in a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.cli.formats import Examined, path_of, problems_of, said
from rules_run.model.problem import Problem


def render(examined: Sequence[Examined]) -> str:
    """Return one command for each problem, and a last line with their number."""
    problems = problems_of(examined)
    passed = sum(each.passed for each in examined)
    return "\n".join([*map(_command, problems), f"{passed} of {len(examined)} passed"])


def _command(problem: Problem) -> str:
    values = {"title": problem.code}
    if problem.origin.file:
        place = {"line": str(problem.origin.line), "col": str(problem.origin.column)}
        values = {"file": path_of(problem.origin), **place, **values}
    given = ",".join(f"{name}={_property(value)}" for name, value in values.items())
    return f"::{problem.level} {given}::{_data(said(problem))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
