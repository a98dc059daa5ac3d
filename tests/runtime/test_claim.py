"""Records that are spent: grouped until the intent, never twice in a document, late ones in one of their own."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_run.model.plan import Action

from .memory import Office, actions

INVOICES = """
settings: {from: {type: date, default: "2026-01-01"}}
rules:
  invoice:
    from: {read: crm.Items, as: item, where: {posted: {gte: settings.from}}}
    group_by: {keys: {company: item.company, order: {select: item.order, default: {const: ""}}}, sort: [item.id], as: g}
    claim: g.items[].id
    check: [{that: "g.items[0].price != `null`", level: hold, message: "Item {{ g.items[0].id }} has no price."}]
    to:
      write: erp.Invoices
      mode: create
      marker: {memo: "Items {{ key }}"}
      narrow_by: [customer]
      set:
        customer: g.company
        total: sum(g.items[].price)
        lines: [{each: g.items, as: item, set: {text: item.text, price: item.price}}]
"""


def item(office: Office, number: int, **values: object) -> None:
    usual = {"company": 7, "order": "A", "text": f"T{number}", "price": 10, "posted": "2026-06-01"}
    office.crm.give("Items", **{"id": number, **usual, **values})


def lines(office: Office) -> list[list[str]]:
    """Return the texts of the lines of every invoice."""
    return [[line["text"] for line in invoice["lines"]] for invoice in office.erp.rows("Invoices")]  # type: ignore[attr-defined]


def test_each_group_is_one_document_and_a_late_record_makes_another(office: Office) -> None:
    assert office.rules(INVOICES) == ()
    item(office, 1)
    item(office, 2)
    item(office, 3, order="B")
    office.apply()
    assert lines(office) == [["T1", "T2"], ["T3"]]
    office.writes()
    office.apply()
    assert office.writes() == []

    item(office, 4)
    office.apply()
    assert (lines(office)[2:], office.writes()) == ([["T4"]], [("create", "erp.Invoices")])
    office.apply()
    assert office.writes() == []


def test_a_held_group_takes_in_what_comes_later_and_the_old_one_is_cancelled(office: Office) -> None:
    office.rules(INVOICES)
    item(office, 1, price=None)
    office.apply()
    (old,) = office.ledger.queue.find(word="Needs you").documents
    item(office, 1, price=5)
    item(office, 2)
    office.apply()
    assert lines(office) == [["T1", "T2"]]
    assert office.ledger.queue.find(word="Needs you").documents == ()
    shown = office.ledger.queue.show(old.id)
    assert shown is not None
    assert (shown.doc.word, shown.events[-1].why) == ("Cancelled", "its records are part of another document by now")


def test_records_that_come_apart_and_together_again_are_one_document(office: Office) -> None:
    office.rules(INVOICES)
    item(office, 1, price=None)
    office.apply()
    item(office, 2)
    office.apply()
    item(office, 2, order="B")
    item(office, 1, price=None)
    office.apply()
    item(office, 1, price=10)
    office.apply()
    assert sorted(lines(office)) == [["T1"], ["T2"]]
    assert office.ledger.queue.find(word="Needs you").documents == ()


def test_a_held_group_keeps_its_records_when_they_leave_the_window(office: Office) -> None:
    office.rules(INVOICES)
    item(office, 1, price=None)
    item(office, 2)
    office.apply()
    office.settings["from"] = "2026-06-02"
    item(office, 1, price=3)
    office.apply()
    assert lines(office) == [["T1", "T2"]]


def test_after_a_lost_answer_the_members_are_frozen_and_nothing_is_made_twice(office: Office) -> None:
    office.rules(INVOICES)
    item(office, 1)
    office.erp.faults.append("lost")
    office.apply()
    item(office, 2)
    office.apply()
    assert lines(office) == [["T1"], ["T2"]]
    for _ in range(3):
        office.apply(wait=60)
    assert lines(office) == [["T1"], ["T2"]]
    assert {each.word for each in office.ledger.queue.find().documents} == {"Processed"}


def test_what_certainly_did_not_arrive_is_sent_again_with_the_same_members(office: Office) -> None:
    office.rules(INVOICES)
    item(office, 1)
    office.erp.faults.append("nothing")
    office.apply()
    item(office, 2)
    office.settings["from"] = "2026-06-02"
    for _ in range(6):
        office.apply(wait=60)
    assert lines(office) == [["T1"]]
    office.settings["from"] = "2026-06-01"
    office.apply()
    assert lines(office) == [["T1"], ["T2"]]


def test_a_spent_record_that_changes_afterwards_needs_a_person(office: Office) -> None:
    office.rules(INVOICES)
    item(office, 1)
    item(office, 2)
    office.apply()
    item(office, 2, price=12)
    assert [each.text for each in office.applied().unfinished] == [
        "the source changed after it was sent (total, lines[1].price); it is not sent again"
    ]
    assert len(office.erp.rows("Invoices")) == 1


def test_records_are_spent_for_all_rules_of_the_integration(office: Office) -> None:
    office.rules(INVOICES)
    item(office, 1)
    office.apply()
    item(office, 2)
    office.rules(INVOICES.replace("  invoice:", "  bill:").replace("Items {{", "Bill {{"))
    office.apply()
    assert lines(office) == [["T1"], ["T2"]]


def test_a_plan_shows_the_groups_and_spends_nothing(office: Office) -> None:
    office.rules(INVOICES)
    item(office, 1)
    (first,) = actions(office.plan(), "invoice").items()
    assert first == (next(iter(actions(office.plan(), "invoice"))), Action.CREATE)
    assert office.ledger.members("crm-erp", "crm.Items", ["1"]) == {}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(1, 2), st.booleans()), max_size=3),
            st.sampled_from(["ok", "lost", "nothing"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_happens_each_record_is_in_one_invoice(tmp_path_factory, runs) -> None:  # type: ignore[no-untyped-def]
    office = Office(folder=tmp_path_factory.mktemp("office"))
    office.rules(INVOICES)
    number = 0
    for items, fault in runs:
        for company, priced in items:
            number += 1
            item(office, number, company=company, price=10 if priced else None)
        office.erp.faults.append(fault)
        office.apply(wait=30)
        office.erp.faults.clear()
    for row in office.crm.rows("Items"):
        row["price"] = 10
    for _ in range(5):
        office.apply(wait=90)
    assert sorted(text for each in lines(office) for text in each) == sorted(f"T{n + 1}" for n in range(number))
