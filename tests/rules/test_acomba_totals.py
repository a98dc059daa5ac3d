"""What Autotask bills is what Acomba books, to the cent: by the rule alone, and from one system into the other."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from rules_run.bundled import bundled
from rules_run.language.validate import load_integration
from rules_run.mapping.compiled import CompiledRule, RuleCompiler
from rules_run.mapping.point import Setting
from rules_run.model.problem import Problem

from ..cli.acomba import TENANT, acomba_desk
from .acomba_bills import Bill, bills, cents, money, records

MANY, FEW = 10_000, 200
PRODUCT = {"NoProduit": "FG-40"}


@pytest.fixture(scope="module")
def rule() -> CompiledRule:
    loaded = load_integration(bundled("rules") / "autotask-acomba" / "autotask-acomba.rules.yaml")
    assert loaded.integration is not None
    found = loaded.integration.rule("invoice")
    assert found is not None
    return RuleCompiler(Setting(loaded.tables)).rule(found)


def scope_of(bill: Bill, rule: CompiledRule) -> dict[str, Any]:
    """Return what the rule knows of an invoice; every other line is a product."""
    given = records([bill], 174, 60)
    (block,) = rule.target.set.each
    nothing = dict.fromkeys(lookup.name for lookup in block.each.with_)
    group = {**nothing, "code": {"externalNumber": "100"}, "group": {"NoGroupeProduit": 100}}
    found = [{**group, "product": PRODUCT} if place % 2 else group for place in range(len(bill.lines))]
    return {
        "settings": {"autotask_taxes": True},
        "inv": given["Invoices"][0],
        "company": {"companyName": "Atelier Boréal"},
        "client": {"NoClient": "BOREAL"},
        "items": given["BillingItems"],
        block.scope_name: found,
    }


def booked(line: dict[str, Any]) -> int:
    """Return what Acomba books for a line, in cents."""
    return cents(Fraction(line["QteFacture"]) * Fraction(line["PrixFinal"]))


def test_ten_thousand_invoices_are_sent_so_that_each_line_comes_to_its_cent(rule: CompiledRule) -> None:
    billed = sent = whole = 0
    for bill in bills(MANY, seed=20250303):
        notes: list[Problem] = []
        lines = rule.target.set.all(scope_of(bill, rule), notes)["LigneFacture"]  # type: ignore[index]
        assert notes == []
        assert [booked(line) for line in lines] == [line.cents for line in bill.lines], bill
        assert all(line["PrixFinal"] >= 0 and places(line["PrixFinal"]) <= 5 for line in lines), bill
        billed, sent = billed + bill.net, sent + sum(map(booked, lines))
        whole += sum(
            abs(line["QteFacture"]) == 1 != abs(own.quantity) for line, own in zip(lines, bill.lines, strict=True)
        )
    assert billed == sent
    assert whole > 100, "some prices do not multiply back, and are sent as a whole"


def places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


@pytest.mark.parametrize("off", [0, 1])
def test_a_total_that_is_off_by_a_cent_is_told(rule: CompiledRule, off: int) -> None:
    for bill in bills(200, seed=7):
        notes: list[Problem] = []
        result = {"SousTotal": money(bill.net), "Total": money(bill.total + off)}
        rule.after({**scope_of(bill, rule), "result": result}, notes)
        assert len(notes) == off


def test_two_hundred_invoices_have_the_same_totals_in_both_systems(tmp_path: Path) -> None:
    made = list(bills(FEW, seed=40217))
    with acomba_desk(tmp_path / "desk") as desk:
        desk.edit(TENANT, "    state: live\n", "    state: live\n    limits: {creates: 1000}\n")
        for name, rows in records(made, 174, 60).items():
            desk.app.give(name, rows)
        applied = desk.run("apply", "--quiet", "--date", "2025-03-03")
        assert applied.code == 0, applied.said
        rows = {row["Référence"]: row for row in desk.erp.store.rows("CustomerInvoice")}
        assert len(rows) == FEW
        for bill in made:
            row = rows[f"AT-{bill.number}"]
            told = [row["SousTotal"], row["TPS"], row["TVQ"], row["Total"]]
            assert told == [money(each) for each in (bill.net, *bill.taxes, bill.total)], bill
            assert desk.number(bill.number) == row["NoFacture"]
        total = sum(row["Total"] for row in rows.values())
        assert total == sum(row["invoiceTotal"] for row in desk.app.store.rows("Invoices"))
        assert total == money(sum(bill.total for bill in made))
        assert desk.run("apply", "--quiet", "--date", "2025-03-03").out.startswith("Applied: nothing to do.")
