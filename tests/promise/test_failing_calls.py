"""The n-th call of the database fails, for every n: said in a sentence, and nothing is sent that is not kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rules_run.ledger.home import Home

from ..delivery.clock import TestClock
from ..postgres import own_schema
from .extent import Extent, Score
from .failing import MESSAGE, Failing, failing
from .scene import LATER, Scene, healed, opened, place, scene

WAYS = [(after, lasting) for lasting in (True, False) for after in (False, True)]


def struck(scene: Scene, calls: Failing) -> str:
    """Do two runs with some time between them until a call fails, and return what was said then."""
    unwritten: list[int] = []
    scene.target.afterwards = lambda: unwritten.append(scene.unwritten())
    said = ""
    with failing(calls):
        for _ in range(2):
            if not calls.failed:
                said = scene.run()
                scene.clock.advance(0.0 if calls.failed else LATER)
    assert not any(unwritten), "something was sent that is not in the ledger"
    return said


def check_said(home: Home, said: str, calls: Failing) -> None:
    """A failure that lasts ends the run, and names the ledger and the reason."""
    if calls.lasting and calls.failed:
        assert home.name in said
    if said:
        assert MESSAGE in said


def play(scene: Scene, store: str, calls: Failing) -> Score:
    check_said(scene.home, struck(scene, calls), calls)
    return healed(scene, f"failing calls, {store}")


def calls_of(scene: Scene) -> int:
    """Return how many calls the whole story takes where none fails."""
    calls = Failing()
    assert struck(scene, calls) == ""
    return calls.seen


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a ledger in which nothing has happened."""
    folder = tmp_path_factory.mktemp("fresh")
    place(folder).open(TestClock()).close()
    return folder


@pytest.mark.parametrize(("after", "lasting"), WAYS)
def test_whichever_call_of_the_file_fails_nothing_is_doubled_and_nothing_lost(
    extent: Extent, score: Callable[[Score], None], fresh: Path, tmp_path: Path, after: bool, lasting: bool
) -> None:
    def copied(name: str) -> Scene:
        shutil.copytree(fresh, tmp_path / name)
        return scene(place(tmp_path / name))

    last = calls_of(copied("counted"))
    for at in extent.part(range(1, last + 1), quick=8, turn=40):
        found = play(copied(str(at)), "SQLite", Failing(at=at, after=after, lasting=lasting))
        score(found)
        assert found.clean(), (at, found)


@pytest.mark.parametrize(("after", "lasting"), WAYS)
def test_whichever_call_of_the_server_fails_nothing_is_doubled_and_nothing_lost(
    extent: Extent, score: Callable[[Score], None], tmp_path: Path, after: bool, lasting: bool
) -> None:
    with own_schema() as url:
        last = calls_of(scene(opened(replace(place(tmp_path / "counted"), url=url))))
    for at in extent.part(range(1, last + 1), quick=2, turn=12):
        with own_schema() as url:
            home = opened(replace(place(tmp_path / str(at)), url=url))
            found = play(scene(home), "PostgreSQL", Failing(at=at, after=after, lasting=lasting))
        score(found)
        assert found.clean(), (at, found)


def test_a_ledger_that_could_not_be_made_is_made_by_the_next_run(
    extent: Extent, score: Callable[[Score], None], tmp_path: Path
) -> None:
    last = calls_of(scene(place(tmp_path / "counted")))
    for at in extent.part(range(1, min(last, 60)), quick=4, turn=12):
        found = play(scene(place(tmp_path / str(at))), "SQLite", Failing(at=at, lasting=True))
        score(found)
        assert found.clean(), (at, found)
