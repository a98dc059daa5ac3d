"""Who wrote a value, and when an integration first ran."""

from __future__ import annotations

import pytest

from .memory import Office

NUMBERS = """
preconditions:
  numbering_is_off:
    with:
      foreign:
        read: crm.Tickets
        where: {made: {gte: run.first}, number: {empty: false, ours: false}}
        many: true
        optional: true
    that: "length(foreign) == `0`"
    message: "{{ foreign[0].id }} carries the number {{ foreign[0].number }}."
rules:
  invoice:
    from: {read: crm.Tickets, as: ticket}
    when: "ticket.title == 'Bill'"
    key: ticket.id
    to: {write: erp.Invoices, mode: create, marker: {memo: "AT-{{ key }}"}, narrow_by: [total], set: {total: 5}}
    on_success:
      number: {write: crm.Tickets, mode: update, match: {id: ticket.id}, set: {number: "N-{{ result.id }}"}}
"""


def test_numbers_that_this_integration_wrote_do_not_stop_it_and_foreign_ones_do(office: Office) -> None:
    assert office.rules(NUMBERS) == ()
    office.crm.give("Tickets", id=1, title="Bill", made="2026-06-05T00:00:00Z")
    office.crm.give("Tickets", id=2, title="old", number="77", made="2026-01-01T00:00:00Z")
    assert office.apply().exit_code == 0
    assert office.crm.rows("Tickets")[0]["number"] == "N-1000"
    assert office.apply(wait=3600).exit_code == 0

    office.crm.give("Tickets", id=1, number="88")
    stopped = office.apply().plan.stopped
    assert stopped is not None
    assert stopped.message == "1 carries the number 88."


def test_a_number_whose_answer_was_lost_counts_as_ours(office: Office) -> None:
    assert office.rules(NUMBERS) == ()
    office.crm.give("Tickets", id=1, title="Bill", made="2026-06-05T00:00:00Z")
    office.crm.faults.append("lost")
    office.apply()
    assert office.crm.rows("Tickets")[0]["number"] == "N-1000"
    assert office.apply().plan.stopped is None
    assert office.apply(wait=3600).exit_code == 0


def test_a_first_run_that_was_stopped_was_the_first_run_all_the_same(office: Office) -> None:
    office.rules(NUMBERS)
    office.crm.give("Tickets", id=1, title="Bill", number="99", made="2026-06-05T00:00:00Z")
    assert office.apply().plan.stopped is not None
    assert office.apply(wait=7 * 86400).plan.stopped is not None


def test_a_plan_does_not_count_as_a_run(office: Office) -> None:
    office.rules(NUMBERS)
    office.plan()
    office.clock.advance(86400)
    office.crm.give("Tickets", id=1, title="x", number="99", made="2026-06-04T12:00:00Z")
    assert office.apply().exit_code == 0


@pytest.mark.parametrize(("asked", "seen"), [("true", {"1"}), ("false", {"2", "3"})])
def test_rows_are_told_apart_by_who_wrote_their_value(office: Office, asked: str, seen: set[str]) -> None:
    copy = f"""
  copy:
    from: {{read: crm.Tickets, as: t, where: {{number: {{ours: {asked}}}}}}}
    key: t.id
    to: {{write: erp.Jobs, match: {{ref: {{select: t.id, type: text}}}}, set: {{title: t.title}}}}
"""
    office.rules(NUMBERS)
    office.crm.give("Tickets", id=1, title="Bill")
    office.crm.give("Tickets", id=2, title="x", number="N-1000")
    office.crm.give("Tickets", id=3, title="y")
    office.apply()
    office.rules(NUMBERS + copy)
    office.apply()
    assert {job["ref"] for job in office.erp.rows("Jobs")} == seen
