"""A ledger that was restored or rebuilt may have forgotten what was sent: the target is asked before every creation."""

from __future__ import annotations

import pytest

from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import StepResult
from rules_run.ledger.history import What
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import AdoptedDocument
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety

from .clock import TestClock
from .small_run import RULE, create, delivery_of, key_of, queued, write_back
from .target import MARKER, Target
from .test_deciding import decider

QUIET = 91.0  # deadline 30, settle 60


def sent_before(target: Target, source_id: str) -> None:
    """Have the target hold what the lost ledger had sent."""
    number = 500 + int(source_id)
    target.records["Invoices"][number] = {"id": number, **create(source_id, target.kind).write.values}


def restored(ledger: Ledger, clock: TestClock, wait: float = QUIET) -> None:
    ledger.history.write(What.RESTORED, who="marie", why="the disk died")
    clock.advance(wait)


def send(ledger: Ledger, target: Target, clock: TestClock, source_id: str = "1") -> StepResult:
    [doc] = ledger.enqueue([queued(source_id)])
    return delivery_of(ledger, target, clock).send(doc, create(source_id, target.kind), last=True)


@pytest.mark.parametrize("safety", [Safety.KEY, Safety.UNIQUE, Safety.PROBE])
def test_what_was_sent_before_is_found_and_not_sent_again(ledger: Ledger, clock: TestClock, safety: Safety) -> None:
    target = Target(clock, safety)
    sent_before(target, "1")
    restored(ledger, clock)
    result = send(ledger, target, clock)
    assert (result.status, result.doc.state, result.target_id, target.sent) == ("applied", State.DONE, "501", [])


def test_what_is_surely_not_there_is_sent(ledger: Ledger, target: Target, clock: TestClock) -> None:
    target.all_seen = True
    restored(ledger, clock)
    assert send(ledger, target, clock).status == "applied"
    assert len(target.sent) == 1


def test_nothing_is_created_while_what_was_sent_last_may_still_arrive(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.all_seen = True
    restored(ledger, clock, QUIET - 2)
    result = send(ledger, target, clock)
    assert (result.status, target.sent) == ("waiting", [])
    assert "nothing is created before 2026-06-04 10:03:41" in result.text
    clock.advance(2)
    assert send(ledger, target, clock).status == "applied"


def test_a_search_that_proves_nothing_leaves_it_to_a_person(ledger: Ledger, target: Target, clock: TestClock) -> None:
    restored(ledger, clock)
    result = send(ledger, target, clock)
    assert (result.status, result.code, target.sent) == ("parked", "D009", [])
    doc = result.doc
    assert doc.hold_text == (
        "Invoice INV-1 (Northwind, 1 284.50) may have been sent to erp before the ledger was brought back. "
        "It may or may not be there. It will not be sent again until you say so. "
        f"Search erp for {doc.marker}: [It is there, number ____] [It is not there, send it]"
    )


def test_a_document_that_was_adopted_proves_a_search_honest(ledger: Ledger, target: Target, clock: TestClock) -> None:
    sent_before(target, "9")
    restored(ledger, clock)
    ledger.adopt([AdoptedDocument(key=key_of("9"), target_id="509")])
    assert send(ledger, target, clock).status == "applied"


@pytest.mark.parametrize("blind", ["the log-in sees nothing", "the field is empty"])
def test_an_adopted_document_that_is_not_found_again_proves_nothing(
    ledger: Ledger, target: Target, clock: TestClock, blind: str
) -> None:
    sent_before(target, "9")
    ledger.adopt([AdoptedDocument(key=key_of("9"), target_id="509")])
    if blind == "the field is empty":
        target.records["Invoices"][509].pop(MARKER)
    target.blind = blind == "the log-in sees nothing"
    restored(ledger, clock)
    assert send(ledger, target, clock).status == "parked"


def test_a_write_that_nobody_can_search_for_is_asked_about_once(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.NOTHING)
    restored(ledger, clock)
    result = send(ledger, target, clock)
    assert (result.status, target.sent) == ("parked", [])
    decider(ledger, target, clock).not_there(result.doc)
    assert send(ledger, target, clock).status == "applied"
    assert len(target.sent) == 1


def test_a_ledger_that_is_trusted_again_does_not_ask(ledger: Ledger, target: Target, clock: TestClock) -> None:
    restored(ledger, clock)
    ledger.history.write(What.TRUSTED, who="marie", why="everything was seen")
    assert send(ledger, target, clock).status == "applied"
    assert target.reads == 0


def test_an_update_of_what_is_known_is_not_held_up(ledger: Ledger, target: Target, clock: TestClock) -> None:
    restored(ledger, clock)
    [doc] = ledger.adopt([AdoptedDocument(key=key_of("1"), target_id="500", complete=False)])
    delivery: Delivery = delivery_of(ledger, target, clock)
    assert delivery.send(doc, write_back(1, "500"), last=True).doc.state is State.DONE
    assert ledger.known(RULE, ["1"])["1"].state is State.DONE
