"""Crashes inside this process, on a clock that only moves by hand: a process dies wherever a failpoint is passed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rules_run.failpoints import watched
from rules_run.ledger import tables
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.place import create
from rules_run.ledger.sqlite import FileStore

from ...delivery.clock import TestClock
from ...delivery.target import Died, Fate, Target
from .oracle import Flaw, early, flaws
from .world import Scenario, World

CLEAN_RUNS = 5
PAUSE = 4000.0
"""Seconds between two runs: longer than any wait for an answer or for another try."""
SERVER_FAULTS = (
    *("refused", "stalled", "reset-before", "reset-after", "500-before", "500-after", "late", "no-id", "reject"),
    *("throttle", "login", "conflict", "conflict-after", "broken-after"),
)
LEAVING = frozenset({"send-headers-left", "send-body-left"})
"""Places at which it is up to the network what becomes of the request."""


EMPTY = (
    "BEGIN IMMEDIATE;"
    + "".join(f"DELETE FROM {t.name};" for t in reversed(tables.metadata.sorted_tables) if t.name != "meta")
    + "COMMIT;"
)
"""Takes everything out of a ledger but its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The end of a process, at the n-th failpoint that it passes, and what becomes of a request that was leaving."""

    at: int
    fate: Fate = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One story: processes that die one after the other, then clean runs. Each run meets the `faults` of its turn."""

    scenario: Scenario
    deaths: tuple[Death | None, ...] = ()
    faults: tuple[tuple[str, ...], ...] = ()
    pauses: tuple[float, ...] = ()
    reboots: frozenset[int] = frozenset()
    lag: float = 0.0

    def __str__(self) -> str:
        deaths = [f"{each.at}/{each.fate}" if each else "-" for each in self.deaths]
        return f"{self.scenario} deaths {deaths} faults {self.faults} pauses {self.pauses} lag {self.lag}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a trial ended: the places that each run passed, how many died, and what is wrong."""

    passed: tuple[tuple[str, ...], ...]
    kills: int
    flaws: tuple[Flaw, ...]


class Watch:
    """Counts the failpoints of one run, and ends it at the place of its death."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.passed: list[str] = []

    def __call__(self, name: str) -> None:
        self.passed.append(name)
        if self.at is not None and len(self.passed) > self.at:
            raise Died


@dataclass(slots=True)
class Lab:
    """One ledger file, emptied for each trial: what is remembered of statements makes trials quick."""

    folder: Path
    store: FileStore = field(init=False)
    lineage: str = field(init=False)

    def __post_init__(self) -> None:
        path = self.folder / "nordlys.db"
        create(path)
        self.store = FileStore(path)
        self.lineage = self.store.set_up()

    def play(self, trial: Trial) -> Ending:
        """Play a trial to its end."""
        self._empty()
        clock = TestClock()
        target = Target(clock, trial.scenario.safety)
        world = World(
            scenario=trial.scenario,
            target=target,
            clock=clock,
            open_ledger=lambda: Ledger(self.store, tenant="nordlys", clock=clock, lineage=self.lineage),
        )
        world.prepare()
        target.lag = trial.lag
        passed, wrong = [], []
        for number in range(max(len(trial.deaths), len(trial.faults), 1)):
            passed.append(_one(world, trial, number))
            wrong += early(world)
            self._wait(world, trial, number)
        kills = sum(
            1 for each, seen in zip(trial.deaths, passed, strict=False) if each is not None and len(seen) > each.at
        )
        target.fate = "lost"
        passed += _until_quiet(world)
        return Ending(passed=tuple(passed), kills=kills, flaws=(*wrong, *flaws(world)))

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    def _empty(self) -> None:
        with self.store.engine.connect() as connection:
            session = connection.connection.driver_connection
            assert session is not None
            session.executescript(EMPTY)

    def _wait(self, world: World, trial: Trial, number: int) -> None:
        clock = world.target.clock
        if number in trial.reboots:
            clock.reboot()
        clock.advance(trial.pauses[number] if number < len(trial.pauses) else PAUSE)


def _one(world: World, trial: Trial, number: int) -> tuple[str, ...]:
    """Do the run of a turn, to its end or to its death, and return the places that it passed."""
    death = trial.deaths[number] if number < len(trial.deaths) else None
    world.target.faults.clear()
    world.target.faults.extend(trial.faults[number] if number < len(trial.faults) else ())
    world.target.fate = death.fate if death else "lost"
    watch = Watch(death.at if death else None)
    with watched(watch), contextlib.suppress(Died):
        world.run()
    return tuple(watch.passed)


def _until_quiet(world: World) -> Iterator[tuple[str, ...]]:
    """Do clean runs, and be the person where one is asked, until a run has nothing to send and nothing is asked."""
    world.target.faults.clear()
    for _ in range(CLEAN_RUNS):
        before, watch = len(world.target.sent), Watch(None)
        with watched(watch):
            world.run()
        world.target.clock.advance(PAUSE)
        yield tuple(watch.passed)
        if not world.answer() and len(world.target.sent) == before and not flaws(world):
            return


def single_deaths(lab: Lab, scenario: Scenario, *faults: str) -> Iterator[Trial]:
    """Yield a trial for each place that a first run passes, and for each fate where a request was leaving there."""
    first = Trial(scenario=scenario, faults=((*faults,),))
    yield from (
        Trial(scenario=scenario, deaths=(death,), faults=((*faults,),)) for death in deaths(lab.play(first).passed[0])
    )


def pairs(lab: Lab, scenario: Scenario, firsts: Iterable[Trial]) -> Iterator[Trial]:
    """Yield a trial for each of some first deaths with each death in any of the runs after it."""
    for first in firsts:
        for number, passed in enumerate(lab.play(first).passed[1:]):
            for second in deaths(passed):
                quiet = (None,) * number
                yield Trial(scenario=scenario, deaths=(*first.deaths, *quiet, second), faults=first.faults)


def deaths(passed: Sequence[str]) -> Iterator[Death]:
    """Yield the ways to die in a run that passes these places."""
    for at, name in enumerate(passed):
        yield Death(at=at)
        if name in LEAVING:
            yield Death(at=at, fate="made")
            yield Death(at=at, fate="late")
