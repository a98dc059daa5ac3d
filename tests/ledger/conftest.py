from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import Digests, DocKey, Payload, QueuedDocument

from ..postgres import own_schema

Open = Callable[..., Ledger]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 6, 4, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def boottime(self) -> float:
        return self.time.timestamp()

    def boot_id(self) -> str:
        return "boot-1"

    def advance(self, **time: float) -> None:
        self.time += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".rules-run" / "nordlys.db"


@pytest.fixture
def lineage_file(tmp_path: Path) -> Path:
    return tmp_path / "tenants" / "nordlys.lineage"


@pytest.fixture
def opening(path: Path, lineage_file: Path, clock: Clock) -> Iterator[Open]:
    """Return what opens the ledger of the test; all are closed at its end."""
    opened: list[Ledger] = []

    def open_ledger(**options: object) -> Ledger:
        arguments = {"tenant": "nordlys", "lineage_file": lineage_file, "clock": clock, **options}
        opened.append(Ledger.open(path, **arguments))  # type: ignore[arg-type]
        return opened[-1]

    yield open_ledger
    for ledger in opened:
        ledger.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def opening_both(request: pytest.FixtureRequest, path: Path, lineage_file: Path, clock: Clock) -> Iterator[Open]:
    """Return what opens the ledger of the test in each of the stores."""
    if request.param == "sqlite":
        yield request.getfixturevalue("opening")
        return
    opened: list[Ledger] = []
    with own_schema() as url:

        def open_ledger(**options: object) -> Ledger:
            arguments = {"tenant": "nordlys", "lineage_file": lineage_file, "clock": clock, **options}
            opened.append(Ledger.connect(url, path.with_name("nordlys.outcomes.jsonl"), **arguments))  # type: ignore[arg-type]
            return opened[-1]

        yield open_ledger
        for ledger in opened:
            ledger.close()


@pytest.fixture
def ledger(opening_both: Open) -> Ledger:
    return opening_both()


def key(source_id: str, *, rule: str = "autotask-acomba/invoice", part: str = "", tenant: str = "nordlys") -> DocKey:
    return DocKey(tenant=tenant, rule_id=rule, source_system="psa", entity="Invoices", source_id=source_id, part=part)


def queued(source_id: str, plan: str = "p1", **options: str) -> QueuedDocument:
    return QueuedDocument(
        key=key(source_id, **options),
        digests=Digests(plan=plan, source="s1", rule="r1"),
        payload=Payload(source=source_id),
    )
