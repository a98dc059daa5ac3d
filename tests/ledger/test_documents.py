from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from rules_run.errors import Hold, Invariant
from rules_run.ledger import exact
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import (
    AdoptedDocument,
    Claim,
    Digests,
    HeldDocument,
    Link,
    Payload,
    QueuedDocument,
    Ruling,
    StepIntent,
    marker_for,
)
from rules_run.ledger.states import MOVES, State, check_move, word
from rules_run.model.exchange import Outcome, Safety

from .conftest import Clock, key, queued

RULE = "autotask-acomba/invoice"


def held(source_id: str, text: str = "no row for account 7", code: str = "M003") -> HeldDocument:
    return HeldDocument(key=key(source_id), code=code, text=text)


def adopted(source_id: str, target_id: str = "77", *, complete: bool = True) -> AdoptedDocument:
    return AdoptedDocument(
        key=key(source_id),
        target_id=target_id,
        target_ref=f"A-{target_id}",
        complete=complete,
        link=Link(name="invoice"),
    )


def events(ledger: Ledger, doc_id: int) -> list[tuple[str, str, str]]:
    detail = ledger.queue.show(doc_id)
    assert detail is not None
    return [(e.before, e.after, e.why) for e in detail.events]


# identity


def test_the_marker_comes_from_the_identity_alone() -> None:
    assert marker_for(key("1042")) == marker_for(key("1042"))
    others = [key("1043"), key("1042", part="2"), key("1042", rule="autotask-acomba/credit"), key("1042", tenant="x")]
    assert marker_for(key("1042")) not in {marker_for(other) for other in others}
    assert marker_for(key("1042")).startswith("MK-")
    assert len(marker_for(key("1042"))) == 19


def test_the_marker_of_a_document_never_changes_between_versions() -> None:
    assert marker_for(key("1042")) == "MK-ED6D21F42D6FEDF5"


def test_parts_do_not_run_into_each_other() -> None:
    assert marker_for(key("1", part="12")) != marker_for(key("11", part="2"))


# pages


def test_a_page_is_one_commit_and_an_unchanged_one_changes_nothing(ledger: Ledger) -> None:
    commits: list[object] = []
    event.listen(ledger._journal.store.engine, "commit", commits.append)
    page = [queued(str(n)) for n in range(1200)]
    docs = ledger.enqueue(page)
    assert len(commits) == 1
    assert [doc.key.source_id for doc in docs] == [str(n) for n in range(1200)]
    ledger.enqueue(page)
    assert {len(events(ledger, doc.id)) for doc in docs[:3]} == {1}
    assert len(ledger.known(RULE, [str(n) for n in range(2000)])) == 1200


def test_an_empty_page_costs_nothing(ledger: Ledger) -> None:
    commits: list[object] = []
    event.listen(ledger._journal.store.engine, "commit", commits.append)
    assert ledger.enqueue([]) == []
    assert commits == []


def test_known_gives_the_newest_part(ledger: Ledger) -> None:
    ledger.enqueue([queued("1"), queued("1", part="2"), queued("1", part="10")])
    assert ledger.known(RULE, ["1"])["1"].key.part == "10"


def test_one_rule_knows_nothing_of_another(ledger: Ledger) -> None:
    ledger.enqueue([queued("1", rule="autotask-acomba/credit")])
    assert ledger.known(RULE, ["1"]) == {}


def test_a_changed_document_keeps_its_place_and_takes_the_new_data(ledger: Ledger) -> None:
    [first] = ledger.enqueue([queued("1", plan="p1")])
    [second] = ledger.enqueue([queued("1", plan="p2")])
    assert (second.id, second.marker, second.digests.plan) == (first.id, first.marker, "p2")
    assert len(events(ledger, first.id)) == 1


def test_held_then_queued_then_held_tells_its_story(ledger: Ledger) -> None:
    [doc] = ledger.hold([held("1")])
    assert (doc.state, doc.hold_code, doc.word) == (State.HELD, "M003", "Needs you")
    ledger.hold([held("1")])
    ledger.hold([held("1", text="no row for account 8")])
    ledger.enqueue([queued("1")])
    assert events(ledger, doc.id) == [
        ("", "HELD", "no row for account 7"),
        ("HELD", "HELD", "no row for account 8"),
        ("HELD", "QUEUED", "planned"),
    ]


def test_a_mixed_page_lets_each_document_go_its_way(ledger: Ledger) -> None:
    ledger.enqueue([queued("1")])
    docs = ledger.enqueue([queued("1", plan="p2"), held("2"), adopted("3"), adopted("4", complete=False)])
    assert [doc.state for doc in docs] == [State.QUEUED, State.HELD, State.DONE, State.APPLIED]


def test_an_adopted_document_is_done_and_linked(ledger: Ledger) -> None:
    [doc] = ledger.adopt([adopted("1")])
    assert (doc.state, doc.target_id, doc.target_ref, doc.word) == (State.DONE, "77", "A-77", "Processed")
    assert ledger.links.targets("invoice", ["1"]) == {"1": "77"}
    ledger.adopt([adopted("1")])
    assert len(events(ledger, doc.id)) == 1
    [moved] = ledger.adopt([adopted("1", target_id="78")])
    assert (moved.target_id, ledger.links.targets("invoice", ["1"])) == ("78", {"1": "78"})


def test_a_done_document_whose_source_changed_is_queued_with_its_target(ledger: Ledger) -> None:
    ledger.adopt([adopted("1")])
    [doc] = ledger.enqueue([queued("1", plan="p2")])
    assert (doc.state, doc.target_id) == (State.QUEUED, "77")


def test_what_is_applied_stays_applied_when_it_is_held(ledger: Ledger) -> None:
    ledger.adopt([adopted("1", complete=False)])
    [doc] = ledger.hold([held("1")])
    assert (doc.state, doc.word) == (State.APPLIED, "Needs you")


def test_applied_documents_without_anything_left_are_finished_together(ledger: Ledger) -> None:
    docs = ledger.adopt([adopted("1", complete=False), adopted("2", "78", complete=False)])
    ledger.finish([doc.id for doc in docs])
    assert {doc.state for doc in ledger.known(RULE, ["1", "2"]).values()} == {State.DONE}


def test_attention_is_asked_for_and_taken_back_by_name(ledger: Ledger) -> None:
    [doc] = ledger.adopt([adopted("1")])
    ledger.attention(doc.id, "C001", "The total in Acomba is 12.00, not 12.01.")
    assert ledger.known(RULE, ["1"])["1"].word == "Needs you"
    ledger.operator("marie", "rounded there, agreed by phone").clear(ledger.known(RULE, ["1"])["1"])
    assert ledger.known(RULE, ["1"])["1"].word == "Processed"
    detail = ledger.queue.show(doc.id)
    assert detail is not None
    assert (detail.events[-1].who, detail.events[-1].why) == ("marie", "resolve: rounded there, agreed by phone")


# payload


def test_the_payload_is_shown_with_every_digit(ledger: Ledger) -> None:
    payload = Payload(
        source={"total": Decimal("1284.50"), "note": "Été \ud800 \0"},
        transformed={"Lines": [{"Qty": Decimal("0.10"), "Date": date(2026, 6, 4)}], "paid": None, "n": 3},
        message="a message",
    )
    [doc] = ledger.enqueue([QueuedDocument(key=key("1"), digests=Digests(plan="p"), payload=payload)])
    detail = ledger.queue.show(doc.id)
    assert detail is not None
    assert detail.payload.message == "a message"
    assert str(detail.payload.source["total"]) == "1284.50"  # type: ignore[index]
    assert detail.payload.transformed == {
        "Lines": [{"Qty": Decimal("0.10"), "Date": "2026-06-04"}],
        "paid": None,
        "n": 3,
    }


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_whatever_is_written_exactly_is_read_exactly(value: object) -> None:
    assert exact.loads(exact.dumps(value)) == value


def test_half_characters_in_a_foreign_message_reach_the_ledger_legibly(ledger: Ledger) -> None:
    [doc] = ledger.hold([held("1", text="bad \ud800 name\0")])
    assert doc.hold_text == "bad \\ud800 name\\x00"


# members


def test_a_member_is_spent_once(ledger: Ledger) -> None:
    one, two = ledger.enqueue([queued("1"), queued("2")])
    claim = Claim(integration="autotask-quickbooks", resource="BillingItems", members=("5", "6"))
    ledger.claim_members(claim, one.id)
    ledger.claim_members(claim, one.id)
    with pytest.raises(Hold, match="BillingItems 5 is already part of another document"):
        ledger.claim_members(claim, two.id)
    assert ledger.members("autotask-quickbooks", "BillingItems", ["5", "6", "7"]) == {"5": one.id, "6": one.id}
    assert ledger.members("autotask-jim2", "BillingItems", ["5"]) == {}


def test_members_freeze_with_the_intent_and_not_before(ledger: Ledger) -> None:
    claim = Claim(integration="i", resource="r", members=("5",))
    intent = StepIntent(kind="create", main=True, last=True, safety=Safety.PROBE, claim=claim)
    one, two = (ledger.sending.claim(doc.id, "run") for doc in ledger.enqueue([queued("1"), queued("2")]))
    assert one is not None
    assert two is not None
    assert ledger.members("i", "r", ["5"]) == {}
    sends = {"run_id": "r", "request_digest": "d", "idem_key": None, "start_within": 5.0, "deadline": 30.0}
    assert ledger.sending.intend(one, intent, **sends) is not None  # type: ignore[arg-type]
    assert ledger.members("i", "r", ["5"]) == {"5": one.id}
    with pytest.raises(Hold):
        ledger.sending.intend(two, intent, **sends)  # type: ignore[arg-type]
    assert ledger.known(RULE, ["2"])["2"].state is State.QUEUED


# links


def test_a_link_answers_with_its_newest_part_in_both_directions(ledger: Ledger) -> None:
    ledger.links.write(Link(name="job"), {key("1"): "J-1", key("1", part="9"): "J-9", key("1", part="10"): "J-10"})
    assert ledger.links.targets("job", ["1"]) == {"1": "J-10"}
    assert ledger.links.sources("job", ["J-1", "J-10", "J-11"]) == {"J-1": "1", "J-10": "1"}
    ledger.links.write(Link(name="job"), {key("1", part="10"): "J-11"})
    assert ledger.links.targets("job", ["1"]) == {"1": "J-11"}


# states


ALLOWED = {(before, after) for before, afters in MOVES.items() for after in afters}


@pytest.mark.parametrize("before", [None, *State])
@pytest.mark.parametrize("after", list(State))
def test_only_the_moves_of_the_protocol_are_made(before: State | None, after: State) -> None:
    if (before, after) in ALLOWED:
        check_move(before, after)
    else:
        with pytest.raises(Invariant):
            check_move(before, after)


def test_parked_leads_nowhere_without_a_person_and_cancelled_nowhere_at_all() -> None:
    assert MOVES[State.CANCELLED] == frozenset()
    assert MOVES[State.PARKED] == {State.APPLIED, State.DONE, State.HELD, State.RETRY, State.CANCELLED}
    assert State.QUEUED not in MOVES[State.UNKNOWN]


def test_each_state_has_its_word() -> None:
    read = {state.value: word(state) for state in State}
    assert read == {
        "QUEUED": "Queued",
        "RETRY": "Queued",
        "SENDING": "Sending",
        "APPLIED": "Sending",
        "UNKNOWN": "Checking",
        "HELD": "Needs you",
        "PARKED": "Needs you",
        "DONE": "Processed",
        "CANCELLED": "Cancelled",
    }
    assert (word(State.DONE, "C001"), word(State.UNKNOWN, "E400")) == ("Needs you", "Checking")


# runs


def test_a_run_is_written_down_with_its_end(ledger: Ledger) -> None:
    run_id = ledger.runs.start()
    ledger.runs.end(run_id, 3)
    with ledger._journal.store.read() as connection:
        row = connection.exec_driver_sql('SELECT pid, "exit", ended FROM run').one()
    assert (row[1], row[2]) == (3, "2026-06-04T10:00:00.000000Z")


def created(ledger: Ledger, source_id: str, rule: str = RULE) -> None:
    [doc] = ledger.enqueue([queued(source_id, rule=rule)])
    claimed = ledger.sending.claim(doc.id, "run")
    intent = StepIntent(kind="create", main=True, last=True, safety=Safety.PROBE)
    pending = ledger.sending.intend(
        claimed or doc, intent, run_id="r", request_digest="d", idem_key=None, start_within=5, deadline=30
    )
    assert pending is not None
    ledger.sending.conclude(pending, Ruling(state=State.APPLIED, outcome=Outcome.APPLIED, target_id=source_id))


def test_creates_are_counted_by_day_and_forgotten_after_thirty(ledger: Ledger, clock: Clock) -> None:
    created(ledger, "1")
    clock.advance(days=20)
    for n in (2, 3, 4):
        created(ledger, str(n))
    created(ledger, "5", rule="autotask-acomba-old/invoice")
    assert ledger.runs.creates_by_day("autotask-acomba") == {"2026-06-04": 1, "2026-06-24": 3}
    assert ledger.runs.busiest_day("autotask-acomba") == 3
    clock.advance(days=20)
    assert ledger.runs.creates_by_day("autotask-acomba") == {"2026-06-24": 3}
    assert ledger.runs.busiest_day("autotask-jim2") == 0
