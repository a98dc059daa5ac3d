"""The small workspaces of the runtime tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .memory import Office
from .shop import Shop, open_shop, open_shop_with_autotask


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return open_shop(tmp_path / "shop")


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Shop]:
    """A shop with an Autotask beside it."""
    with open_shop_with_autotask(tmp_path / "shop") as made:
        yield made


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office and its books, both in memory."""
    return Office(folder=tmp_path)
