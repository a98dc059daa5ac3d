"""The file of the ledger fails, before a run or in the middle of one: said in a sentence, nothing sent blindly."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from rules_run.failpoints import watched

from .breaking import BEFORE, DURING, Break, disk_full, impatient
from .extent import Score
from .scene import Scene, healed, opened, place, scene

SUITE = "storage faults"
WAYS_OUT = (
    "ledger restore",
    "Restore it",
    "Bring it",
    "Bring back",
    "Put it back",
    "Use that version",
    "cannot be used",
)


def check_nothing_sent(scene: Scene, said: str) -> None:
    assert str(scene.home.file.parent) in said
    assert any(way in said for way in WAYS_OUT), said
    assert scene.target.sent == []


@pytest.mark.parametrize("fault", BEFORE)
def test_a_run_over_a_broken_ledger_says_so_and_sends_nothing(
    score: Callable[[Score], None], tmp_path: Path, fault: str
) -> None:
    played = scene(opened(place(tmp_path)), faults=[])
    with impatient(), BEFORE[fault](played.home):
        for _ in range(2):
            check_nothing_sent(played, played.run())
    found = healed(played, SUITE)
    score(found)
    assert found.clean()


def struck(scene: Scene, broken: Break, at: str) -> str:
    """Do a run in which the ledger breaks when a place is passed for the second time; mend it when the run is over."""
    passes = 0
    with ExitStack() as until_mended:

        def passed(name: str) -> None:
            nonlocal passes
            passes += name == at
            if name == at and passes == 2:
                until_mended.enter_context(broken(scene.home))

        with impatient(), watched(passed):
            return scene.run()


@pytest.mark.parametrize("fault", DURING)
def test_a_ledger_that_breaks_before_a_send_stops_it(
    score: Callable[[Score], None], tmp_path: Path, fault: str
) -> None:
    played = scene(opened(place(tmp_path)), faults=[])
    said = struck(played, DURING[fault], "before-intent")
    assert str(played.home.file) in said
    assert len(played.target.sent) == 1
    found = healed(played, SUITE)
    score(found)
    assert found.clean()


@pytest.mark.parametrize("fault", DURING)
def test_a_ledger_that_breaks_before_an_outcome_has_it_kept_beside_it(
    score: Callable[[Score], None], tmp_path: Path, fault: str
) -> None:
    played = scene(opened(place(tmp_path)), faults=[])
    said = struck(played, DURING[fault], "after-send")
    assert "The answer is kept beside it for the next run." in said
    sidecar = played.home.file.with_name("nordlys.outcomes.jsonl")
    assert sidecar.exists()
    assert len(played.target.sent) == 2
    found = healed(played, SUITE)
    score(found)
    assert found.clean()
    assert not sidecar.exists()
    assert "1" in played.done()


def test_a_database_that_may_not_grow_stops_the_run_that_finds_no_room(
    score: Callable[[Score], None], tmp_path: Path
) -> None:
    played = scene(opened(place(tmp_path)))
    said, sent = "", 0
    with disk_full(played.home):
        while not said:
            sent = len(played.target.sent)
            said = played.run()
            played.clock.advance(10.0)
    assert "full" in said
    assert str(played.home.file) in said
    assert len(played.target.sent) == sent
    found = healed(played, SUITE)
    score(found)
    assert found.clean()


def test_a_ledger_that_lost_its_log_after_a_crash_doubles_nothing(
    score: Callable[[Score], None], tmp_path: Path
) -> None:
    played = scene(opened(place(tmp_path / "whole")), faults=[])
    crashed = replace(played, home=opened(place(tmp_path / "crashed")))

    def crash() -> None:
        """Take the file as it stands, without its log."""
        shutil.copy(played.home.file, crashed.home.file)
        shutil.copy(played.home.lineage_file, crashed.home.lineage_file)

    played.target.afterwards = crash
    played.run()
    played.target.afterwards = None
    sent = len(played.target.sent)
    assert crashed.asked("SELECT count(*) FROM attempt") == [0]
    found = healed(crashed, SUITE)
    score(found)
    assert found.clean()
    assert len(played.target.sent) == sent
