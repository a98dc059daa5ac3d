from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import StepOrder
from rules_run.errors import Invariant
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import DocState, HeldDocument, Ruling
from rules_run.ledger.states import State
from rules_run.model.exchange import Outcome, Safety, Write

from .clock import TestClock
from .small_run import RULE, create, delivery_of, key_of, queued, run, write_back
from .target import Died, Target


def state(ledger: Ledger, source_id: str = "1") -> DocState:
    return ledger.known(RULE, [source_id])[source_id]


def sent(ledger: Ledger, target: Target, clock: TestClock, fault: str = "ok", **options: bool) -> Delivery:
    target.faults.append(fault)
    delivery = delivery_of(ledger, target, clock)
    [doc] = ledger.enqueue([queued("1")])
    delivery.send(doc, create("1", target.kind, **options), last=True)
    return delivery


def test_a_document_is_created_once_linked_and_done(ledger: Ledger, target: Target, clock: TestClock) -> None:
    sent(ledger, target, clock)
    doc = state(ledger)
    assert (doc.state, doc.word, doc.target_id, doc.target_ref) == (State.DONE, "Processed", "1000", "A-1")
    assert ledger.links.targets("invoice", ["1", "2"]) == {"1": "1000"}
    assert ledger.links.sources("invoice", ["1000"]) == {"1000": "1"}


def test_a_second_run_sends_nothing(ledger: Ledger, target: Target, clock: TestClock) -> None:
    run(ledger, target, clock, ["1", "2"])
    before = len(target.sent)
    run(ledger, target, clock, ["1", "2"])
    assert len(target.sent) == before == 4


def test_every_change_of_state_has_an_event(ledger: Ledger, target: Target, clock: TestClock) -> None:
    run(ledger, target, clock, ["1"])
    detail = ledger.queue.show(state(ledger).id)
    assert detail is not None
    path = ["", *(e.after for e in detail.events)]
    assert path == ["", "QUEUED", "SENDING", "APPLIED", "SENDING", "DONE"]
    assert [e.before for e in detail.events] == path[:-1]
    assert detail.events[-1].who.startswith("run ")


def test_a_document_costs_three_commits_a_write_back_two_and_a_page_one(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    delivery = delivery_of(ledger, target, clock)
    commits = []
    event.listen(ledger._journal.store.engine, "commit", lambda _: commits.append(1))
    docs = ledger.enqueue([queued("1"), queued("2")])
    assert len(commits) == 1
    delivery.send(docs[0], create("1", target.kind), last=True)
    assert len(commits) == 4
    applied = delivery.send(docs[1], create("2", target.kind), last=False).doc
    assert len(commits) == 7
    delivery.send(applied, write_back(2, "1001"), last=True)
    assert len(commits) == 9
    assert ledger.known(RULE, ["1", "2"])["2"].state is State.DONE
    delivery.settle()
    assert len(commits) == 9


@pytest.mark.parametrize("fault", ["refused", "stalled", "throttle", "broken"])
def test_what_surely_did_not_happen_is_tried_again_later(
    ledger: Ledger, target: Target, clock: TestClock, fault: str
) -> None:
    delivery = sent(ledger, target, clock, fault)
    doc = state(ledger)
    assert (doc.state, doc.word, target.live(doc.marker)) == (State.RETRY, "Queued", [])
    assert delivery.send(doc, create("1", target.kind), last=True).status == "waiting"
    clock.advance(60)
    assert delivery.send(doc, create("1", target.kind), last=True).status == "applied"
    assert len(target.live(doc.marker)) == 1


def test_the_wait_doubles_and_the_eighth_failure_is_held(ledger: Ledger, target: Target, clock: TestClock) -> None:
    ledger.enqueue([queued("1")])
    waits = []
    for _ in range(8):
        target.faults.append("throttle")
        delivery_of(ledger, target, clock).send(state(ledger), create("1", target.kind), last=True)
        due = state(ledger).due
        waits.append((due - clock.now()).total_seconds() if due else None)
        clock.advance(4000)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, None]
    assert (state(ledger).state, state(ledger).hold_code) == (State.HELD, "D002")


def test_a_refusal_of_the_data_is_held_with_its_words(ledger: Ledger, target: Target, clock: TestClock) -> None:
    sent(ledger, target, clock, "reject")
    doc = state(ledger)
    assert (doc.state, doc.hold_code, doc.hold_text, doc.word) == (State.HELD, "E400", "no such customer", "Needs you")


def test_data_that_the_connector_refuses_is_held_before_any_attempt(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    delivery = delivery_of(ledger, target, clock)
    [doc] = ledger.enqueue([queued("1")])
    write = Write(resource="Invoices", verb="create", values={"Customer": "refused"})
    result = delivery.send(doc, StepOrder(kind="create", alias="erp", write=write, safety=Safety.PROBE), last=True)
    detail = ledger.queue.show(doc.id)
    assert (result.status, result.code, target.sent) == ("held", "M009", [])
    assert detail is not None
    assert detail.attempts == ()
    assert detail.doc.hold_text == "Customer cannot be 'refused'."


@pytest.mark.parametrize("fault", ["reset-before", "reset-after", "500-after", "late", "no-id", "broken-after"])
def test_an_unclear_answer_is_never_sent_again_by_itself(
    ledger: Ledger, target: Target, clock: TestClock, fault: str
) -> None:
    delivery = sent(ledger, target, clock, fault)
    doc = state(ledger)
    assert (doc.state, doc.word) == (State.UNKNOWN, "Checking")
    assert delivery.send(doc, create("1", target.kind), last=True).status == "waiting"
    [still] = ledger.enqueue([queued("1", plan="p2")])
    assert (still.state, still.digests.plan) == (State.UNKNOWN, "p1")
    clock.advance(95)
    assert delivery.send(still, create("1", target.kind), last=True).status == "busy"
    assert len(target.sent) == 1


def test_a_refused_log_in_pauses_the_connector_and_holds_nobody(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.faults.append("login")
    run(ledger, target, clock, ["1", "2", "3"])
    states = [doc.state for doc in ledger.known(RULE, ["1", "2", "3"]).values()]
    assert states == [State.RETRY, State.QUEUED, State.QUEUED]
    assert len(target.sent) == 1


def test_five_failures_to_reach_a_system_pause_it_and_one_answer_starts_the_count_again(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.faults.extend(["refused"] * 4 + ["reject"] + ["refused"] * 9)
    run(ledger, target, clock, [str(n) for n in range(1, 20)], tickets=False)
    states = [doc.state for doc in ledger.known(RULE, [str(n) for n in range(1, 20)]).values()]
    assert states.count(State.RETRY) == 9
    assert states.count(State.QUEUED) == 9
    assert target.faults.count("refused") == 4


def test_a_record_that_kills_the_engine_three_times_is_set_aside(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    [doc] = ledger.enqueue([queued("1")])
    for _ in range(3):
        assert ledger.sending.claim(doc.id, "a run that dies") is not None
    result = delivery_of(ledger, target, clock).send(doc, create("1", target.kind), last=True)
    assert (result.status, result.doc.state, target.sent) == ("held", State.HELD, [])
    assert "crashes the engine" in state(ledger).hold_text
    ledger.enqueue([queued("1", plan="p2")])
    again = delivery_of(ledger, target, clock).send(state(ledger), create("1", target.kind), last=True)
    assert (again.status, target.sent) == ("held", [])


def test_money_is_looked_for_before_it_is_created(ledger: Ledger, target: Target, clock: TestClock) -> None:
    sent(ledger, target, clock, money=True)
    other = Ledger.in_memory(tenant="nordlys", clock=clock)  # a second installation, or a ledger that was lost
    sent(other, target, clock, money=True)
    assert len(target.sent) == 1
    assert (state(other).state, state(other).target_id) == (State.DONE, "1000")


def test_money_that_stands_there_with_another_amount_is_parked(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    sent(ledger, target, clock)
    other = Ledger.in_memory(tenant="nordlys", clock=clock)
    [doc] = other.enqueue([queued("1")])
    result = delivery_of(other, target, clock).send(doc, create("1", target.kind, total="99.00", money=True), last=True)
    assert (result.status, len(target.sent)) == ("parked", 1)
    assert "1000" in result.text
    assert "Total" in result.text


def test_money_is_not_sent_when_nobody_can_look(ledger: Ledger, target: Target, clock: TestClock) -> None:
    target.down = True
    for _ in range(4):
        sent(ledger, target, clock, money=True)
    assert (state(ledger).state, state(ledger).started_without_outcome, target.sent) == (State.QUEUED, 0, [])


def test_an_answer_that_says_it_exists_is_looked_after_at_once(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.kind = Safety.UNIQUE
    sent(ledger, target, clock)
    other = Ledger.in_memory(tenant="nordlys", clock=clock)
    sent(other, target, clock)
    assert (state(other).state, state(other).target_id, len(target.live(state(other).marker))) == (
        State.DONE,
        "1000",
        1,
    )


def test_finding_nothing_after_such_an_answer_proves_nothing(ledger: Ledger, target: Target, clock: TestClock) -> None:
    target.kind = Safety.UNIQUE
    sent(ledger, target, clock)
    target.blind = True
    other = Ledger.in_memory(tenant="nordlys", clock=clock)
    sent(other, target, clock)
    assert state(other).state is State.UNKNOWN


def test_a_document_with_a_target_is_never_created_again(ledger: Ledger, target: Target, clock: TestClock) -> None:
    delivery = sent(ledger, target, clock)
    [doc] = ledger.enqueue([queued("1", plan="p2")])
    assert doc.state is State.QUEUED
    with pytest.raises(Invariant, match="never created again"):
        delivery.send(doc, create("1", target.kind), last=True)


def test_a_changed_source_is_a_new_step_of_the_same_document(ledger: Ledger, target: Target, clock: TestClock) -> None:
    delivery = sent(ledger, target, clock)
    [doc] = ledger.enqueue([queued("1", plan="p2")])
    write = Write(resource="Invoices", verb="update", values={"Memo": "changed"}, target_id=doc.target_id)
    order = StepOrder(kind="update", alias="erp", write=write, safety=Safety.IDEMPOTENT, expected={"Memo": None})
    assert delivery.send(doc, order, last=True).doc.state is State.DONE
    detail = ledger.queue.show(doc.id)
    assert detail is not None
    assert [(s.n, s.intent.kind, s.target_id) for s in detail.steps] == [(1, "create", "1000"), (2, "update", "1000")]


def test_writes_after_a_failure_leave_the_document_held(ledger: Ledger, target: Target, clock: TestClock) -> None:
    delivery = sent(ledger, target, clock, "reject")
    result = delivery.send(state(ledger), write_back(1, "T-7"), last=True)
    assert result.status == "applied"
    assert (result.doc.state, result.doc.hold_code) == (State.HELD, "E400")
    target.faults.append("reset-after")
    delivery.send(state(ledger), write_back(1, "T-8", "T-7"), last=True)
    assert state(ledger).state is State.UNKNOWN
    clock.advance(95)
    delivery.settle()
    assert (state(ledger).state, state(ledger).hold_code) == (State.HELD, "E400")


def test_a_refused_write_back_leaves_the_document_written_and_asks_for_you(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.faults.extend(["ok", "reject"])
    run(ledger, target, clock, ["1"])
    doc = state(ledger)
    assert (doc.state, doc.word, doc.hold_text) == (State.APPLIED, "Needs you", "ticket: no such customer")
    run(ledger, target, clock, ["1"])
    assert (state(ledger).state, state(ledger).word) == (State.DONE, "Processed")
    assert len(target.live(doc.marker)) == 1


def test_a_late_answer_of_a_sender_that_lost_the_document_is_kept_as_a_fact(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.all_seen = True
    target.late_after = 10_000
    sent(ledger, target, clock, "late")
    [zombie] = ledger.sending.unsettled()
    delivery = delivery_of(ledger, target, clock)
    for wait in (95, 10):
        clock.advance(wait)
        delivery.settle()
    assert state(ledger).state is State.RETRY
    clock.advance(1)
    delivery.send(state(ledger), create("1", target.kind), last=True)
    first = state(ledger).target_id
    ruling = Ruling(state=State.APPLIED, outcome=Outcome.APPLIED, target_id="2000")
    ledger.sending.conclude(zombie, ruling)
    doc = state(ledger)
    assert (doc.state, doc.target_id, doc.word) == (State.DONE, first, "Needs you")
    assert "2000" in doc.hold_text


def test_a_late_answer_is_kept_whatever_has_become_of_the_document(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.all_seen = True
    target.late_after = 10_000
    sent(ledger, target, clock, "late")
    [zombie] = ledger.sending.unsettled()
    for wait in (95, 10):
        clock.advance(wait)
        delivery_of(ledger, target, clock).settle()
    [doc] = ledger.enqueue([queued("1", plan="p2")])
    ruling = Ruling(state=State.APPLIED, outcome=Outcome.APPLIED, target_id="2000")
    doc = ledger.sending.conclude(zombie, ruling)
    assert (doc.state, doc.target_id) == (State.APPLIED, "2000")
    [doc] = ledger.enqueue([queued("1", plan="p2")])
    assert ledger.sending.conclude(zombie, ruling) == doc


def test_a_late_refusal_of_a_sender_that_lost_the_document_decides_nothing(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    delivery = delivery_of(ledger, target, clock)
    [doc] = ledger.enqueue([queued("1")])
    target.faults.append("crash-before")
    with pytest.raises(Died):
        delivery.send(doc, create("1", target.kind), last=True)
    [zombie] = ledger.sending.unsettled()
    clock.advance(40)
    delivery_of(ledger, target, clock).settle()
    ruling = Ruling(state=State.HELD, outcome=Outcome.REJECTED, code="E400", text="no")
    assert ledger.sending.conclude(zombie, ruling).state is State.UNKNOWN


def test_a_sender_whose_document_was_taken_over_sends_no_byte(ledger: Ledger, target: Target, clock: TestClock) -> None:
    first, second = delivery_of(ledger, target, clock), delivery_of(ledger, target, clock)
    [doc] = ledger.enqueue([queued("1")])
    first._claimed(doc)
    second._claimed(doc)
    assert first.send(doc, create("1", target.kind), last=True).status == "busy"
    assert target.sent == []


def test_a_sender_that_stood_still_while_its_document_was_taken_over_sends_no_byte(
    ledger: Ledger, target: Target, clock: TestClock
) -> None:
    target.meanwhile = lambda: [ledger.sending.overdue(found) for found in ledger.sending.unsettled()]
    [doc] = ledger.enqueue([queued("1")])
    result = delivery_of(ledger, target, clock).send(doc, create("1", target.kind), last=True)
    assert (result.status, result.doc.state, target.sent) == ("busy", State.UNKNOWN, [])


def test_documents_are_sent_from_many_threads_each_once(ledger: Ledger, target: Target, clock: TestClock) -> None:
    delivery = delivery_of(ledger, target, clock)
    docs = ledger.enqueue([queued(str(n)) for n in range(1, 31)])
    target.faults.extend(["ok", "reset-after", "ok"] * 10)

    def send(doc: DocState) -> str:
        return delivery.send(doc, create(doc.key.source_id, target.kind), last=True).status

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(send, docs))
    assert (statuses.count("applied"), statuses.count("unknown")) == (20, 10)
    clock.advance(95)
    assert [one.status for one in delivery.settle()] == ["applied"] * 10
    assert [len(target.live(doc.marker)) for doc in docs] == [1] * 30


def test_a_held_document_is_freed_by_a_later_page(ledger: Ledger, target: Target, clock: TestClock) -> None:
    page = [HeldDocument(key=key_of("1"), code="M003", text="no row for account 7")]
    [doc] = ledger.hold(page)
    assert (doc.state, doc.word) == (State.HELD, "Needs you")
    ledger.hold(page)
    detail = ledger.queue.show(doc.id)
    assert detail is not None
    assert len(detail.events) == 1
    run(ledger, target, clock, ["2"])
    [doc] = ledger.enqueue([queued("1")])
    assert (doc.state, doc.hold_code) == (State.QUEUED, "")
