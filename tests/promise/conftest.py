"""The suites that hold the promise: each says what it played and found, and the run ends with their table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import reduce
from operator import add

import pytest

from .extent import Extent, Mutant, Score, named, table

HEAD = ("suite", "scenarios", "kills", "duplicates", "lost", "false done", "stuck")


@pytest.fixture(scope="session")
def extent(pytestconfig: pytest.Config) -> Extent:
    return Extent(name=named(), seed=pytestconfig.getoption("seed"))


@pytest.fixture
def score(record_property: Callable[[str, object], None]) -> Callable[[Score | Mutant], None]:
    """Put a line into the table at the end; scores of one suite are added up."""

    def tell(line: Score | Mutant) -> None:
        record_property(type(line).__name__.lower(), asdict(line))

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the suites played and found."""
    told = [
        (kind, value)
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for kind, value in getattr(report, "user_properties", ())
    ]
    scores: dict[str, list[Score]] = {}
    for each in (Score(**value) for kind, value in told if kind == "score"):
        scores.setdefault(each.suite, []).append(each)
    if scores:
        totals = [reduce(add, each) for _, each in sorted(scores.items())]
        terminalreporter.section(f"the promise, extent {named()}, --seed {terminalreporter.config.getoption('seed')}")
        for line in table([HEAD, *(tuple(asdict(each).values()) for each in totals)]):
            terminalreporter.write_line(line)
    mutants = [Mutant(**value) for kind, value in told if kind == "mutant"]
    if mutants:
        terminalreporter.section("mutants")
        for line in table([("mutant", "killed by"), *((each.name, ", ".join(each.killed_by)) for each in mutants)]):
            terminalreporter.write_line(line)
