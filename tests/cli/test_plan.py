"""A plan is what will be done: it changes nothing, is applied to the letter, and limits stop what is too much."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .desk import DATE, REPORT, Desk

TENANT = "tenants/testcompany.yaml"
ADJUSTMENT = "ContractServiceAdjustments"


def write_limits(desk: Desk, text: str) -> None:
    desk.edit(TENANT, "    state: live\n", f"    state: live\n    limits: {text}\n")


def test_a_plan_makes_no_file_and_changes_no_record(small: Desk) -> None:
    before = small.files()
    assert small.plan().code == 0
    assert small.files() == before
    assert small.writes() == []


def test_a_plan_leaves_a_ledger_that_is_there_as_it_is(small: Desk) -> None:
    assert small.apply("--quiet").code == 0
    ledger, files, listed = (
        small.folder / ".rules-run" / "testcompany.db",
        small.files(),
        small.run("queue", "list").out,
    )
    content = ledger.read_bytes()
    small.edit(REPORT, ",5,5.50,7.99,", ",5,5.50,8.99,")
    small.app.history.clear()
    assert small.plan("--check-targets").code in {0, 3}
    assert (ledger.read_bytes(), small.files(), small.run("queue", "list").out) == (content, files, listed)
    assert small.writes() == []


def test_the_detailed_exit_code_tells_whether_there_is_something_to_do(small: Desk) -> None:
    assert small.plan("--detailed-exitcode").code == 2
    assert small.apply("--quiet").code == 0
    assert small.plan("--detailed-exitcode").code == 0


def test_a_saved_plan_is_applied_to_the_letter(small: Desk, tmp_path: Path) -> None:
    saved = str(tmp_path / "plans" / "june.json")
    assert small.plan("--out", saved).code == 0
    applied = small.apply("--plan", saved, "--quiet")
    assert applied.code == 0
    assert "Applied: 6 created, 1 adopted." in applied.out
    assert small.plan("--detailed-exitcode").code == 0


def test_what_came_after_a_plan_was_saved_is_not_applied_with_it(desk: Desk, tmp_path: Path) -> None:
    whole = (desk.folder / REPORT).read_text(encoding="utf-8")
    desk.keep("LYN002NR")
    saved = str(tmp_path / "plan.json")
    assert desk.plan("--out", saved).code == 0
    (desk.folder / REPORT).write_text(whole, encoding="utf-8")
    assert desk.apply("--plan", saved, "--quiet").code == 0
    assert [service["name"] for service in desk.records("Services")] == ["PLN004NR", "LYN002NR"]
    assert desk.records("ContractCharges") == []


def test_a_document_whose_source_moved_is_stale_and_left_out_while_the_rest_goes_on(
    small: Desk, tmp_path: Path
) -> None:
    saved = str(tmp_path / "plan.json")
    assert small.plan("--out", saved).code == 0
    small.edit(REPORT, "One-time,05/13/2019,05/13/2019,1,", "One-time,05/13/2019,05/13/2019,2,")
    applied = small.apply("--plan", saved, "--quiet")
    assert applied.code == 6
    assert "stale" in applied.out
    assert (len(small.records(ADJUSTMENT)), len(small.records("ContractCharges"))) == (1, 0)


def test_a_document_whose_target_moved_is_stale_and_nothing_that_needs_it_is_written(
    small: Desk, tmp_path: Path
) -> None:
    saved = str(tmp_path / "plan.json")
    assert small.plan("--out", saved).code == 0
    small.app.give(
        "Services", [{"id": 77, "name": "LYN002NR", "periodType": "Monthly", "unitPrice": 1, "billingCodeID": 29683}]
    )
    applied = small.apply("--plan", saved, "--quiet")
    assert applied.code == 6, applied.said
    assert "Unknown" not in applied.said
    assert len(small.records("Services")) == 2
    assert len(small.records("ContractCharges")) == 1
    assert small.apply("--quiet").code == 0
    assert len(small.records(ADJUSTMENT)) == 1


@pytest.mark.parametrize("content", ["", "{}", "not json", '{"format": "rules-run-plan", "version": 99}'])
def test_what_is_no_saved_plan_is_refused(small: Desk, tmp_path: Path, content: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content, encoding="utf-8")
    refused = small.apply("--plan", str(file))
    assert refused.code == 1
    assert "is not a saved plan" in refused.err
    assert "Plan again with --out" in refused.err
    assert small.writes() == []


def test_a_plan_for_another_tenant_is_refused(small: Desk, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    assert small.plan("--out", str(saved)).code == 0
    saved.write_text(saved.read_text(encoding="utf-8").replace('"tenant": "testcompany"', '"tenant": "nordlys"'))
    refused = small.apply("--plan", str(saved))
    assert refused.code == 1
    assert "nordlys" in refused.err


def test_a_plan_as_json_says_what_is_known_only_after_apply(small: Desk) -> None:
    plan = json.loads(small.plan("--output-format", "json").out)
    (integration,) = plan["integrations"]
    charge = next(each for each in integration["documents"] if each["rule"] == "charge")
    assert charge["after_unknown"] == ["contractID", "productID"]
    assert charge["amount"] == "150"
    assert {"field": "unitPrice", "before": None, "after": "150"} in charge["changes"]


def test_creates_beyond_the_limit_stop_before_the_first_write_and_one_approval_lets_them_pass_once(small: Desk) -> None:
    write_limits(small, "{creates: 3}")
    stopped = small.apply()
    assert stopped.code == 5
    assert "6 documents to create, the limit is 3" in stopped.err
    assert small.writes() == []
    found = re.search(r"--approve ([0-9a-f]+)", stopped.err)
    assert found is not None
    assert small.apply("--approve", "0" * 12).code == 5
    assert small.writes() == []
    approved = small.apply("--approve", found[1], "--quiet")
    assert approved.code == 0
    assert "6 created" in approved.out

    for record in ("LYN003NR", "LYN004NR", "LYN005NR", "LYN006NR"):
        add_row(small, record)
    assert small.apply("--approve", found[1]).code == 5


def add_row(desk: Desk, sku: str) -> None:
    path = desk.folder / REPORT
    text = path.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if ",LYN002NR," in line)
    path.write_text(text + row.replace("LYN002NR", sku) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ("{money: 100}", "150.00 in new documents, the limit is 100"),
        ("{failures: 0}", "1 documents fail, the limit is 0"),
    ],
)
def test_other_limits_stop_a_run_just_so(small: Desk, limits: str, says: str) -> None:
    write_limits(small, limits)
    if "failures" in limits:
        small.edit(
            TENANT,
            "default_manager: mreyes",
            "default_manager: mreyes\n      vendor_phone: '+1 800 379 7729 extension 12345'",
        )
    stopped = small.apply()
    assert stopped.code == 5, stopped.said
    assert says in stopped.err
    assert small.writes() == []


def test_a_hand_edit_in_autotask_is_seen_with_check_targets_and_mended(small: Desk) -> None:
    rules = small.own_rules()
    small.edit(rules, "      set_once:\n        description:", "      set:\n        description:")
    small.edit(
        rules, "vendorCompanyID: vendor.id\n        periodType", "vendorCompanyID: vendor.id\n        periodType"
    )
    assert small.apply("--quiet").code == 0
    service = next(each for each in small.records("Services") if each["name"] == "LYN002NR")
    small.app.store.change("Services", service["id"], {"description": "changed by hand"})

    assert small.plan("--detailed-exitcode").code == 0
    drift = small.plan("--check-targets")
    assert "description  changed by hand -> Skype for Business Enterprise Users" in drift.out
    mended = small.apply("--check-targets", "--quiet")
    assert "Applied: 1 updated." in mended.out
    assert small.app.store.get("Services", service["id"])["description"] == "Skype for Business Enterprise Users"  # type: ignore[index]
    assert small.plan("--check-targets", "--detailed-exitcode").code == 0


def test_a_changed_version_of_the_rules_makes_a_saved_plan_of_the_old_one_stale(small: Desk, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    assert small.plan("--out", saved).code == 0
    small.edit(
        small.own_rules(),
        "        unitQuantity: item.quantity\n",
        "        unitQuantity: item.quantity\n        notes: {const: new}\n",
    )
    applied = small.run("apply", "--plan", saved, "--quiet", "--date", DATE)
    assert applied.code == 6
    assert small.records("ContractCharges") == []


def test_what_refers_to_a_stale_document_waits_with_it(small: Desk, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    assert small.plan("--out", saved).code == 0
    applied = small.run("apply", "--plan", saved, "--quiet", "--date", "2019-06-05")
    assert applied.code == 6, applied.said
    assert "3 documents have moved since the plan" in applied.out
    assert "need you" not in applied.out
    assert small.records("Contracts") == []
    assert small.records("ContractCharges") == []
    assert small.records(ADJUSTMENT) == []
    assert len(small.records("Services")) == 2
    assert small.apply("--quiet").code == 0
    assert (len(small.records("Contracts")), len(small.records("ContractCharges"))) == (1, 1)
