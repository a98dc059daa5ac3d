"""Incremental reading: what changed is read, what waits is read again by its key, and nothing is passed over."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_run.failpoints import watched
from rules_run.model.plan import Action
from rules_run.runtime.run import apply_integration

from .memory import Died, Office, actions

CARDS = """
settings: {prefix: {type: text, default: ""}}
rules:
  card:
    from: {read: crm.Companies, as: company, where: {vip: true}, cursor: changed}
    key: company.id
    check: [{that: "company.code != `null`", level: hold, message: "{{ company.name }} has no code."}]
    to:
      write: erp.Cards
      set: {name: company.name, code: "{{ settings.prefix }}{{ company.code }}"}
"""


def company(office: Office, number: int, changed: str, **values: object) -> None:
    office.crm.give(
        "Companies",
        **{"id": number, "name": f"C{number}", "code": f"N{number}", "vip": True, **values},
        changed=changed,
    )


def since(office: Office) -> list[object]:
    """Return from when on companies were last asked for."""
    asked = [query for query in office.crm.asked if query.resource == "Companies"]
    office.crm.asked.clear()
    return [condition.value for query in asked for condition in query.where if condition.op == "gte"]


def test_what_was_read_is_not_read_again_but_for_ten_minutes_and_a_changed_record_is(office: Office) -> None:
    assert office.rules(CARDS) == ()
    company(office, 1, "2026-06-01T08:00:00Z")
    company(office, 2, "2026-06-03T08:00:00+02:00")
    office.apply()
    assert (len(office.erp.rows("Cards")), since(office)) == (2, [])

    company(office, 1, "2026-06-04T09:00:00Z", name="New")
    office.writes()
    assert office.apply().exit_code == 0
    assert since(office) == ["2026-06-03T05:50:00Z"]
    assert (office.writes(), office.erp.rows("Cards")[0]["name"]) == ([("update", "erp.Cards")], "New")


def test_a_plan_moves_no_cursor(office: Office) -> None:
    office.rules(CARDS)
    company(office, 1, "2026-06-01T08:00:00Z")
    assert actions(office.plan(), "card") == {"1": Action.CREATE}
    assert actions(office.plan(), "card") == {"1": Action.CREATE}
    assert office.ledger.cursors.of("crm-erp/card") is None


def test_what_is_held_outside_the_window_is_read_by_its_key_whatever_where_says(office: Office) -> None:
    office.rules(CARDS)
    company(office, 1, "2026-06-01T08:00:00Z", code=None)
    company(office, 2, "2026-06-03T08:00:00Z")
    office.apply()
    assert office.states("card", "1", "2") == ["HELD", "DONE"]

    office.crm.give("Companies", id=1, code="N1", vip=False)  # the system notes no change
    since(office)
    office.apply()
    assert since(office) == ["2026-06-03T07:50:00Z"]
    assert office.states("card", "1", "2") == ["DONE", "DONE"]


def test_a_write_back_that_is_left_is_finished_though_the_record_is_not_read_again(office: Office) -> None:
    office.rules(
        CARDS
        + """
    on_success:
      back: {write: crm.Companies, mode: update, match: {id: company.id}, set: {card: {select: result.id, type: text}}}
"""
    )
    company(office, 1, "2026-06-01T08:00:00Z")
    company(office, 2, "2026-06-03T08:00:00Z")
    office.crm.faults.append("refuse")
    office.apply()
    office.apply()
    assert {each["id"]: each.get("card") for each in office.crm.rows("Companies")} == {1: "1000", 2: "1001"}


def test_another_setting_reads_everything_once(office: Office) -> None:
    office.rules(CARDS)
    company(office, 1, "2026-06-01T08:00:00Z")
    company(office, 2, "2026-06-03T08:00:00Z")
    office.apply()
    office.settings["prefix"] = "X-"
    since(office)
    office.apply()
    assert (since(office), [card["code"] for card in office.erp.rows("Cards")]) == ([], ["X-N1", "X-N2"])
    office.apply()
    assert since(office) == ["2026-06-03T07:50:00Z"]


def test_checking_the_targets_reads_everything(office: Office) -> None:
    office.rules(CARDS)
    company(office, 1, "2026-06-01T08:00:00Z")
    company(office, 2, "2026-06-03T08:00:00Z")
    office.apply()
    office.erp.give("Cards", id=1000, name="by hand")
    office.apply()
    assert office.erp.rows("Cards")[0]["name"] == "by hand"
    office.apply(check_targets=True)
    assert office.erp.rows("Cards")[0]["name"] == "C1"


def test_a_document_that_another_rule_asks_for_is_read_by_its_key(office: Office) -> None:
    office.rules(
        CARDS
        + """
  stock:
    from: {read: crm.Items, as: item}
    with: {card: {ref: card, key: item.company}}
    key: item.id
    to: {write: erp.Stock, mode: create, set: {job: card.id, text: item.text}}
"""
    )
    company(office, 1, "2026-06-01T08:00:00Z")
    company(office, 2, "2026-06-03T08:00:00Z")
    office.apply()
    office.crm.give("Items", id=5, company=1, text="Cable")
    assert office.apply().exit_code == 0
    assert office.erp.rows("Stock")[0]["job"] == 1000


def test_the_cursor_stays_before_what_a_saved_plan_left_out(office: Office) -> None:
    office.rules(CARDS)
    company(office, 1, "2026-06-01T08:00:00Z")
    company(office, 2, "2026-06-03T08:00:00Z")
    run = office._run()
    plan = run.plan(office._ready()).plan
    saved = {(each.rule, each.key, each.action): each.digest for each in plan.documents if each.key == "2"}
    run_id = office.ledger.runs.start()
    apply_integration(run, office._ready(), run.delivery(run_id, ("crm", "erp")), saved=saved)
    assert office.states("card", "1", "2") == ["", "DONE"]
    assert office.ledger.cursors.of("crm-erp/card") is None
    office.apply()
    assert office.states("card", "1", "2") == ["DONE", "DONE"]


def test_what_was_queued_when_the_process_died_is_sent_though_the_cursor_is_past_it(office: Office) -> None:
    office.rules(CARDS)
    for number in (1, 2, 3):
        company(office, number, f"2026-06-0{number}T08:00:00Z")
    office.erp.faults.append("die")
    with pytest.raises(Died):
        office.apply()
    known = office.ledger.cursors.of("crm-erp/card")
    assert known is not None
    assert known.value == "2026-06-03T08:00:00+00:00"
    for _ in range(4):
        office.apply(wait=60)
    assert sorted(card["name"] for card in office.erp.rows("Cards")) == ["C1", "C2", "C3"]


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_whichever_commit_of_what_was_read_a_process_dies_at_all_of_it_is_written_at_last(
    office: Office, nth: int
) -> None:
    office.rules(CARDS)
    for number in (1, 2, 3):
        company(office, number, f"2026-06-0{number}T08:00:00Z")
    passed: list[str] = []

    def die(name: str) -> None:
        passed.extend([name] if name in {"queue-commit", "after-queue"} else [])
        if len(passed) == nth:
            raise Died

    with watched(die), suppress(Died):
        office.apply()
    for _ in range(2):
        office.apply(wait=60)
    assert sorted(card["name"] for card in office.erp.rows("Cards")) == ["C1", "C2", "C3"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["ok", "held", "nothing", "lost"])), max_size=4),
        max_size=5,
    )
)
def test_whatever_changes_and_fails_in_between_everything_is_written_at_last(tmp_path_factory, runs) -> None:  # type: ignore[no-untyped-def]
    office = Office(folder=tmp_path_factory.mktemp("office"))
    office.rules(CARDS)
    for day, changes in enumerate(runs, start=1):
        for number, what in changes:
            company(
                office,
                number,
                f"2026-06-{day:02}T08:00:00Z",
                name=f"C{number} of day {day}",
                code=None if what == "held" else f"N{number}",
            )
            office.erp.faults.extend([what] if what in {"nothing", "lost"} else [])
        office.apply(wait=30)
        office.erp.faults.clear()
    for row in office.crm.rows("Companies"):
        row["code"] = f"N{row['id']}"  # no change is noted
    for _ in range(4):
        office.apply(wait=600)
    assert sorted((card["name"], card["code"]) for card in office.erp.rows("Cards")) == sorted(
        (row["name"], row["code"]) for row in office.crm.rows("Companies")
    )
