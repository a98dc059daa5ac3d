from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_run.ledger.ledger import Ledger

from .clock import TestClock
from .target import Target


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: TestClock) -> Iterator[Ledger]:
    opened = Ledger.open(
        tmp_path / ".rules-run" / "nordlys.db",
        tenant="nordlys",
        lineage_file=tmp_path / "tenants" / "nordlys.lineage",
        clock=clock,
    )
    yield opened
    opened.close()


@pytest.fixture
def target(clock: TestClock) -> Target:
    return Target(clock)
