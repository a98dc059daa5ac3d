"""The suites that hold the promise: each says what it played and found, and the run ends with their table."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import reduce
from operator import add
from pathlib import Path

import pytest

from .crashes.filed import Worlds
from .crashes.processes import Processes
from .crashes.simulation import Lab
from .extent import Extent, Mutant, Score, named, table

MEMORY = Path("/dev/shm")
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


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """Give a folder in memory, where flushing takes no time, for what dies with a process and not with the machine."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def lab(quick_folder: Path) -> Iterator[Lab]:
    """Give the laboratory of crashes in this process."""
    made = Lab(Path(tempfile.mkdtemp(dir=quick_folder)))
    yield made
    made.close()


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """Give what starts processes that can be killed."""
    started = Processes()
    yield started
    started.close()


@pytest.fixture(scope="module")
def worlds(quick_folder: Path) -> Worlds:
    """Give fresh worlds in files."""
    return Worlds(Path(tempfile.mkdtemp(dir=quick_folder)))
