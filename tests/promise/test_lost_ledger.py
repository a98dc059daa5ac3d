"""The file of a ledger is deleted between two runs: refused with the way out; rebuilt, it doubles nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules_run.model.exchange import Safety

from .extent import Score
from .scene import DOCUMENTS, LATER, healed, opened, place, scene

SUITE = "lost ledger"
WAYS_OUT = ("is missing", "`rules-run ledger restore`", "`rules-run ledger rebuild`")


def delete(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize("kind", [Safety.KEY, Safety.UNIQUE, Safety.PROBE], ids=["K", "U", "P"])
def test_after_a_rebuild_that_found_nothing_the_target_is_asked_and_nothing_is_made_again(
    score: Callable[[Score], None], tmp_path: Path, kind: Safety
) -> None:
    played = scene(opened(place(tmp_path)), faults=[], kind=kind)
    assert played.run() == ""
    made = {name: played.made(name) for name in DOCUMENTS}
    delete(played.home.file.parent)
    said = played.run()
    assert all(way in said for way in WAYS_OUT), said
    with played.home.rebuilding(played.clock, who="marie", why="the disk died"):
        pass  # as if nothing of it could be collected
    played.clock.advance(LATER)
    found = healed(played, SUITE)
    score(found)
    assert found.clean(), found
    assert {name: played.made(name) for name in DOCUMENTS} == made
