"""GitLab's code quality report: a list of problems with a fingerprint each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from rules_run.cli.formats import Examined, as_text, path_of, problems_of, said
from rules_run.model.problem import Problem

SEVERITY = {"error": "major", "warning": "minor"}


def render(examined: Sequence[Examined]) -> str:
    """Return the report."""
    seen: dict[str, int] = {}
    return as_text([_entry(problem, seen) for problem in problems_of(examined)])


def _entry(problem: Problem, seen: dict[str, int]) -> dict[str, object]:
    path = path_of(problem.origin) if problem.origin.file else "."
    same = f"{problem.code}\0{path}\0{problem.message}"
    seen[same] = seen.get(same, 0) + 1
    return {
        "description": said(problem),
        "check_name": problem.code,
        "fingerprint": hashlib.sha256(f"{same}\0{seen[same]}".encode()).hexdigest(),
        "severity": SEVERITY[problem.level],
        "location": {"path": path, "lines": {"begin": max(problem.origin.line, 1)}},
    }
