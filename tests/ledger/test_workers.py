"""Many workers behind one run lock: each document is taken by one of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from rules_run.errors import Hold, NotPossible
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import Claim, DocState, OpenAttempt, Ruling, StepIntent
from rules_run.ledger.states import State
from rules_run.model.exchange import Outcome, Safety

from .conftest import Clock, Open, queued

RULE = "autotask-acomba/invoice"
CREATE = StepIntent(kind="create", main=True, last=True, safety=Safety.PROBE)


def intend(ledger: Ledger, doc: DocState, intent: StepIntent = CREATE) -> OpenAttempt | None:
    return ledger.sending.intend(
        doc, intent, run_id="r", request_digest="d", idem_key=None, start_within=5, deadline=30
    )


def applied(ledger: Ledger, pending: OpenAttempt, target_id: str) -> DocState:
    return ledger.sending.conclude(pending, Ruling(state=State.APPLIED, outcome=Outcome.APPLIED, target_id=target_id))


def test_every_document_is_taken_once_by_one_of_many(opening_both: Open) -> None:
    first = opening_both()
    first.enqueue([queued(str(n)) for n in range(60)])
    start = threading.Barrier(6)

    def work(n: int) -> list[str]:
        ledger, taken = opening_both(), []
        start.wait()
        while (doc := ledger.sending.claim_next(f"worker-{n}")) is not None:
            pending = intend(ledger, doc)
            assert pending is not None
            applied(ledger, pending, f"{n}-{doc.id}")
            taken.append(doc.key.source_id)
        return taken

    with ThreadPoolExecutor(6) as pool:
        taken = [each for found in pool.map(work, range(6)) for each in found]
    assert sorted(taken, key=int) == [str(n) for n in range(60)]
    assert {doc.state for doc in first.known(RULE, taken).values()} == {State.DONE}
    detail = first.queue.show(first.known(RULE, ["1"])["1"].id)
    assert detail is not None
    assert [attempt.no for attempt in detail.attempts] == [1]


def test_a_document_of_a_worker_that_vanished_is_taken_when_its_lease_is_over(ledger: Ledger, clock: Clock) -> None:
    ledger.enqueue([queued("1")])
    lost = ledger.sending.claim_next("worker-1")
    assert lost is not None
    assert ledger.sending.claim_next("worker-2") is None
    clock.advance(minutes=16)
    taken = ledger.sending.claim_next("worker-2")
    assert taken is not None
    assert taken.epoch == lost.epoch + 1
    assert intend(ledger, lost) is None
    assert intend(ledger, taken) is not None


def test_what_is_to_be_tried_again_is_free_as_soon_as_it_is_due(ledger: Ledger, clock: Clock) -> None:
    ledger.enqueue([queued("1")])
    doc = ledger.sending.claim_next("worker-1")
    assert doc is not None
    pending = intend(ledger, doc)
    assert pending is not None
    due = clock.now().replace(minute=1)
    ledger.sending.conclude(pending, Ruling(state=State.RETRY, outcome=Outcome.NOT_SENT, due=due))
    assert ledger.sending.claim_next("worker-2") is None
    clock.advance(minutes=1)
    assert ledger.sending.claim_next("worker-2", rule_id="another/rule") is None
    assert ledger.sending.claim_next("worker-2", rule_id=RULE) is not None


def test_two_workers_never_spend_one_record(opening_both: Open) -> None:
    claim = Claim(integration="autotask-acomba", resource="psa.BillingItems", members=("5", "6"))
    intent = StepIntent(kind="create", main=True, last=True, safety=Safety.PROBE, claim=claim)
    ledgers = [opening_both() for _ in range(2)]
    ledgers[0].enqueue([queued("1"), queued("2")])
    docs = [ledger.sending.claim_next(f"worker-{n}") for n, ledger in enumerate(ledgers)]
    start = threading.Barrier(2)

    def work(n: int) -> bool:
        doc = docs[n]
        assert doc is not None
        start.wait()
        try:
            return intend(ledgers[n], doc, intent) is not None
        except Hold as hold:
            assert "already part of another document" in hold.message
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [False, True]


def test_one_that_crashes_the_engine_stays_aside_until_a_person_has_it_tried_again(
    ledger: Ledger, clock: Clock
) -> None:
    ledger.enqueue([queued("1")])
    for _ in range(3):
        assert ledger.sending.claim_next("worker") is not None
        clock.advance(minutes=16)
    assert ledger.sending.claim_next("worker") is None
    for plan in ("p1", "p2"):
        [doc] = ledger.enqueue([queued("1", plan=plan)])
        assert (doc.state, doc.hold_code) == (State.HELD, "L003")
    ledger.operator("marie", "the record was mended").try_again(doc)
    [again] = ledger.enqueue([queued("1", plan="p2")])
    assert again.state is State.QUEUED
    assert ledger.sending.claim_next("worker") is not None
    detail = ledger.queue.show(doc.id)
    assert detail is not None
    assert ("marie", "reprocess: the record was mended") in [(each.who, each.why) for each in detail.events]


@pytest.mark.parametrize("epoch", [0, 7])
def test_a_decision_about_a_document_that_moved_meanwhile_is_refused(ledger: Ledger, epoch: int) -> None:
    [doc] = ledger.enqueue([queued("1")])
    ledger.sending.claim(doc.id, "run")
    with pytest.raises(NotPossible, match="moved on"):
        ledger.operator("marie", "?").cancel(replace(doc, epoch=epoch))
