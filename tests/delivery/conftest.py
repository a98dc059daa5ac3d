from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rules_run.ledger.home import Home
from rules_run.ledger.ledger import Ledger

from ..postgres import own_schema
from .clock import TestClock
from .target import Target


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """Give the place of a ledger in each of the stores."""
    here = Home(
        tenant="nordlys",
        file=tmp_path / ".rules-run" / "nordlys.db",
        lineage_file=tmp_path / "tenants" / "nordlys.lineage",
    )
    if request.param == "sqlite":
        yield here
        return
    with own_schema() as url:
        yield replace(here, url=url)


@pytest.fixture
def ledger(home: Home, clock: TestClock) -> Iterator[Ledger]:
    opened = home.open(clock)
    yield opened
    opened.close()


@pytest.fixture
def target(clock: TestClock) -> Target:
    return Target(clock)
