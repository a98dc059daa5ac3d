"""`with`: one record, many, none; references between rules; look-ups in the blocks of a list."""

from __future__ import annotations

import pytest

from .shop import Shop

BILL = """
    rules:
      bill:
        from: {read: shop.Orders, as: order}
        with:
          client: {read: shop.Clients, where: {id: order.client}MORE}
        key: order.number
        to:
          write: books.Bills
          match: {number: order.number}
          set: {client: client.name, region: client.region, total: order.total}
    """
AURORA = {"id": "A", "name": "Aurora", "region": "north"}


def test_a_look_up_gives_the_fields_of_one_record(shop: Shop) -> None:
    shop.rules(BILL.replace("MORE", ""))
    shop.orders({"number": "1"}, {"number": "2", "client": "B"})
    shop.write("clients.csv", [AURORA, {"id": "B", "name": "Boreas", "region": "south"}])
    assert shop.apply("--quiet").code == 0
    assert {number: (bill["client"], bill["region"]) for number, bill in shop.bills().items()} == {
        "1": ("Aurora", "north"),
        "2": ("Boreas", "south"),
    }


def test_a_look_up_without_a_hit_fails_its_document_and_the_others_go_on(shop: Shop) -> None:
    shop.rules(BILL.replace("MORE", ""))
    shop.orders({"number": "1"}, {"number": "2", "client": "B"})
    failed = shop.apply()
    assert failed.code == 3
    assert "failed: shop.Clients where id = B has no hit" in failed.out
    assert list(shop.bills()) == ["1"]


def test_an_optional_look_up_without_a_hit_is_null(shop: Shop) -> None:
    shop.rules(BILL.replace("MORE", ", optional: true"))
    shop.orders({"client": "B"})
    assert shop.apply("--quiet").code == 0
    assert (shop.bills()["1"]["client"], shop.bills()["1"]["total"]) == ("", "10")


def test_a_look_up_with_two_hits_is_held(shop: Shop) -> None:
    shop.rules(BILL.replace("{id: order.client}MORE", "{region: {const: north}}"))
    shop.write("clients.csv", [AURORA, {**AURORA, "id": "B"}])
    held = shop.apply()
    assert held.code == 3
    assert "held: shop.Clients where region = north has 2 hits; exactly one is needed" in held.out
    assert shop.bills() == {}


MANY = """
    rules:
      bill:
        from: {read: shop.Orders, as: order}
        with:
          clients: {read: shop.Clients, where: {region: order.kind}, many: true, optional: OPTIONAL}
        key: order.number
        to:
          write: books.Bills
          match: {number: order.number}
          set: {note: "join_text(clients[].name, ', ')", total: order.total}
    """


def test_many_gives_a_list(shop: Shop) -> None:
    shop.rules(MANY.replace("OPTIONAL", "false"))
    shop.orders({"kind": "north"})
    shop.write(
        "clients.csv", [AURORA, {"id": "B", "name": "Boreas", "region": "south"}, {**AURORA, "id": "C", "name": "Calm"}]
    )
    assert shop.apply("--quiet").code == 0
    assert shop.bills()["1"]["note"] == "Aurora, Calm"


@pytest.mark.parametrize(("optional", "code"), [("true", 0), ("false", 3)])
def test_many_without_a_hit_fails_unless_it_is_optional(shop: Shop, optional: str, code: int) -> None:
    shop.rules(MANY.replace("OPTIONAL", optional))
    shop.orders({"kind": "nowhere"})
    assert shop.apply("--quiet").code == code


REFERENCE = """
    tables:
      regions: {file: tables/regions.csv, key: client, columns: [region]}
    rules:
      bill:
        from: {read: shop.Orders, as: order}
        with:
          ticket: {ref: ticket, key: order.client}
        key: order.number
        to:
          write: books.Bills
          match: {number: order.number}
          set: {note: "{{ ticket.text }} is {{ ticket.state }}", total: order.total}
      ticket:
        on_demand: true
        from: {read: shop.Clients, as: client}
        let: {region: {select: client.id, map: regions}}
        when: "client.name != 'nobody'"
        key: client.id
        to:
          write: books.Tickets
          match: {id: client.id}
          set: {text: "{{ client.name }} ({{ region }})"}
          set_once: {state: {const: new}}
    """


def test_a_reference_makes_what_it_needs_first_and_only_that(shop: Shop) -> None:
    shop.rules(REFERENCE)
    shop.table("regions.csv", "client,region\nA,north\nB,south\n")
    shop.write("clients.csv", [AURORA, {"id": "B", "name": "Boreas", "region": ""}])
    assert shop.apply("--quiet").code == 0
    assert [ticket["id"] for ticket in shop.read("tickets.csv")] == ["A"]
    assert shop.bills()["1"]["note"] == "Aurora (north) is new"

    shop.write("tickets.csv", [{"id": "A", "text": "Aurora (north)", "state": "closed"}])
    shop.orders({"number": "1"}, {"number": "2"})
    assert shop.apply("--quiet").code == 0
    assert shop.bills()["2"]["note"] == "Aurora (north) is closed"


def test_what_refers_to_a_held_document_is_held_for_the_same_cause_and_frees_itself(shop: Shop) -> None:
    shop.rules(REFERENCE)
    shop.table("regions.csv", "client,region\n")
    shop.orders({"number": "1"}, {"number": "2"})
    held = shop.apply()
    assert held.code == 3
    assert held.out.count("table regions has no row for A") == 1
    assert "bill 1, bill 2" in held.out
    assert "regions.csv: A," in held.out
    shop.table("regions.csv", "client,region\nA,north\n")
    assert shop.apply("--quiet").code == 0
    assert list(shop.bills()) == ["1", "2"]


def test_what_refers_to_a_skipped_document_is_skipped(shop: Shop) -> None:
    shop.rules(REFERENCE)
    shop.table("regions.csv", "client,region\nA,north\n")
    shop.write("clients.csv", [{**AURORA, "name": "nobody"}])
    assert shop.apply("--quiet").code == 0
    assert "skipped: its condition does not hold: ticket A, bill 1" in shop.plan().out
    assert shop.bills() == {}


def test_what_refers_to_a_failed_document_is_held_and_to_a_missing_one_too(shop: Shop) -> None:
    shop.rules(
        REFERENCE.replace(
            "when: \"client.name != 'nobody'\"", "check: [{that: \"client.name != 'nobody'\", message: No name.}]"
        )
    )
    shop.table("regions.csv", "client,region\nA,north\n")
    shop.write("clients.csv", [{**AURORA, "name": "nobody"}])
    shop.orders({"number": "1"}, {"number": "2", "client": "Z"})
    held = shop.apply()
    assert held.code == 3
    assert "failed: No name." in held.out
    assert "ticket has no document for Z" in held.out
    assert shop.bills() == {}


OFF = REFERENCE.replace(
    "        on_demand: true\n", "        on_demand: true\n        active: settings.tickets\n"
).replace("    tables:", "    settings:\n      tickets: {type: boolean, default: false}\n    tables:", 1)


def test_a_rule_that_is_off_writes_nothing_and_what_needs_it_waits_with_the_name_of_the_switch(shop: Shop) -> None:
    shop.rules(OFF)
    shop.table("regions.csv", "client,region\nA,north\n")
    held = shop.apply()
    assert held.code == 3
    assert "settings.tickets" in held.out
    assert (shop.read("tickets.csv"), shop.bills()) == ([], {})

    shop.write("tickets.csv", [{"id": "A", "text": "by hand", "state": "open"}])
    assert shop.apply("--quiet").code == 0
    assert shop.read("tickets.csv")[0]["text"] == "by hand"
    assert shop.bills()["1"]["note"] == "by hand is open"
