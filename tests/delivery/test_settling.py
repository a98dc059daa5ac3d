from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import Origin, Settled, StepOrder
from rules_run.ledger import tables
from rules_run.ledger.home import Home
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import AdoptedDocument, DocState
from rules_run.ledger.states import State
from rules_run.model.exchange import Condition, Outcome, Record, Safety, Write

from .clock import TestClock
from .small_run import RULE, create, delivery_of, key_of, queued, write_back
from .target import MARKER, Target

OVER = 95.0  # give up 5 + 30, settle 60
GAP = 10.0


def lost(ledger: Ledger, target: Target, clock: TestClock, fault: str, order: StepOrder | None = None) -> DocState:
    """Send document 1 so that its answer is lost."""
    target.faults.append(fault)
    delivery = delivery_of(ledger, target, clock)
    [doc] = ledger.enqueue([queued("1")])
    return delivery.send(doc, order or create("1", target.kind), last=True).doc


def proven(ledger: Ledger, target: Target, clock: TestClock) -> None:
    """Have another document of the rule stand in the target: what an honest search must find."""
    [doc] = ledger.enqueue([queued("9")])
    delivery_of(ledger, target, clock).send(doc, create("9", target.kind), last=True)


def settled(ledger: Ledger, target: Target, clock: TestClock, wait: float = OVER) -> Settled:
    clock.advance(wait)
    [one] = delivery_of(ledger, target, clock).settle()
    return one


def watched(ledger: Ledger) -> int:
    with ledger._journal.store.read() as connection:
        return len(connection.execute(select(tables.watch)).all())


def test_nothing_is_asked_before_the_send_can_no_longer_arrive(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    lost(ledger, target, clock, "reset-after")
    reads = target.reads
    assert settled(ledger, target, clock, OVER - 1).status == "unknown"
    assert target.reads == reads
    assert settled(ledger, target, clock, 1).status == "applied"


def test_one_found_as_it_was_written_is_applied_by_its_id(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost(ledger, target, clock, "reset-after")
    one = settled(ledger, target, clock)
    assert (one.status, one.doc.state, one.doc.target_id, one.doc.target_ref) == (
        "applied",
        State.APPLIED,
        "1000",
        "A-1",
    )
    assert ledger.links.targets("invoice", ["1"]) == {"1": "1000"}
    ledger.finish([one.doc.id])
    assert ledger.known(RULE, ["1"])["1"].state is State.DONE


def test_one_found_that_differs_is_parked_with_the_fields(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost(ledger, target, clock, "reset-after")
    target.records["Invoices"][1000] |= {"Total": Decimal("1284.51"), "Memo": "not a telling field"}
    one = settled(ledger, target, clock)
    assert (one.status, one.doc.word) == ("parked", "Needs you")
    assert "1000" in one.text
    assert "differs in Total:" in one.text


def test_amounts_are_compared_by_value(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost(ledger, target, clock, "reset-after")
    target.records["Invoices"][1000]["Total"] = Decimal("1284.5000")
    assert settled(ledger, target, clock).status == "applied"


def test_two_found_are_parked_and_both_named(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost(ledger, target, clock, "reset-after")
    target.records["Invoices"][2000] = {**target.records["Invoices"][1000], "id": 2000}
    one = settled(ledger, target, clock)
    assert (one.status, "1000, 2000" in one.text) == ("parked", True)


def test_absence_needs_two_looks_far_enough_apart_and_then_the_same_marker_is_sent(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    proven(ledger, target, clock)
    doc = lost(ledger, target, clock, "reset-before")
    assert settled(ledger, target, clock).status == "unknown"
    assert settled(ledger, target, clock, GAP - 1).status == "unknown"
    one = settled(ledger, target, clock, 1)
    assert (one.status, one.doc.state, watched(ledger)) == ("retry", State.RETRY, 1)
    delivery_of(ledger, target, clock).send(one.doc, create("1", target.kind), last=True)
    assert [write.values[MARKER] for write in target.sent[-2:]] == [doc.marker, doc.marker]
    assert len(target.live(doc.marker)) == 1


def test_absence_without_a_positive_control_is_not_believed(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost(ledger, target, clock, "reset-before")
    for wait in (OVER, GAP, GAP):
        assert settled(ledger, target, clock, wait).status == "unknown"
    proven(ledger, target, clock)
    assert settled(ledger, target, clock, GAP).status == "unknown"
    assert settled(ledger, target, clock, GAP).status == "retry"


def test_a_blind_log_in_finds_nothing_and_proves_nothing(ledger: Ledger, target: Target, clock: TestClock) -> None:
    proven(ledger, target, clock)
    lost(ledger, target, clock, "reset-after")
    target.blind = True
    for wait in (OVER, GAP, GAP):
        assert settled(ledger, target, clock, wait).status == "unknown"
    target.blind = False
    assert settled(ledger, target, clock, GAP).status == "applied"


def test_a_log_in_that_sees_all_needs_no_other_control(ledger: Ledger, target: Target, clock: TestClock) -> None:
    target.all_seen = True
    lost(ledger, target, clock, "reset-before")
    assert settled(ledger, target, clock).status == "unknown"
    assert settled(ledger, target, clock, GAP).status == "retry"


def test_an_index_that_lags_is_waited_for(ledger: Ledger, target: Target, clock: TestClock) -> None:
    proven(ledger, target, clock)
    target.lag, target.late_after = 20.0, 50.0
    clock.advance(30)
    lost(ledger, target, clock, "late")
    clock.advance(50)
    target.books.arrive()
    assert settled(ledger, target, clock, OVER - 50).status == "applied"


def test_what_nobody_can_find_out_in_a_day_is_parked(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost(ledger, target, clock, "reset-before")
    assert settled(ledger, target, clock).status == "unknown"
    one = settled(ledger, target, clock, 24 * 3600)
    assert (one.status, one.doc.hold_code) == ("parked", "D007")
    assert delivery_of(ledger, target, clock).settle() == []


def test_a_daily_run_still_comes_to_a_verdict(ledger: Ledger, target: Target, clock: TestClock) -> None:
    target.all_seen = True
    lost(ledger, target, clock, "reset-before")
    assert settled(ledger, target, clock, 24 * 3600).status == "unknown"
    assert settled(ledger, target, clock, 24 * 3600).status == "retry"


def test_a_system_that_cannot_be_reached_tells_nothing(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost(ledger, target, clock, "reset-after")
    target.down = True
    assert "connection refused" in settled(ledger, target, clock).text
    assert settled(ledger, target, clock, 24 * 3600).status == "parked"


def test_a_reboot_starts_the_wait_again_in_full(ledger: Ledger, target: Target, clock: TestClock) -> None:
    target.all_seen = True
    lost(ledger, target, clock, "reset-before")
    clock.advance(OVER)
    clock.reboot()
    assert settled(ledger, target, clock, 0).status == "unknown"
    reads = target.reads
    assert settled(ledger, target, clock, OVER - 1).status == "unknown"
    assert target.reads == reads
    assert settled(ledger, target, clock, 1).status == "unknown"
    clock.reboot()  # between two looks: the first is worth nothing any more
    assert settled(ledger, target, clock, 0).status == "unknown"
    assert settled(ledger, target, clock, OVER).status == "unknown"
    assert settled(ledger, target, clock, GAP).status == "retry"


def test_a_machine_that_is_new_each_day_ends_with_a_question(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost(ledger, target, clock, "reset-after")
    statuses = []
    for _ in range(2):
        clock.reboot()
        clock.set_calendar(24 * 3600)
        statuses.append(settled(ledger, target, clock, 0).status)
    assert statuses == ["unknown", "parked"]


@pytest.mark.parametrize("step", [86_400.0, -86_400.0])
def test_a_step_of_the_calendar_shortens_no_wait(ledger: Ledger, target: Target, clock: TestClock, step: float) -> None:
    lost(ledger, target, clock, "reset-after")
    clock.set_calendar(step)
    assert settled(ledger, target, clock, OVER - 1).status == "unknown"
    assert settled(ledger, target, clock, 1).status == "applied"


def test_without_a_way_to_look_a_person_is_asked_in_these_words(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.kind = Safety.NOTHING
    lost(ledger, target, clock, "reset-after")
    clock.advance(OVER)
    zone, names = ZoneInfo("America/Montreal"), {"erp": "Acomba"}
    delivery = Delivery(ledger=ledger, connectors={"erp": target}, clock=clock, run_id="r", zone=zone, names=names)
    [one] = delivery.settle()
    assert (one.status, one.doc.hold_text) == (
        "parked",
        "Invoice INV-1 (Northwind, 1 284.50) was sent to Acomba at 2026-06-04 06:02:11 and no answer came. "
        "It may or may not be there. It will not be sent again until you say so. "
        "Search Acomba for Invoice INV-1 (Northwind, 1 284.50): [It is there, number ____] [It is not there, send it]",
    )
    [still] = ledger.enqueue([queued("1", plan="p2")])
    assert still.state is State.PARKED
    clock.advance(OVER)
    assert delivery_of(ledger, target, clock).send(still, create("1", target.kind), last=True).status == "parked"


@pytest.mark.parametrize("safety", [Safety.KEY, Safety.UNIQUE])
def test_a_target_that_guards_itself_is_settled_by_looking_too(
    ledger: Ledger, target: Target, clock: TestClock, safety: Safety
) -> None:
    target.kind = safety
    doc = lost(ledger, target, clock, "reset-after")
    assert settled(ledger, target, clock).status == "applied"
    assert len(target.live(doc.marker)) == 1


def test_what_refuses_a_second_one_is_sent_again_without_proof_that_the_search_is_honest(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.kind = Safety.UNIQUE
    doc = lost(ledger, target, clock, "reset-before")
    one = settled(ledger, target, clock)
    assert one.doc.state is State.RETRY
    again = delivery_of(ledger, target, clock).send(one.doc, create("1", target.kind), last=True)
    assert (again.status, len(target.live(doc.marker))) == ("applied", 1)


def test_a_natural_key_written_at_creation_finds_it_too(ledger: Ledger, target: Target, clock: TestClock) -> None:
    order = replace(
        create("1", target.kind),
        marker=None,
        probe=(
            Condition(field="Customer", op="eq", value="Northwind"),
            Condition(field="Date", op="in", value=("2026-06-04",)),
        ),
    )
    lost(ledger, target, clock, "reset-after", order)
    assert settled(ledger, target, clock).status == "applied"


def test_an_adopted_document_is_no_control(ledger: Ledger, target: Target, clock: TestClock) -> None:
    ledger.adopt([AdoptedDocument(key=key_of("8"), target_id="77", target_ref="A-77")])
    lost(ledger, target, clock, "reset-before")
    settled(ledger, target, clock)
    assert settled(ledger, target, clock, GAP).status == "unknown"


def test_the_eighth_absence_is_held(ledger: Ledger, target: Target, clock: TestClock) -> None:
    target.all_seen = True
    lost(ledger, target, clock, "reset-before")
    for n in range(1, 9):
        settled(ledger, target, clock)
        doc = settled(ledger, target, clock, GAP).doc
        if n < 8:
            assert doc.state is State.RETRY
            target.faults.append("reset-before")
            delivery_of(ledger, target, clock).send(doc, create("1", target.kind), last=True)
    assert (doc.state, doc.hold_code) == (State.HELD, "D002")


# class I: absolute values on a known id


def lost_write_back(ledger: Ledger, target: Target, clock: TestClock, fault: str) -> DocState:
    [doc] = ledger.enqueue([queued("1")])
    delivery = delivery_of(ledger, target, clock)
    applied = delivery.send(doc, create("1", target.kind), last=False).doc
    target.faults.append(fault)
    return delivery.send(applied, write_back(1, "1000"), last=True).doc


def test_a_value_that_is_ours_already_is_applied(ledger: Ledger, target: Target, clock: TestClock) -> None:
    assert lost_write_back(ledger, target, clock, "reset-after").state is State.UNKNOWN
    one = settled(ledger, target, clock)
    assert (one.status, one.kind, one.doc.state) == ("applied", "ticket", State.APPLIED)


def test_a_value_still_as_planned_against_is_written_again(ledger: Ledger, target: Target, clock: TestClock) -> None:
    lost_write_back(ledger, target, clock, "reset-before")
    one = settled(ledger, target, clock)
    assert (one.status, one.doc.state) == ("retry", State.APPLIED)
    again = delivery_of(ledger, target, clock).send(one.doc, write_back(1, "1000"), last=True)
    assert again.doc.state is State.DONE
    detail = ledger.queue.show(one.doc.id)
    assert detail is not None
    assert [(s.intent.kind, s.state) for s in detail.steps] == [("create", "APPLIED"), ("ticket", "APPLIED")]
    assert [(a.no, a.outcome, a.resolved_by) for a in detail.attempts] == [
        (1, Outcome.APPLIED, "response"),
        (1, Outcome.NOT_SENT, "probe"),
        (2, Outcome.APPLIED, "response"),
    ]


@pytest.mark.parametrize("meddling", [{"invoiceNumber": "T-55"}, None])
def test_a_value_that_somebody_changed_is_left_alone(
    ledger: Ledger, target: Target, clock: TestClock, meddling: Record | None
) -> None:
    lost_write_back(ledger, target, clock, "reset-before")
    if meddling is None:
        del target.records["Tickets"][1]
    else:
        target.records["Tickets"][1] |= meddling
    one = settled(ledger, target, clock)
    assert (one.status, one.doc.state, one.doc.word) == ("held", State.APPLIED, "Needs you")
    assert "Tickets 1" in one.doc.hold_text


# virtual resources


class Quantities:
    """Units that a step adds to: what stood before tells whether it arrived, unless it stands at something else."""

    def __init__(self) -> None:
        self.units: Decimal | None = Decimal(10)

    def key_fields(self) -> tuple[str, ...]:
        return ("contract", "service")

    def read(self, keys: list[Record]) -> list[Record | None]:
        return [None if self.units is None else {"units": self.units} for _ in keys]

    def settle(self, write: Write, before: Record | None, now: Record | None) -> bool | None:
        stood = Decimal(str((before or {"units": 0})["units"]))
        stands = Decimal(str((now or {"units": 0})["units"]))
        return {stood: False, stood + Decimal(str(write.values["change"])): True}.get(stands)


@pytest.mark.parametrize(
    ("stands", "statuses"),
    [
        (Decimal(12), ["applied"]),
        (Decimal(10), ["unknown", "retry"]),
        (Decimal(11), ["unknown", "unknown"]),
        (None, ["unknown", "unknown"]),
    ],
)
def test_a_step_of_a_virtual_resource_is_settled_by_what_stands_there(
    ledger: Ledger, target: Target, clock: TestClock, stands: Decimal | None, statuses: list[str]
) -> None:
    quantities = Quantities()
    target.virtuals["Quantities"] = quantities
    order = StepOrder(
        kind="adjust",
        alias="erp",
        write=Write(resource="Invoices", verb="create", values={"change": 2}),
        safety=Safety.PROBE,
        origin=Origin(resource="Quantities", key={"contract": 7, "service": 3}, before={"units": Decimal(10)}),
    )
    lost(ledger, target, clock, "reset-before", order)
    quantities.units = stands
    waits = [OVER, GAP]
    assert [settled(ledger, target, clock, w).status for w, _ in zip(waits, statuses, strict=False)] == statuses
    assert ledger.known(RULE, ["1"])["1"].target_id == ("7/3" if statuses == ["applied"] else None)


def test_a_connector_that_is_not_part_of_the_run_is_left_for_another(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    lost(ledger, target, clock, "reset-after")
    clock.advance(OVER)
    [one] = Delivery(ledger=ledger, connectors={}, clock=clock, run_id="r").settle()
    assert (one.status, one.text) == ("unknown", "erp is not part of this run")


def test_settling_goes_on_where_another_process_stopped(
    home: Home, ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.all_seen = True
    lost(ledger, target, clock, "reset-before")
    settled(ledger, target, clock)
    ledger.close()
    again = home.open(clock)
    assert settled(again, target, clock, GAP).status == "retry"
    again.close()
