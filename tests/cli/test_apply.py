from __future__ import annotations

import random
import re
from pathlib import Path

from .desk import DATE, REPORT, Desk

KINDS = ("Companies", "Services", "Products", "Contracts", "ContractServiceAdjustments", "ContractCharges")


def everything(desk: Desk) -> dict[str, int]:
    return {kind: len(desk.records(kind)) for kind in KINDS}


def shuffle(file: Path, seed: int) -> None:
    head, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(seed).shuffle(rows)
    file.write_text(head + "".join(rows), encoding="utf-8")


def test_what_was_planned_is_applied_and_applying_again_writes_nothing(desk: Desk) -> None:
    planned = desk.plan()
    assert planned.code == 0
    assert desk.writes() == []

    applied = desk.apply("--quiet")
    assert applied.code == 0
    assert "Applied: 13 created, 2 adopted." in applied.out
    assert everything(desk) == {
        "Companies": 3,
        "Services": 5,
        "Products": 1,
        "Contracts": 1,
        "ContractServiceAdjustments": 5,
        "ContractCharges": 1,
    }

    before = len(desk.writes())
    again = desk.apply()
    assert again.code == 0
    assert "Plan: nothing to do" in again.out
    assert len(desk.writes()) == before


def test_the_order_of_the_rows_in_the_report_does_not_matter(desk: Desk) -> None:
    assert desk.apply("--quiet").code == 0
    before = len(desk.writes())
    for seed in range(3):
        shuffle(desk.folder / REPORT, seed)
        assert "nothing to do" in desk.apply("--quiet").out
    assert len(desk.writes()) == before


def test_the_printed_number_of_calls_is_the_number_that_autotask_counted(desk: Desk) -> None:
    for _ in range(2):
        before = len(desk.app.history.entries())
        said = desk.apply("--quiet").out
        number = re.search(r"API calls: psa (\d+)\.", said)
        assert number is not None
        assert int(number[1]) == len(desk.app.history.entries()) - before


def test_an_unmapped_account_waits_while_everything_else_goes_on_and_completes_when_its_row_is_there(
    desk: Desk,
) -> None:
    row = "0051960,no,,"
    desk.edit("tables/accounts.csv", f"{row}\n", "")
    held = desk.apply()
    assert held.code == 3
    assert "table accounts has no row for 0051960" in held.out
    assert "add this line to" in held.out
    assert "tables/accounts.csv: 0051960,yes,," in held.out
    assert [contract["contractName"] for contract in desk.records("Contracts")] == ["Cloud services, TestCompany"]
    assert "Needs you" in desk.run("queue", "list", "--text", "0051960").out

    with (desk.folder / "tables" / "accounts.csv").open("a", encoding="utf-8") as table:
        table.write("0051960,yes,create,create\n")
    completed = desk.apply()
    assert completed.code == 0
    assert len(desk.records("Contracts")) == 2
    assert len(desk.records("ContractServiceAdjustments")) == 7
    assert desk.run("queue", "list", "--state", "Needs you").lines == ["No documents."]
    assert "nothing to do" in desk.apply("--quiet").out


def test_without_the_billing_code_the_run_stops_before_its_first_write_and_says_what_to_do(desk: Desk) -> None:
    desk.app.give(
        "BillingCodes", [{"id": 29684, "name": "Taxable Products", "useType": 4, "isActive": True}], replace=True
    )
    for verb in ("plan", "apply"):
        stopped = desk.run(verb, "--date", DATE)
        assert stopped.code == 3
        assert 'Autotask has no active billing code "managed services"' in stopped.out
    assert desk.writes() == []
    assert desk.run("queue", "list").lines == ["No documents."]
