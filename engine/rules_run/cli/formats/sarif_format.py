"""SARIF 2.1.0, the standard form of findings that code hosts and editors import."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import PurePosixPath
from urllib.parse import quote

from rules_run.cli.codes import CODES
from rules_run.cli.formats import Examined, as_text, path_of, problems_of, said
from rules_run.model.problem import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(examined: Sequence[Examined]) -> str:
    """Return the log with one run."""
    problems = problems_of(examined)
    codes = sorted({problem.code for problem in problems})
    driver = {"name": "rules-run", "version": version("rules-run"), "rules": [_rule(code) for code in codes]}
    results = [_result(problem, codes.index(problem.code)) for problem in problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return as_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str) -> dict[str, object]:
    known = CODES[code]
    told = f"{known.explanation}\n\n{known.example}".rstrip()
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.explanation},
        "help": {"text": told},
    }


def _result(problem: Problem, index: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": problem.level,
        "message": {"text": said(problem)},
    }
    if problem.origin.file:
        region = {"startLine": max(problem.origin.line, 1), "startColumn": max(problem.origin.column, 1)}
        place = {"artifactLocation": _location(path_of(problem.origin)), "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _location(path: str) -> dict[str, object]:
    if PurePosixPath(path).is_absolute():
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}
