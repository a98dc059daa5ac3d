"""`explain` follows one record from source to target: lines of the rule file, what they read, what became of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .desk import DATE, INTEGRATION, Desk, Ran

CHARGE = "1c2a1cc3bb9d7489-1"


def explain(desk: Desk, rule: str, key: str, *words: str) -> Ran:
    return desk.run("explain", INTEGRATION, rule, key, "--date", DATE, *words)


def told(desk: Desk, rule: str, key: str) -> dict[str, Any]:
    ran = explain(desk, rule, key, "--output-format", "json")
    assert ran.code == 0, ran.said
    found: dict[str, Any] = json.loads(ran.out)
    return found


def line(found: dict[str, Any], section: str, name: str) -> dict[str, Any]:
    return next(each for each in found["lines"] if (each["section"], each["name"]) == (section, name))


def test_each_field_of_a_document_names_its_line_and_what_it_read(desk: Desk) -> None:
    desk.own_rules()
    found = told(desk, "charge", CHARGE)
    price = line(found, "set", "unitPrice")
    text = (Path.cwd() / price["file"]).read_text("utf-8")
    assert text.splitlines()[price["line"] - 1].strip().startswith("unitPrice:")
    assert price["reads"] == {"settings.send_prices": True, "item.unitPrice": "150.00"}
    assert [(step["step"], step["value"]) for step in price["steps"]] == [
        ("when", True),
        ("select", "150.00"),
        ("type", "150.00"),
    ]
    assert (found["action"], price["value"], price["current"]) == ("create", "150.00", None)
    assert found["source"]["sku"] == "STP001NO"


def test_what_is_known_only_after_apply_is_said_to_be(desk: Desk) -> None:
    assert line(told(desk, "charge", CHARGE), "set", "contractID")["value"] == {"after_apply": "id of contract 0048213"}


def test_the_lines_of_a_list_are_followed_member_by_member(desk: Desk) -> None:
    found = told(desk, "quantity", "0048213/LYN002NR")
    assert line(found, "set", "levels[0].from")["value"] == "2019-05-13"
    assert line(found, "set", "levels[0].unitPrice")["reads"]["level.row.unitPrice"] == "7.99"
    assert found["steps"] == ["+5 from 2019-05-13 at 7.99, cost 5.50"]


def test_the_answer_of_a_table_is_a_step(desk: Desk) -> None:
    target = line(told(desk, "company", "0048213"), "let", "target")
    assert [(step["step"], step["text"], step["value"]) for step in target["steps"]] == [
        ("select", "acct.id", "0048213"),
        ("map", "table accounts, give company", "174"),
    ]


def test_an_applied_document_shows_what_stands_in_the_target(desk: Desk) -> None:
    assert desk.apply("-q").code == 0
    found = told(desk, "charge", CHARGE)
    assert (found["action"], found["ledger"]) == ("nothing", "Processed")
    assert line(found, "set", "chargeType")["current"] == "Operational"
    company = explain(desk, "company", "0048213")
    assert "only when it is created" in company.out
    assert 'target has "TestCompany"' in company.out


def test_a_hand_edit_is_seen_beside_what_the_rule_says(desk: Desk) -> None:
    assert desk.apply("-q").code == 0
    desk.app.store.change("ContractCharges", 1, {"name": "Edited by hand"})
    name = line(told(desk, "charge", CHARGE), "set", "name")
    assert (name["value"], name["current"]) == ("Onboarding and mailbox migration", "Edited by hand")


def test_a_skipped_record_says_why(desk: Desk) -> None:
    ran = explain(desk, "contract", "0051960")
    assert ran.code == 0
    assert "skipped: psa.Contracts" in ran.out
    assert "M060 table accounts leaves 0051960 out (only export=yes)" in ran.out


def test_a_held_record_says_what_it_waits_for_and_which_row_to_add(desk: Desk) -> None:
    desk.edit("tables/accounts.csv", "0048213,yes,174,create\n", "")
    ran = explain(desk, "contract", "0048213")
    assert ran.code == 0
    assert "held: psa.Contracts" in ran.out
    assert "table accounts, give contract -> M030 table accounts has no row for 0048213" in ran.out
    assert "add this line to" in ran.out
    assert "not worked out: it needs" in ran.out


def test_a_failed_value_is_shown_at_its_step(desk: Desk) -> None:
    desk.edit(
        desk.own_rules(),
        "chargeType: settings.charge_type\n        name: ",
        "chargeType: {select: settings.charge_type, type: {text: {max: 5}}}\n        name: ",
    )
    found = told(desk, "charge", CHARGE)
    assert found["action"] == "fail"
    name = line(found, "set", "chargeType")
    assert (name["steps"][-1]["step"], name["steps"][-1]["problem"]["code"]) == ("type", "E013")
    assert found["problems"][0]["line"] == name["line"]


def test_an_unknown_key_or_rule_is_refused_with_the_nearest(desk: Desk) -> None:
    key, rule = explain(desk, "quantity", "0048213/LYN002N"), explain(desk, "quantty", "x")
    assert (key.code, rule.code) == (1, 1)
    assert "W051" in key.err
    assert "Did you mean `0048213/LYN002NR`?" in key.err
    assert "R083 intermedia-autotask has no rule 'quantty'" in rule.err


def test_a_look_up_that_failed_is_shown_with_what_it_asked(desk: Desk) -> None:
    desk.edit(
        desk.own_rules(),
        "code: {read: psa.BillingCodes, where: {name: {const: Taxable Products}",
        "code: {read: psa.BillingCodes, where: {name: {const: Nothing}",
    )
    found = told(desk, "product", "STP001NO")
    asked = line(found, "with", "code")["steps"][0]
    assert found["action"] == "fail"
    assert asked["text"].startswith("psa.BillingCodes where name = Nothing")
    assert asked["problem"]["code"] == "M040"


def test_a_reference_to_what_waits_is_shown_as_the_reason(desk: Desk) -> None:
    desk.edit("tables/accounts.csv", "0048213,yes,174,create\n", "")
    contract = line(told(desk, "charge", CHARGE), "with", "contract")["steps"][0]
    assert (contract["step"], contract["text"], contract["problem"]["code"]) == ("ref", "contract 0048213", "M061")


def test_a_record_that_is_not_read_names_the_condition_that_leaves_it_out(desk: Desk) -> None:
    ran = explain(desk, "charge", CHARGE, "--set", "window_days=1")
    assert ran.code == 1
    assert "`where` leaves it out: transaction.latestServiceDate is 2019-05-13 (line " in ran.err


def test_explaining_writes_nothing(desk: Desk) -> None:
    before = desk.files()
    explain(desk, "charge", CHARGE)
    assert desk.files() == before
    assert desk.writes() == []


def test_a_precondition_that_stops_the_integration_is_told(desk: Desk) -> None:
    for code in [each for each in desk.records("BillingCodes") if each["name"] == "managed services"]:
        desk.app.store.change("BillingCodes", code["id"], {"isActive": False})
    ran = explain(desk, "charge", CHARGE)
    assert ran.code == 3
    assert "managed services" in ran.err
