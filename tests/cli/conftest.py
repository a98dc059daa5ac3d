"""The desk that every test of the commands works at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .desk import Desk, desk_in, example_data


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path / "desk", example_data()) as made:
        yield made


@pytest.fixture
def small(desk: Desk) -> Desk:
    """A desk with two rows in the report: Skype for five users, and one onboarding."""
    desk.keep("LYN002NR", "STP001NO")
    return desk
