"""Problems in the forms that people, pipelines and editors read; a code is the same in every one of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path

from rules_run.cli.terminal import paint
from rules_run.model.frozen import frozen
from rules_run.model.problem import Origin, Problem


@frozen
class Examined:
    """One thing that was looked at, a file or a case of a rule test, and what is wrong with it."""

    name: str
    group: str
    problems: tuple[Problem, ...] = ()

    @property
    def passed(self) -> bool:
        """Say whether nothing is wrong; a warning is no mistake."""
        return all(problem.level == "warning" for problem in self.problems)


def render(form: str, examined: Sequence[Examined]) -> str:
    """Return what was examined in one of the machine-readable forms."""
    module = import_module(f"{__name__}.{form}_format")
    write: Callable[[Sequence[Examined]], str] = module.render
    return write(examined)


def problems_of(examined: Iterable[Examined]) -> list[Problem]:
    """Return all problems, each once, in the order of their places."""
    return sorted(
        dict.fromkeys(problem for each in examined for problem in each.problems), key=lambda each: each.origin
    )


def text_of(problem: Problem) -> str:
    """Return a problem as a person reads it."""
    colour = "red" if problem.level == "error" else "yellow"
    place = f"{problem.origin}: " if problem.origin.file else ""
    hint = f"\n    {problem.hint}" if problem.hint else ""
    return f"{place}{paint(problem.code, colour)} {problem.message}{hint}"


def plain_of(problem: Problem) -> dict[str, object]:
    """Return a problem as plain values."""
    return {
        "code": problem.code,
        "level": problem.level,
        "message": problem.message,
        "hint": problem.hint,
        "file": problem.origin.file,
        "line": problem.origin.line,
        "column": problem.origin.column,
    }


def path_of(origin: Origin) -> str:
    """Return a file as a pipeline names it: from the top of its repository on, else as it is."""
    path = Path(origin.file).resolve()
    here = Path.cwd()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else path.as_posix()


def said(problem: Problem) -> str:
    """Return the sentence of a problem with what to do about it."""
    return f"{problem.message} {problem.hint}".rstrip()


def as_text(value: object) -> str:
    """Return plain values as JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)
