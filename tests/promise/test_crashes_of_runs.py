"""A whole run that dies anywhere: rules, records, ledger, sends and further writes, made good by the next runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .crashes.office import STORIES, OfficeLab
from .crashes.telling import Tell, check
from .extent import Extent


@pytest.mark.parametrize("story", STORIES)
def test_a_whole_run_that_dies_at_any_place_is_made_good_by_the_next_ones(
    tmp_path: Path, story: str, extent: Extent, score: Tell
) -> None:
    office = OfficeLab(tmp_path, story)
    places = extent.part(list(office.trials()), quick=12, turn=25)
    check(score, "crashes, whole runs", ((f"{story} at {at}", 1, office.play(at)[1]) for at in places))
