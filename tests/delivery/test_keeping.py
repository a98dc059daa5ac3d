"""An outcome that the store does not take is kept beside it, and taken in by the next run."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rules_run.delivery.delivery import Delivery
from rules_run.errors import LedgerUnusable
from rules_run.ledger.home import Home
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety

from .clock import TestClock
from .small_run import RULE, create, delivery_of, queued, run
from .target import Target


@pytest.fixture
def sidecar(home: Home) -> Path:
    return home.file.with_name("nordlys.outcomes.jsonl")


@contextmanager
def broken(ledger: Ledger) -> Iterator[None]:
    """Have the store refuse every write: the table of the attempts is away meanwhile."""
    store = ledger._journal.store
    for before, after in (("attempt", "away"), ("away", "attempt")):
        with store.write("run") as connection:
            connection.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")
        if before == "attempt":
            yield


def send(ledger: Ledger, target: Target, clock: TestClock, waits: list[float]) -> Delivery:
    """Send document 1 to a target whose answer comes when the store is gone."""
    delivery = Delivery(
        ledger=ledger,
        connectors={"erp": target},
        clock=clock,
        run_id=ledger.runs.start(),
        pause=waits.append,
        jitter=lambda: 1.0,
    )
    [doc] = ledger.enqueue([queued("1")])
    gone = broken(ledger)
    target.afterwards = gone.__enter__
    try:
        delivery.send(doc, create("1", target.kind), last=True)
    finally:
        target.afterwards = None
        gone.__exit__(None, None, None)
    return delivery


@pytest.mark.parametrize(("fault", "state"), [("ok", State.DONE), ("reject", State.HELD), ("throttle", State.RETRY)])
def test_what_was_answered_while_the_store_was_gone_is_known_to_the_next_run(
    home: Home, ledger: Ledger, target: Target, clock: TestClock, sidecar: Path, fault: str, state: State
) -> None:
    target.faults.append(fault)
    waits: list[float] = []
    with pytest.raises(LedgerUnusable, match="kept beside it"):
        send(ledger, target, clock, waits)
    assert sum(waits) == 30
    assert stat.S_IMODE(sidecar.stat().st_mode) == 0o600
    assert ledger.known(RULE, ["1"])["1"].state is State.SENDING

    again = home.open(clock)
    delivery_of(again, target, clock).settle()
    assert again.known(RULE, ["1"])["1"].state is state
    assert not sidecar.exists()
    assert target.reads == 0
    again.close()


def test_a_line_that_was_cut_off_is_left_to_settling(
    ledger: Ledger, target: Target, clock: TestClock, sidecar: Path
) -> None:
    with pytest.raises(LedgerUnusable):
        send(ledger, target, clock, [])
    sidecar.write_text(sidecar.read_text()[:40])
    clock.advance(100)
    delivery_of(ledger, target, clock).settle()
    assert ledger.known(RULE, ["1"])["1"].state is State.APPLIED
    assert len(target.records["Invoices"]) == 1


def test_a_decision_that_was_kept_is_dropped_when_somebody_else_has_decided(
    ledger: Ledger, target: Target, clock: TestClock, sidecar: Path
) -> None:
    target.faults.append("throttle")
    with pytest.raises(LedgerUnusable):
        send(ledger, target, clock, [])
    kept = sidecar.read_text()
    sidecar.unlink()
    clock.advance(100)
    delivery_of(ledger, target, clock).settle()
    assert ledger.known(RULE, ["1"])["1"].state is State.UNKNOWN
    sidecar.write_text(kept + json.dumps({"attempt": "of another ledger", "epoch": 1, "ruling": {}}) + "\n")
    delivery_of(ledger, target, clock).settle()
    assert ledger.known(RULE, ["1"])["1"].state is State.UNKNOWN


def test_afterwards_there_is_one_of_everything(home: Home, target: Target, clock: TestClock) -> None:
    target.kind, target.all_seen = Safety.PROBE, True
    ledger = home.open(clock)
    with pytest.raises(LedgerUnusable):
        send(ledger, target, clock, [])
    ledger.close()
    again = home.open(clock)
    for _ in range(3):
        run(again, target, clock, ["1"])
    assert again.known(RULE, ["1"])["1"].state is State.DONE
    assert len(target.records["Invoices"]) == 1
    again.close()
