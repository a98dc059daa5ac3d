"""A world in a folder: ledger, target and clock in files, shared by every process that works there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from rules_run.failpoints import watched
from rules_run.ledger.home import Home
from rules_run.ledger.ledger import Ledger
from rules_run.model.secret import Secret

from ...delivery.clock import START
from ...delivery.target import Target
from ...postgres import own_schema
from .oracle import flaws
from .simulation import CLEAN_RUNS, PAUSE, Watch
from .world import SCENARIOS, Scenario, World

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


class FileClock:
    """A clock in a file: whoever moves it moves it for every process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            path.write_text("0")

    @property
    def elapsed(self) -> float:
        return float(self._path.read_text())

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def boottime(self) -> float:
        return self.elapsed

    def boot_id(self) -> str:
        return "boot-1"

    def advance(self, seconds: float) -> None:
        self._path.write_text(str(self.elapsed + seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a world is kept: a folder, and a PostgreSQL database if the ledger is there."""

    folder: Path
    scenario: Scenario
    url: str = ""

    @property
    def clock(self) -> FileClock:
        """Return the clock."""
        return FileClock(self.folder / "clock")

    @property
    def home(self) -> Home:
        """Return where the ledger is."""
        return Home(
            tenant="nordlys",
            file=self.folder / ".rules-run" / "nordlys.db",
            lineage_file=self.folder / "nordlys.lineage",
            url=Secret(self.url) if self.url else None,
        )

    def world(self, *, locked: bool = True) -> World:
        """Return the world as a process finds it that starts now; `locked` keeps two runs apart."""
        clock, home = self.clock, self.home
        target = Target(clock, self.scenario.safety, file=self.folder / "target.jsonl")  # type: ignore[arg-type]
        target.all_seen = True
        world = World(
            scenario=self.scenario,
            target=target,
            clock=clock,
            open_ledger=lambda: home.open(clock),
            close_ledger=Ledger.close,
        )
        if locked:
            world.lock = lambda: home.lock(clock)
        return world


class Worlds:
    """Worlds in which no run has been yet: one is made for each scenario, the others are its copies."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0

    @contextmanager
    def fresh(self, scenario: Scenario, *, database: bool = False) -> Iterator[Place]:
        """Give a world, with its ledger in a database or beside it."""
        self._number += 1
        place = Place(folder=self._folder / str(self._number), scenario=scenario)
        with own_schema() if database else nullcontext() as url:
            if url is None:
                shutil.copytree(self._template(scenario), place.folder)
            else:
                place = replace(place, url=url.reveal())
                place.folder.mkdir()
                place.world().prepare()
            yield place
        shutil.rmtree(place.folder)

    def _template(self, scenario: Scenario) -> Path:
        template = Place(folder=self._folder / scenario.name, scenario=scenario)
        if not template.folder.exists():
            template.folder.mkdir()
            template.world().prepare()
        return template.folder


def until_quiet(world: World) -> list[str]:
    """Do clean runs, and be the person where one is asked, until all is done; return what is wrong then."""
    for _ in range(CLEAN_RUNS):
        before = len(world.target.sent)
        world.clock.advance(PAUSE)  # type: ignore[attr-defined]
        world.run()
        if not world.answer() and len(world.target.sent) == before and not flaws(world):
            break
    return [f"{flaw.kind}: {flaw.text}" for flaw in flaws(world)]


def passed_by(action: object) -> Iterator[str]:
    """Yield the places that something passes, each as `name:n`."""
    watch = Watch(None)
    with watched(watch):
        action()  # type: ignore[operator]
    yield from numbered(watch.passed)


def numbered(passed: list[str] | tuple[str, ...]) -> Iterator[str]:
    """Yield places as `name:n`, n being the how-manieth time that the name is passed."""
    seen: dict[str, int] = {}
    for name in passed:
        seen[name] = seen.get(name, 0) + 1
        yield f"{name}:{seen[name]}"
