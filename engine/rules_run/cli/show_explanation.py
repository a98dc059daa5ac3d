"""An explanation as people and programs read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from rules_run.cli.exact import exact_json
from rules_run.cli.show_plan import WORDS
from rules_run.cli.terminal import paint
from rules_run.model.problem import Origin, Problem
from rules_run.model.trace import Line, Step
from rules_run.model.unknown import Unknown
from rules_run.runtime.explaining import Explanation

SHOWN_FIELDS = 4
SHOWN_ITEMS = 3


def lines(found: Explanation, *, verbose: bool = False) -> Iterator[str]:
    """Yield an explanation line by line."""
    planned = found.planned
    yield paint(f"{found.integration} {found.version} for {found.tenant}: {found.rule} {planned.key}", bold=True)
    yield f"  rule at {_place(found.origin)}"
    label = f" {planned.label}" if planned.label != planned.key else ""
    where = f" [{planned.target_id}]" if planned.target_id else ""
    yield f"  {WORDS[planned.action]}: {planned.resource}{label}{where}"
    yield from (f"  ledger: {text}" for text in [found.stands] if text)
    if planned.cause and not planned.problem:
        yield f"  why: {planned.cause}"
    for problem in found.problems:
        yield from _problem(problem)
    if planned.add_row:
        yield f"  add this line to {planned.add_row[0]}: {planned.add_row[1]}"
    yield paint("\nsource", bold=True)
    yield from _source(found.source, verbose=verbose)
    for section, members in groupby(found.lines, key=lambda line: line.section):
        yield paint(f"\n{section}", bold=True)
        for line in members:
            yield from _line(line, verbose=verbose)
    if planned.steps:
        yield paint("\nsteps", bold=True)
        yield from (f"  {step}" for step in planned.steps)


def as_json(found: Explanation) -> dict[str, object]:
    """Return an explanation as plain JSON values; numbers are exact texts."""
    planned = found.planned
    return {
        "format": "rules-run-explanation",
        "version": 1,
        "tenant": found.tenant,
        "integration": found.integration,
        "integration_version": found.version,
        "rule": found.rule,
        "key": planned.key,
        "action": planned.action,
        "resource": planned.resource,
        "target_id": planned.target_id,
        "ledger": found.stands or None,
        "why": planned.cause or None,
        "problems": [_problem_json(problem) for problem in found.problems],
        "source": plain(found.source),
        "lines": [_line_json(line) for line in found.lines],
        "steps": list(planned.steps),
    }


def shown(value: object, *, whole: bool = False) -> str:
    """Return a value as text; a record or a list shortened, unless it is wanted whole."""
    if isinstance(value, Unknown):
        return str(value)
    if whole or not isinstance(value, dict | list):
        return exact_json(value, None)
    if isinstance(value, list):
        more = [f"... {len(value) - SHOWN_ITEMS} more"] if len(value) > SHOWN_ITEMS else []
        return f"[{', '.join([*(shown(each) for each in value[:SHOWN_ITEMS]), *more])}]"
    there = {name: each for name, each in value.items() if each not in (None, "", [], {})}
    held = dict(sorted(there.items(), key=lambda item: isinstance(item[1], Unknown)))
    first = [f"{name}: {shown(each)}" for name, each in list(held.items())[:SHOWN_FIELDS]]
    more = [f"... {len(held) - SHOWN_FIELDS} more"] if len(held) > SHOWN_FIELDS else []
    return f"{{{', '.join([*first, *more])}}}"


def plain(value: object) -> object:
    """Return a value as JSON can hold it: a decimal as its exact text."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Unknown):
        return {"after_apply": value.label}
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _source(value: object, *, verbose: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"  {shown(value)}"
        return
    for name, each in value.items():
        yield f"  {name}: {shown(each, whole=verbose)}"


def _line(line: Line, *, verbose: bool) -> Iterator[str]:
    yield f"  {paint(line.name, 'cyan')}  ({_place(line.origin)})"
    if line.note:
        yield f"      {line.note}"
    for each in line.inputs:
        yield f"      reads     {each.path} = {shown(each.value, whole=verbose)}"
    for step in line.steps:
        yield from _step(step, verbose=verbose)
    if len(line.steps) != 1 and not line.note and line.problem is None:
        yield f"      {paint('=', bold=True):<9} {shown(line.value, whole=verbose)}"
    if line.current is not None:
        yield f"      target has {shown(line.current, whole=verbose)}"


def _step(step: Step, *, verbose: bool) -> Iterator[str]:
    said = f"{step.word:<9} {step.text}".rstrip()
    if step.problem is not None:
        yield f"      {said} -> {paint(f'{step.problem.code} {step.problem.message}', 'red')}"
        if step.problem.hint:
            yield f"          {step.problem.hint}"
    elif step.word == "nothing":
        yield f"      {said}"
    else:
        yield f"      {said} -> {shown(step.value, whole=verbose)}"


def _problem(problem: Problem) -> Iterator[str]:
    place = f" ({_place(problem.origin)})" if problem.origin.file else ""
    yield paint(f"  {problem.code} {problem.message}{place}", "red" if problem.level == "error" else "yellow")
    if problem.hint:
        yield f"    {problem.hint}"


def _place(origin: Origin) -> str:
    """Return a place, its file as seen from here."""
    file = os.path.relpath(origin.file)
    return f"{origin.file if file.startswith('..') else Path(file).as_posix()}:{origin.line}"


def _line_json(line: Line) -> dict[str, object]:
    return {
        "section": line.section,
        "name": line.name,
        "file": line.origin.file,
        "line": line.origin.line,
        "column": line.origin.column,
        "reads": {each.path: plain(each.value) for each in line.inputs},
        "steps": [_step_json(step) for step in line.steps],
        "value": plain(line.value),
        "current": plain(line.current),
        "note": line.note or None,
    }


def _step_json(step: Step) -> dict[str, object]:
    problem = _problem_json(step.problem) if step.problem else None
    return {"step": step.word, "text": step.text, "value": plain(step.value), "problem": problem}


def _problem_json(problem: Problem) -> dict[str, object]:
    place = {"file": problem.origin.file, "line": problem.origin.line, "column": problem.origin.column}
    return {"code": problem.code, "level": problem.level, "message": problem.message, "hint": problem.hint, **place}
