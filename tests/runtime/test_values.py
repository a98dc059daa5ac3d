"""Values as a rule says them: choices, tables, groups, checks, conditions."""

from __future__ import annotations

import pytest

from .shop import Shop

HEAD = """
    RULE:
    rules:
      bill:
        from: {read: shop.Orders, as: order}
        key: order.number
        BEFORE
        to:
          write: books.Bills
          match: {number: order.number}
          set:
            total: order.total
            SET
    """


def rule(*, top: str = "", before: str = "", fields: str = "") -> str:
    text = HEAD.replace("    RULE:\n", f"    {top}\n" if top else "")
    return text.replace("        BEFORE\n", f"        {before}\n" if before else "").replace("SET", fields)


CHOICE = """note:
              choose:
                - {when: "order.total < `0`", const: credit}
                - {when: "order.total > `100`", template: "large: {{ order.total }}"}
                - {select: order.kind}"""


def test_the_first_branch_whose_condition_holds_is_taken(shop: Shop) -> None:
    shop.rules(rule(fields=CHOICE))
    shop.orders({"number": "1", "total": "-1"}, {"number": "2", "total": "101"}, {"number": "3", "total": "5"})
    assert shop.apply("--quiet").code == 0
    assert [bill["note"] for bill in shop.bills().values()] == ["credit", "large: 101", "sale"]


TABLE = "tables: {kinds: {file: tables/kinds.csv, key: kind, columns: [code, only_here], one_to_one: true}}"


@pytest.mark.parametrize(
    ("use", "given", "note"),
    [
        ("map: {table: kinds, give: code}", "sale", "S1"),
        ("map: {table: kinds, give: only_here}", "gift", "free"),
        ("map: {table: kinds, from: code, give: key}", "G1", "gift"),
        ("map: {table: kinds, give: code, missing: 'null'}, default: {const: none}", "loan", "none"),
    ],
)
def test_a_table_answers_forwards_and_backwards(shop: Shop, use: str, given: str, note: str) -> None:
    shop.rules(rule(top=TABLE, fields=f"note: {{select: order.kind, {use}}}"))
    shop.table("kinds.csv", "kind,code,only_here\nsale,S1,paid\ngift,G1,free\n")
    shop.orders({"kind": given})
    applied = shop.apply()
    assert applied.code == 0, applied.said
    assert shop.bills()["1"]["note"] == note


def test_a_missing_row_fails_where_the_rule_says_so(shop: Shop) -> None:
    shop.rules(rule(top=TABLE, fields="note: {select: order.kind, map: {table: kinds, give: code, missing: fail}}"))
    shop.table("kinds.csv", "kind,code,only_here\n")
    failed = shop.apply()
    assert "failed: table kinds has no row for sale" in failed.out
    assert shop.bills() == {}


def test_a_tenant_may_replace_a_table(shop: Shop) -> None:
    shop.rules(rule(top=TABLE, fields="note: {select: order.kind, map: {table: kinds, give: code}}"))
    shop.table("kinds.csv", "kind,code,only_here\nsale,S1,\n")
    (shop.folder / "own.csv").write_text("kind,code,only_here\nsale,OWN,\n")
    shop.tenant(", tables: {kinds: own.csv}")
    assert shop.apply("--quiet").code == 0
    assert shop.bills()["1"]["note"] == "OWN"


@pytest.mark.parametrize(
    ("level", "code", "said", "written"),
    [
        ("error", 3, "failed: Too much: 10.", 0),
        ("hold", 3, "held: Too much: 10.", 0),
        ("warning", 0, "* bill 1: Too much: 10.", 1),
    ],
)
def test_a_check_fails_holds_or_warns(shop: Shop, level: str, code: int, said: str, written: int) -> None:
    check = f'check: [{{that: "order.total < `5`", level: {level}, message: "Too much: {{{{ order.total }}}}."}}]'
    shop.rules(rule(before=check))
    applied = shop.apply()
    assert applied.code == code, applied.said
    assert said in applied.out
    assert len(shop.bills()) == written


def test_a_check_afterwards_leaves_the_written_document_and_asks_for_a_person(shop: Shop) -> None:
    shop.rules(
        rule(before='check: [{that: "result.total == `11`", after: true, message: "It says {{ result.total }}."}]')
    )
    applied = shop.apply()
    assert applied.code == 3
    assert list(shop.bills()) == ["1"]
    listed = shop.run("queue", "list").out
    assert "Needs you" in listed
    assert "It says 10." in listed


def test_a_condition_leaves_a_field_or_a_document_out(shop: Shop) -> None:
    shop.rules(rule(before='when: "order.total != `0`"', fields="note: {when: \"order.kind == 'gift'\", const: free}"))
    shop.orders({"number": "1", "kind": "gift"}, {"number": "2"}, {"number": "3", "total": "0"})
    planned = shop.plan()
    assert "1 skipped" in planned.out
    assert "skipped: its condition does not hold: bill 3" in planned.out
    assert shop.apply("--quiet").code == 0
    assert {number: bill["note"] for number, bill in shop.bills().items()} == {"1": "free", "2": ""}


def place(shop: Shop, text: str) -> str:
    """Return where a text stands in the rule file, as a problem tells it."""
    lines = (shop.folder / "rules" / "shop-books" / "shop-books.rules.yaml").read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines, start=1) if text in line)
    return f"shop-books.rules.yaml:{number}:{lines[number - 1].index(text) + 1}"


LONG = "note: {select: order.paid, type: {text: {max: 3}}}"
EMPTY = "note: {template: 'Paid on {{ order.paid }}'}"


@pytest.mark.parametrize(
    ("fields", "paid", "at"), [(LONG, "on Monday", "{select: order.paid"), (EMPTY, "", "'Paid on")]
)
def test_a_value_that_cannot_be_made_fails_its_document_at_its_line(
    shop: Shop, fields: str, paid: str, at: str
) -> None:
    shop.rules(rule(fields=fields))
    shop.orders({"number": "1", "paid": paid}, {"number": "2", "paid": "yes"})
    failed = shop.apply()
    assert failed.code == 3
    assert "failed:" in failed.out
    assert place(shop, at).rpartition(":")[0] in failed.out
    assert list(shop.bills()) == ["2"]


def test_all_failing_fields_of_a_document_are_told_at_once(shop: Shop) -> None:
    kind, region = (
        "kind: {select: order.client, type: integer}",
        "region: {select: order.client, type: {text: {max: 1}}}",
    )
    shop.rules(rule(fields="\n            ".join((EMPTY, region, kind))))
    shop.orders({"client": "AA"})
    assert shop.apply("--quiet").code == 3
    shown = shop.run("queue", "show", "1").out
    for text in (EMPTY, region, kind):
        assert place(shop, text).rpartition(":")[0] in shown


GROUP = """
    rules:
      bill:
        from: {read: shop.Orders, as: order}
        group_by: {keys: {client: order.client}, sort: [order.number], as: g}
        key: g.client
        to:
          write: books.Bills
          match: {number: g.client}
          set:
            total: sum(g.items[].total)
            note: "join_text(g.items[].number, '+')"
    """


def test_rows_of_a_group_become_one_document_whatever_their_order(shop: Shop) -> None:
    shop.rules(GROUP)
    rows = [
        {"number": "2", "total": "1.5"},
        {"number": "1", "total": "2"},
        {"number": "3", "client": "B", "total": "4"},
    ]
    shop.orders(*rows)
    assert shop.apply("--quiet").code == 0
    assert {number: (bill["total"], bill["note"]) for number, bill in shop.bills().items()} == {
        "A": ("3.5", "1+2"),
        "B": ("4", "3"),
    }
    shop.orders(*reversed(rows))
    assert "nothing to do" in shop.apply().out
    shop.orders(*rows, {"number": "4", "total": "0.5"})
    assert shop.apply("--quiet").out.startswith("Applied: 1 updated.")
    assert (shop.bills()["A"]["total"], shop.bills()["A"]["note"]) == ("4", "1+2+4")


def test_conditions_that_the_source_cannot_filter_are_met_all_the_same(shop: Shop) -> None:
    shop.rules(
        rule().replace(
            "{read: shop.Orders, as: order}",
            "{read: shop.Orders, as: order, where: {kind: {in: \"['sale', 'gift']\"}, total: {gt: 5}}}",
        )
    )
    shop.orders(
        {"number": "1"}, {"number": "2", "kind": "loan"}, {"number": "3", "total": "5"}, {"number": "4", "kind": "gift"}
    )
    assert shop.apply("--quiet").code == 0
    assert list(shop.bills()) == ["1", "4"]
