"""The data file of a stand-in: what it knows, and what time it is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rules_run.errors import InvalidFiles
from rules_run.model.problem import NOWHERE, Origin, Problem
from rules_run.sandbox.faults import Fault, read_faults

Clock = Callable[[], datetime]
FRAME_WORDS = frozenset({"today", "now", "faults"})
"""The words of a data file that the frame reads for every stand-in."""


def wrong_data(message: str, *, hint: str = "", origin: Origin = NOWHERE) -> InvalidFiles:
    """Return the error for a mistake in a data file."""
    return InvalidFiles([Problem(code="S001", message=message, hint=hint, origin=origin)])


def read_data(path: Path) -> dict[str, object]:
    """Read a data file, YAML or JSON."""
    import yaml

    try:
        data = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        origin = Origin(file=str(path), line=line, column=column)
        raise wrong_data("The data of the sandbox is not YAML.", origin=origin) from fault
    if not isinstance(data, dict):
        raise wrong_data("The data of a sandbox is a mapping.", origin=Origin(file=str(path), line=1, column=1))
    return data


def read_clock(data: Mapping[str, object]) -> Clock:
    """Return the clock that a data file states by `now` or `today` (it stands still), else the real one.

    A caller in this process may give a clock of its own as `now`.
    """
    stated = data.get("now", data.get("today"))
    if callable(stated):
        return stated
    if stated is None:
        return lambda: datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(str(stated))
    except ValueError as fault:
        raise wrong_data(
            f"The sandbox cannot read the time {stated!r}.", hint="Write 2019-06-04 or an ISO time."
        ) from fault
    fixed = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return lambda: fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopwatch:
    """Time that passes, whether or not the clock of the data stands still: for limits, delays and late changes."""

    elapsed: Callable[[], float]
    pause: Callable[[float], None]


def read_stopwatch(data: Mapping[str, object]) -> Stopwatch:
    """Return real time; or, where the caller gave a clock of its own as `now`, what passes on that: nobody waits."""
    stated = data.get("now")
    if not callable(stated):
        return Stopwatch(elapsed=time.monotonic, pause=time.sleep)
    return Stopwatch(elapsed=lambda: stated().timestamp(), pause=lambda seconds: None)


def read_data_faults(data: Mapping[str, object]) -> list[Fault]:
    """Return the faults that a data file orders."""
    try:
        return read_faults(data.get("faults", []))
    except ValueError as fault:
        raise wrong_data(f"The data of the sandbox orders a fault that cannot be read: {fault}") from fault
