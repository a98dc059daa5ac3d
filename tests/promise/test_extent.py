from __future__ import annotations

import pytest

from .extent import Extent, Score, table


@pytest.mark.parametrize(("name", "size"), [("quick", 2), ("turn", 4), ("full", 9)])
def test_a_smaller_extent_plays_a_part_that_its_seed_picks(name, size):
    every = list(range(9))
    part = Extent(name=name, seed=7).part(every, quick=2, turn=4)
    assert len(part) == size
    assert part == sorted(part)
    assert part == Extent(name=name, seed=7).part(every, quick=2, turn=4)


def test_scores_of_one_suite_add_up_and_one_loss_is_not_clean():
    total = Score(suite="kills", scenarios=2, kills=3) + Score(suite="kills", scenarios=1, kills=1, lost=1)
    assert total == Score(suite="kills", scenarios=3, kills=4, lost=1)
    assert not total.clean()


def test_numbers_stand_to_the_right():
    assert table([("suite", "kills"), ("a long name", 3)]) == ["suite        kills", "a long name      3"]
