"""What a person decides and what is done to a ledger, killed at any place: it was done, or it can be done again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rules_run.failpoints import FAILPOINTS

from .crashes.deeds import DEEDS, ENDED, Deed, passed_by
from .crashes.filed import Place, Worlds, numbered
from .crashes.oracle import Flaw
from .crashes.processes import Processes
from .crashes.simulation import Lab, Trial
from .crashes.telling import Played, Tell, check
from .crashes.world import SCENARIOS
from .extent import Extent
from .test_kills import KILLED, twice_killed
from .test_kills_of_commands import CHAINS


@pytest.fixture
def ready(worlds: Worlds, quick_folder: Path) -> Iterator[Ready]:
    yield Ready(worlds, Path(tempfile.mkdtemp(dir=quick_folder)))


class Ready:
    """Worlds in which a deed can be done: made once, then copied."""

    def __init__(self, worlds: Worlds, folder: Path) -> None:
        self._worlds, self._folder = worlds, folder

    def places(self, deed: Deed) -> tuple[Place, list[str]]:
        """Return such a world, and the places that the deed passes there."""
        with self._worlds.fresh(deed.scenario) as first:
            made = self.copy(first)
        deed.before(made)
        return made, passed_by(self.copy(made), deed.action)

    def copy(self, place: Place) -> Place:
        """Return a copy of a world."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        shutil.copytree(place.folder, folder, dirs_exist_ok=True)
        return replace(place, folder=folder)


def played(processes: Processes, ready: Ready, deed: Deed, made: Place, places: Sequence[str]) -> Iterator[Played]:
    for place in places:
        copy = ready.copy(made)
        wrong = []
        if (ended := processes.do(deed.action, copy, failpoint=place)) != KILLED:
            wrong.append(f"stuck: it ended with {ended}")
        wrong += deed.again(copy)
        if deed.name not in ENDED:
            wrong += processes.ending(copy)
        yield f"{deed} killed at {place}", 1, [Flaw(kind=text.partition(":")[0], text=text) for text in wrong]
        shutil.rmtree(copy.folder)


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_killed_at_any_place_of_a_deed(
    processes: Processes, ready: Ready, deed: Deed, extent: Extent, score: Tell
) -> None:
    made, passed = ready.places(deed)
    places = extent.part(list(numbered(passed)), quick=2, turn=5)
    check(score, deed.suite, played(processes, ready, deed, made, places))


def test_every_place_is_one_at_which_some_process_is_killed(lab: Lab, ready: Ready) -> None:
    deeds = {name for deed in DEEDS for name in ready.places(deed)[1]}
    recovered = {
        kill.place.partition(":")[0] for story in twice_killed(lab, SCENARIOS[0]) for kill in story.kills if kill
    }
    runs = {name for scenario in SCENARIOS for name in lab.play(Trial(scenario=scenario)).passed[0]}
    commands = {place.partition(":")[0] for chain in CHAINS for place in chain}
    assert FAILPOINTS - deeds - recovered - runs - commands == set()
