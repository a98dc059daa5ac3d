"""What a person says of a document in doubt is verified in the target before it is believed, and kept with a name."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC
from decimal import Decimal

import pytest

from rules_run.delivery.deciding import Decider
from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import StepOrder
from rules_run.errors import ConnectorUnusable, NotPossible
from rules_run.ledger.home import Home
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import AdoptedDocument, DocState, HeldDocument, QueuedDocument
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety, Write

from .clock import TestClock
from .small_run import RULE, create, delivery_of, key_of, queued, run, write_back
from .target import MARKER, Target

OVER = 95.0


def decider(ledger: Ledger, target: Target, clock: TestClock, why: str = "looked in Acomba") -> Decider:
    return Decider(ledger=ledger, connectors={"erp": target}, clock=clock, zone=UTC, who="marie", why=why)


def parked(ledger: Ledger, target: Target, clock: TestClock, fault: str = "reset-after") -> DocState:
    """Send document 1 so that its answer is lost and a person has to decide."""
    target.faults.append(fault)
    [doc] = ledger.enqueue([queued("1")])
    delivery_of(ledger, target, clock).send(doc, create("1", target.kind), last=True)
    clock.advance(OVER)
    if target.kind is Safety.PROBE:
        records = dict(target.records["Invoices"])
        target.records["Invoices"] = {n: record | {"Total": Decimal(1)} for n, record in records.items()}
        if not records:
            target.records["Invoices"][1] = {"id": 1, MARKER: doc.marker, "Total": Decimal(1)}
        [one] = delivery_of(ledger, target, clock).settle()
        target.records["Invoices"] = records
    else:
        [one] = delivery_of(ledger, target, clock).settle()
    assert one.doc.state is State.PARKED
    return one.doc


def fields_of(document: QueuedDocument) -> dict[str, object]:
    return {field.name: getattr(document, field.name) for field in fields(document)}


def story(ledger: Ledger, doc: DocState) -> tuple[str, str, str]:
    detail = ledger.queue.show(doc.id)
    assert detail is not None
    last = detail.events[-1]
    return last.who, last.after, last.why


@pytest.fixture(params=[Safety.PROBE, Safety.NOTHING])
def target(request: pytest.FixtureRequest, clock: TestClock) -> Target:
    return Target(clock, request.param)


# it is there


def test_it_is_there_and_the_next_run_finishes_it(ledger: Ledger, target: Target, clock: TestClock) -> None:
    doc = parked(ledger, target, clock)
    there = decider(ledger, target, clock).there(doc, "1000")
    assert (there.state, there.target_id, there.target_ref) == (State.APPLIED, "1000", "A-1")
    assert story(ledger, doc) == ("marie", "APPLIED", "it is there as 1000: looked in Acomba")
    run(ledger, target, clock, ["1"])
    assert ledger.known(RULE, ["1"])["1"].state is State.DONE
    assert len(target.records["Invoices"]) == 1
    assert ledger.links.targets("invoice", ["1"]) == {"1": "1000"}


@pytest.mark.parametrize("named", ["4711", "INV-7", "../5"])
def test_an_id_that_the_target_does_not_know_is_not_believed(
    ledger: Ledger, target: Target, clock: TestClock, named: str
) -> None:
    doc = parked(ledger, target, clock)
    with pytest.raises(NotPossible, match="erp has no Invoices"):
        decider(ledger, target, clock).there(doc, named)
    assert ledger.known(RULE, ["1"])["1"] == doc


def test_a_record_of_another_document_is_not_believed(ledger: Ledger, target: Target, clock: TestClock) -> None:
    doc = parked(ledger, target, clock)
    target.records["Invoices"][600] = {"id": 600}
    ledger.adopt([AdoptedDocument(key=key_of("9"), target_id="600")])
    target.records["Invoices"].pop(1000)
    with pytest.raises(NotPossible, match="belongs to document"):
        decider(ledger, target, clock).there(doc, "600")


def test_a_record_is_not_believed_while_another_one_carries_the_marker(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.PROBE)
    doc = parked(ledger, target, clock)
    target.records["Invoices"][600] = {"id": 600}
    with pytest.raises(NotPossible, match="1000 carries the marker"):
        decider(ledger, target, clock).there(doc, "600")
    target.records["Invoices"][600][MARKER] = doc.marker
    with pytest.raises(NotPossible, match="duplicate exists: 1000, 600"):
        decider(ledger, target, clock).there(doc, "1000")


def test_one_that_differs_is_believed_and_the_difference_is_kept(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    doc = parked(ledger, target, clock)
    target.records["Invoices"][1000]["Total"] = Decimal("1200.00")
    assert decider(ledger, target, clock, "rounded there").there(doc, "1000").state is State.APPLIED
    assert story(ledger, doc)[2] == "it is there as 1000, although it differs in Total: rounded there"


# it is not there


def test_it_is_not_there_and_the_next_run_sends_it_with_the_same_marker(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    doc = parked(ledger, target, clock, "reset-before")
    retried = decider(ledger, target, clock).not_there(doc)
    assert retried.state is State.RETRY
    assert story(ledger, doc) == ("marie", "RETRY", "it is not there: looked in Acomba")
    run(ledger, target, clock, ["1"])
    assert ledger.known(RULE, ["1"])["1"].state is State.DONE
    assert len(target.records["Invoices"]) == 1
    assert len(ledger.watches.open()) == 1


def test_it_is_not_believed_to_be_missing_when_it_is_found(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.PROBE)
    doc = parked(ledger, target, clock)
    with pytest.raises(NotPossible, match=r"It is there, as 1000: .*--there 1000"):
        decider(ledger, target, clock).not_there(doc)
    assert ledger.known(RULE, ["1"])["1"].state is State.PARKED


def test_it_is_not_believed_to_be_missing_before_it_can_no_longer_arrive(
    home: Home, ledger: Ledger, clock: TestClock
) -> None:
    target = Target(clock, Safety.NOTHING)
    doc = parked(ledger, target, clock, "reset-before")
    clock.reboot()
    for wait in (0.0, OVER - 1):
        clock.advance(wait)
        with pytest.raises(NotPossible, match="may still arrive in erp: this can be said from 2026-06-04"):
            decider(ledger, target, clock).not_there(doc)
    clock.advance(1)
    assert decider(ledger, target, clock).not_there(doc).state is State.RETRY


def test_a_target_that_cannot_be_asked_decides_nothing(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.PROBE)
    doc = parked(ledger, target, clock, "reset-before")
    target.down = True
    for act in (lambda one: one.not_there(doc), lambda one: one.there(doc, "1000"), lambda one: one.cancel(doc)):
        with pytest.raises(ConnectorUnusable):
            act(decider(ledger, target, clock))
    assert ledger.known(RULE, ["1"])["1"] == doc


def test_one_who_is_being_checked_can_be_decided_too(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.PROBE)
    target.faults.append("reset-after")
    [doc] = ledger.enqueue([queued("1")])
    doc = delivery_of(ledger, target, clock).send(doc, create("1", target.kind), last=True).doc
    assert doc.state is State.UNKNOWN
    with pytest.raises(NotPossible, match="may still arrive"):
        decider(ledger, target, clock).not_there(doc)
    assert decider(ledger, target, clock).there(doc, "1000").state is State.APPLIED


# the rest


def test_it_is_given_up_and_never_sent_again(ledger: Ledger, target: Target, clock: TestClock) -> None:
    doc = parked(ledger, target, clock, "reset-before")
    assert decider(ledger, target, clock, "sent by post").cancel(doc).state is State.CANCELLED
    assert story(ledger, doc)[2].startswith("cancel: sent by post (")
    sent = len(target.sent)
    run(ledger, target, clock, ["1"])
    assert len(target.sent) == sent


def test_one_that_is_there_is_not_given_up(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.PROBE)
    doc = parked(ledger, target, clock)
    with pytest.raises(NotPossible, match="--there 1000"):
        decider(ledger, target, clock).cancel(doc)


def test_looking_says_what_is_there_and_sends_and_decides_nothing(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    doc = parked(ledger, target, clock)
    sent = len(target.sent)
    said = decider(ledger, target, clock).look(doc)
    assert said.startswith("It is there, as 1000" if target.kind is Safety.PROBE else "erp offers no way to find it")
    assert (len(target.sent), ledger.known(RULE, ["1"])["1"]) == (sent, doc)
    assert story(ledger, doc)[2] == f"looked: {said} (looked in Acomba)"


def test_what_is_not_in_doubt_is_not_decided(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.PROBE)
    run(ledger, target, clock, ["1"])
    doc = ledger.known(RULE, ["1"])["1"]
    one = decider(ledger, target, clock)
    for act in (
        lambda: one.there(doc, "1000"),
        lambda: one.not_there(doc),
        lambda: one.cancel(doc),
        lambda: one.clear(doc),
    ):
        with pytest.raises(NotPossible, match="is Processed"):
            act()
    ledger.attention(doc.id, "C001", "the total differs")
    assert one.clear(ledger.known(RULE, ["1"])["1"]).word == "Processed"


def test_a_decision_fences_off_a_sender_that_wakes_up_later(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.NOTHING)
    doc = parked(ledger, target, clock, "reset-before")
    decider(ledger, target, clock).not_there(doc)
    late = replace(doc, epoch=doc.epoch)
    delivery: Delivery = delivery_of(ledger, target, clock)
    delivery._epochs[doc.id] = late.epoch
    assert delivery.send(late, create("1", target.kind), last=True).status == "busy"
    assert len(target.sent) == 1


def test_a_write_back_in_doubt_is_decided_like_any_other(ledger: Ledger, clock: TestClock) -> None:
    target = Target(clock, Safety.NOTHING)
    [doc] = ledger.adopt([AdoptedDocument(key=key_of("1"), target_id="500", complete=False)])
    note: StepOrder = replace(write_back(1, "500"), safety=Safety.NOTHING, kind="note", expected=None)
    note = replace(note, write=replace(note.write, verb="create", target_id=None))
    target.faults.append("reset-before")
    delivery_of(ledger, target, clock).send(doc, note, last=True)
    clock.advance(OVER)
    [one] = delivery_of(ledger, target, clock).settle()
    assert one.doc.state is State.PARKED
    assert decider(ledger, target, clock).not_there(one.doc).state is State.APPLIED


# what follows a document


@pytest.mark.parametrize("state", [State.DONE, State.HELD])
@pytest.mark.parametrize("there", [True, False])
def test_a_doubted_write_back_leaves_its_document_where_it_stood(
    ledger: Ledger, clock: TestClock, state: State, there: bool
) -> None:
    target = Target(clock, Safety.NOTHING)
    run(ledger, target, clock, ["1"])
    [doc] = ledger.known(RULE, ["1"]).values()
    if state is State.HELD:
        [doc] = ledger.hold([HeldDocument(**fields_of(queued("1", plan="p2")), code="M001", text="no customer")])
    target.faults.append("reset-after" if there else "reset-before")
    note = StepOrder(
        kind="note",
        alias="erp",
        write=Write(resource="Invoices", verb="create", values={"Customer": "Northwind", "Memo": "sent"}),
        safety=Safety.NOTHING,
    )
    delivery_of(ledger, target, clock).send(doc, note, last=True)
    clock.advance(OVER)
    [asked] = delivery_of(ledger, target, clock).settle()
    assert asked.doc.state is State.PARKED
    said = decider(ledger, target, clock)
    with pytest.raises(NotPossible, match="is written, as 1000: only its note is in doubt"):
        said.cancel(asked.doc)
    decided = said.there(asked.doc, "1001") if there else said.not_there(asked.doc)
    assert (decided.state, decided.hold_code, decided.target_id) == (state, "", "1000")
