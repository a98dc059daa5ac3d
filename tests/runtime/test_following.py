"""What a rule does when its source changes, by its mode."""

from __future__ import annotations

from .shop import Shop

BILL = """
    rules:
      bill:
        from: {read: shop.Orders, as: order}
        key: order.number
        to:
          write: books.Bills
          match: {number: order.number}
          set: {client: order.client, total: order.total, note: "Order {{ order.number }} of {{ order.client }}"}
          set_once: {kind: order.kind}
    """
TICKET = """
    rules:
      ticket:
        from: {read: shop.Orders, as: order}
        key: order.number
        to:
          write: psa.Tickets
          mode: create
          MORE
          set:
            companyID: 174
            title: "Order {{ order.number }}"
            description: "{{ order.kind }} of {{ order.total }}"
            status: {const: New}
            priority: {const: Medium}
    """


def test_a_changed_source_changes_only_the_changed_field(shop: Shop) -> None:
    shop.rules(BILL)
    shop.orders({"number": "1"}, {"number": "2", "total": "20.00"})
    assert shop.apply("--quiet").code == 0
    assert {number: bill["total"] for number, bill in shop.bills().items()} == {"1": "10", "2": "20"}

    shop.orders({"number": "1"}, {"number": "2", "total": "25.00", "kind": "gift"})
    planned = shop.plan()
    assert "~ update books.Bills 2" in planned.out
    assert [line.strip() for line in planned.lines if "->" in line] == ["total  20 -> 25"]
    assert shop.apply("--quiet").out.startswith("Applied: 1 updated.")
    bill = shop.bills()["2"]
    assert (bill["total"], bill["kind"], bill["note"]) == ("25", "sale", "Order 2 of A")
    assert "nothing to do" in shop.apply().out


def test_a_record_that_is_there_already_is_taken_over_and_brought_up_to_date(shop: Shop) -> None:
    shop.rules(BILL)
    bill = {"number": "1", "client": "A", "region": "", "total": "9.00", "kind": "by hand", "note": ""}
    shop.write("bills.csv", [bill])
    assert shop.apply("--quiet").code == 0
    assert shop.bills() == {"1": {**bill, "total": "10", "note": "Order 1 of A"}}


def test_what_is_sent_once_and_changes_afterwards_needs_a_person_and_is_not_sent_again(wired: Shop) -> None:
    wired.rules(TICKET.replace("MORE", ""))
    assert wired.apply("--quiet").code == 0
    wired.orders({"total": "11.00"})
    for _ in range(3):
        changed = wired.apply()
        assert changed.code == 3
        assert "the source changed after it was sent (description)" in changed.out
    assert [ticket["description"] for ticket in wired.records("Tickets")] == ["sale of 10"]
    assert "Needs you" in wired.run("queue", "list").out

    wired.orders({"total": "10.00"})
    assert wired.apply("--quiet").code == 0
    assert wired.run("queue", "list", "--state", "Needs you").lines == ["No documents."]


def test_with_on_change_ignore_a_changed_source_is_no_matter(wired: Shop) -> None:
    wired.rules(TICKET.replace("MORE", "on_change: ignore"))
    assert wired.apply("--quiet").code == 0
    wired.orders({"total": "11.00"})
    for _ in range(2):
        changed = wired.apply()
        assert changed.code == 0
        assert "nothing to do" in changed.out
    assert [ticket["description"] for ticket in wired.records("Tickets")] == ["sale of 10"]


def test_the_same_tickets_are_found_again_by_their_marker_when_the_ledger_is_new(wired: Shop) -> None:
    wired.rules(TICKET.replace("MORE", ""))
    assert wired.apply("--quiet").code == 0
    for path in (*(wired.folder / ".rules-run").iterdir(), wired.folder / "tenants" / "t.lineage"):
        path.unlink()
    again = wired.apply("--quiet")
    assert "Applied: 1 adopted." in again.out
    assert wired.creates("Tickets") == 1


UPDATE = """
    rules:
      paid:
        from: {read: shop.Orders, as: order}
        key: order.number
        to:
          write: books.Bills
          mode: update
          match: {number: order.number}
          set: {note: order.paid}
          set_once: {kind: order.kind}
    """


def test_a_rule_that_only_updates_never_creates_and_fills_only_what_is_empty(shop: Shop) -> None:
    shop.rules(UPDATE)
    shop.orders({"number": "1", "paid": "yes"}, {"number": "2", "paid": "no"}, {"number": "3", "paid": "no"})
    usual = {"client": "A", "region": "", "total": "10.00", "note": ""}
    shop.write("bills.csv", [{"number": "1", "kind": "", **usual}, {"number": "2", "kind": "own", **usual}])
    applied = shop.apply()
    assert applied.code == 3
    assert "books.Bills has no record for it, and the rule never creates one" in applied.out
    assert {number: (bill["note"], bill["kind"]) for number, bill in shop.bills().items()} == {
        "1": ("yes", "sale"),
        "2": ("no", "own"),
    }
    assert shop.apply("--quiet").out.startswith("Applied: nothing to do.")


def test_a_null_from_the_source_leaves_the_target_alone_and_a_stated_null_blanks_it(shop: Shop) -> None:
    shop.rules(
        UPDATE.replace("note: order.paid", "note: order.paid, region: {const: null}").replace("set_once", "# set_once")
    )
    shop.orders({"number": "1", "paid": ""})
    bill = {"number": "1", "client": "A", "region": "north", "total": "10.00", "kind": "", "note": "by hand"}
    shop.write("bills.csv", [bill])
    assert shop.apply("--quiet").code == 0
    assert shop.bills()["1"] == {**bill, "region": ""}


def test_two_records_that_match_are_held_with_their_ids(wired: Shop) -> None:
    assert wired.app is not None
    wired.rules(TICKET.replace("mode: create", "match: {title: 'Order {{ order.number }}'}").replace("MORE", ""))
    ticket = {"companyID": 174, "title": "Order 1", "status": "New", "priority": "Medium"}
    wired.app.give("Tickets", [{"id": 1, **ticket}, {"id": 2, **ticket}])
    held = wired.apply()
    assert held.code == 3
    assert "has 2 hits (1, 2); which one is meant?" in held.out
    assert wired.creates("Tickets") == 0


def test_a_linked_record_that_was_deleted_is_held_and_not_made_anew(shop: Shop) -> None:
    shop.rules(BILL)
    assert shop.apply("--quiet").code == 0
    shop.write("bills.csv", [{**shop.bills()["1"], "number": "other"}])
    shop.orders({"total": "12.00"})
    held = shop.apply()
    assert held.code == 3
    assert "is linked to this document but is not there any more" in held.out
    assert list(shop.bills()) == ["other"]


def test_two_rows_with_one_key_are_held(shop: Shop) -> None:
    shop.rules(BILL.replace("key: order.number", "key: order.client"))
    shop.orders({"number": "1"}, {"number": "2"})
    held = shop.apply()
    assert held.code == 3
    assert "two records of bill have the key A" in held.out
    assert shop.bills() == {}
