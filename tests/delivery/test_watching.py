"""The duplicate watch: a write that was ruled absent and arrives after all is reported, never passed over."""

from __future__ import annotations

import pytest

from rules_run.delivery.watching import Alarm
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety

from .clock import TestClock
from .small_run import RULE, create, delivery_of, queued, run
from .target import MARKER, Target

DAY = 86_400


@pytest.fixture
def target(clock: TestClock) -> Target:
    made = Target(clock, Safety.PROBE)
    made.all_seen = True
    return made


def absent(ledger: Ledger, target: Target, clock: TestClock, *source_ids: str) -> None:
    """Send documents that never arrive, until they are ruled absent."""
    delivery = delivery_of(ledger, target, clock)
    for doc in ledger.enqueue([queued(each) for each in source_ids]):
        target.faults.append("reset-before")
        delivery.send(doc, create(doc.key.source_id, target.kind), last=True)
    for wait in (95, 10):
        clock.advance(wait)
        delivery_of(ledger, target, clock).settle()
    assert {doc.state for doc in ledger.known(RULE, source_ids).values()} == {State.RETRY}


def again(ledger: Ledger, target: Target, clock: TestClock, source_id: str) -> None:
    doc = ledger.known(RULE, [source_id])[source_id]
    delivery_of(ledger, target, clock).send(doc, create(source_id, target.kind), last=True)


def arrives(target: Target, marker: str, number: int) -> None:
    """Have the target make what it was thought never to have got."""
    target.records["Invoices"][number] = {"id": number, MARKER: marker, "Total": 1}


def watched(ledger: Ledger, target: Target, clock: TestClock) -> list[Alarm]:
    return delivery_of(ledger, target, clock).watch()


def test_one_that_arrives_twice_is_alarmed_with_both_ids_and_needs_a_person(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    absent(ledger, target, clock, "1")
    again(ledger, target, clock, "1")
    assert watched(ledger, target, clock) == []
    doc = ledger.known(RULE, ["1"])["1"]
    arrives(target, doc.marker, 2000)
    [alarm] = watched(ledger, target, clock)
    assert (alarm.target_ids, alarm.doc.word) == (("1000", "2000"), "Needs you")
    assert "1000, 2000" in alarm.text
    events = ledger.queue.show(doc.id)
    [still] = watched(ledger, target, clock)
    assert (still.doc, ledger.queue.show(doc.id)) == (alarm.doc, events)


def test_one_that_arrives_before_it_was_sent_again_is_not_sent(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    absent(ledger, target, clock, "1")
    doc = ledger.known(RULE, ["1"])["1"]
    arrives(target, doc.marker, 2000)
    assert watched(ledger, target, clock) == []
    arrives(target, doc.marker, 2001)
    [alarm] = watched(ledger, target, clock)
    assert alarm.doc.state is State.PARKED
    before = len(target.sent)
    run(ledger, target, clock, ["1"])
    assert len(target.sent) == before


def test_all_watched_documents_of_a_resource_are_asked_for_at_once(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    names = [str(n) for n in range(1, 5)]  # a fifth would pause the connector
    absent(ledger, target, clock, *names)
    for name in names:
        again(ledger, target, clock, name)
    arrives(target, ledger.known(RULE, ["3"])["3"].marker, 2000)
    reads = target.reads
    assert [alarm.doc.key.source_id for alarm in watched(ledger, target, clock)] == ["3"]
    assert target.reads == reads + 1


def test_without_anything_watched_nothing_is_asked(ledger: Ledger, target: Target, clock: TestClock) -> None:
    run(ledger, target, clock, ["1"])
    reads = target.reads
    assert watched(ledger, target, clock) == []
    assert target.reads == reads


def test_the_watch_ends_after_a_week(ledger: Ledger, target: Target, clock: TestClock) -> None:
    absent(ledger, target, clock, "1")
    again(ledger, target, clock, "1")
    arrives(target, ledger.known(RULE, ["1"])["1"].marker, 2000)
    clock.advance(7 * DAY - 1)
    assert len(watched(ledger, target, clock)) == 1
    clock.advance(1)
    assert watched(ledger, target, clock) == []


def test_a_target_that_cannot_be_asked_is_asked_by_the_next_run(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    absent(ledger, target, clock, "1")
    again(ledger, target, clock, "1")
    arrives(target, ledger.known(RULE, ["1"])["1"].marker, 2000)
    target.down = True
    assert watched(ledger, target, clock) == []
    target.down = False
    assert len(watched(ledger, target, clock)) == 1
