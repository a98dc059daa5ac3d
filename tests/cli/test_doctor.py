"""`doctor` and `connectors refresh`: what keeps a tenant from its work, and what has changed at a vendor."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rules_run.connect.registry import open_connector
from rules_run.connect.transport import Answer, Outgoing, Passing
from rules_run.connect.wsgi import WsgiTransport
from rules_run.model.secret import Secret
from rules_run.runtime.examining import examine_account
from rules_run.sandbox import Fault

from .desk import ENVIRONMENT, Desk, call
from .test_effort import autotask, data, run, workspace

LOGIN = {
    "user": ENVIRONMENT["AUTOTASK_USER"],
    "secret": ENVIRONMENT["AUTOTASK_SECRET"],
    "integration_code": ENVIRONMENT["AUTOTASK_INTEGRATION_CODE"],
}


def renamed(resource: str, **change: Any) -> dict[str, Any]:
    return {"effect": "answer", "resource": resource, "verb": "describe", "times": None, "status": 200, **change}


def test_everything_that_a_run_needs_is_looked_at_and_nothing_is_written(desk: Desk) -> None:
    found = desk.run("doctor")
    assert found.code == 0, found.said
    for line in (
        "cloud: read Items: works",
        "psa: log-in: works",
        "psa: create Contracts: allowed",
        "psa: read ContractServiceUnits: allowed",
        "psa: mark of ContractCharges: internalPurchaseOrderNumber holds our mark",
        "psa: clock: agrees",
    ):
        assert line in found.out
    assert desk.writes() == []
    assert not (desk.folder / ".rules-run").exists()
    assert "ledger: file: " in found.out


def test_the_ledger_is_looked_at_once_there_is_one(desk: Desk) -> None:
    assert desk.apply("--quiet").code == 0
    assert "ok   ledger: synchronous: FULL" in desk.run("doctor").out
    file = next((desk.folder / ".rules-run").glob("*.db"))
    file.chmod(0o644)
    found = desk.run("doctor")
    assert found.code == 3
    assert re.search(r"BAD  ledger: mode: .* may be read by others \(mode 644\): chmod 600 ", found.out)


@pytest.mark.parametrize("name", ["testcompany.db.before-1", "testcompany.outcomes.jsonl", "."])
def test_whatever_the_folder_of_the_ledger_holds_is_for_its_owner_alone(desk: Desk, name: str) -> None:
    assert desk.apply("--quiet").code == 0
    path = desk.folder / ".rules-run" / name
    if name != ".":
        path.touch(0o600)
    assert "what is in it may be used by its owner alone" in desk.run("doctor").out
    path.chmod(path.stat().st_mode | 0o050)
    found = desk.run("doctor")
    assert found.code == 3
    assert re.search(
        rf"BAD  ledger: mode: {re.escape(str(path))} may be read by others \(mode \d50\): chmod", found.out
    )


def test_a_file_with_a_secret_that_everybody_may_read_is_told(desk: Desk) -> None:
    secret = desk.folder / "secret.txt"
    secret.write_text(ENVIRONMENT["AUTOTASK_SECRET"])
    desk.edit("tenants/testcompany.yaml", "{env: AUTOTASK_SECRET}", "{file: secret.txt}")
    secret.chmod(0o604)
    found = desk.run("doctor", "--quiet")
    assert found.code == 0
    assert f"note psa: settings: the file of `secret` may be read by everybody on this machine: chmod o= {secret}" in (
        found.out
    )
    secret.chmod(0o600)
    assert "may be read by" not in desk.run("doctor").out.replace("used by its owner alone", "")


def test_a_wrong_password_is_told_and_hides_nothing_else(desk: Desk) -> None:
    desk.environment["AUTOTASK_SECRET"] = "another-canary"
    found = desk.run("doctor")
    assert found.code == 3
    assert "BAD  psa: log-in: " in found.out
    assert "(401)" in found.out
    assert "cloud: read Items: works" in found.out
    assert "another-canary" not in found.said


def test_a_file_that_is_not_there_is_told(desk: Desk) -> None:
    (desk.folder / "data" / "exportable_billing_report.csv").unlink()
    found = desk.run("doctor")
    assert found.code == 3
    assert re.search(r"BAD  cloud: read Items: The file .*report.csv is not there", found.out)


def test_a_restricted_log_in_is_told_before_it_makes_anything_twice(tmp_path: Path) -> None:
    user = {**LOGIN, "sees": {"TicketCharges": {"ticketID": [1]}, "BillingCodes": "none"}}
    with workspace(tmp_path, autotask(data(2, users=[user]))) as folder:
        found = run(folder, "doctor", "--quiet")
    assert found.code == 3
    assert "note psa: read TicketCharges: allowed for some records only" in found.out
    assert "BAD  psa: read BillingCodes: not allowed to this log-in" in found.out
    assert "Not guaranteed here" in found.out
    assert "ok   " not in found.out


NUMBERS = """\
language: 1
name: numbers
version: 1.0.0
description: Invoices get the numbers of another system.
connectors: {psa: autotask}
rules:
  invoice:
    description: One number an invoice.
    from: {read: psa.Invoices, as: invoice}
    key: invoice.id
    to:
      write: psa.Invoices
      mode: update
      match: {id: invoice.id}
      set: {invoiceNumber: "N{{ invoice.id }}"}
"""


def test_who_gives_numbers_is_asked_of_a_person(tmp_path: Path) -> None:
    with workspace(tmp_path, autotask(data(1))) as folder:
        (folder / "rules" / "numbers").mkdir()
        (folder / "rules" / "numbers" / "numbers.rules.yaml").write_text(NUMBERS, encoding="utf-8")
        tenant = folder / "tenants" / "nordlys.yaml"
        tenant.write_text(tenant.read_text("utf-8") + "  numbers: {state: live}\n", encoding="utf-8")
        found = run(folder, "doctor", "--quiet")
    assert found.code == 0, found.said
    assert "note psa: numbering of Invoices: the rules write it" in found.out


def test_a_clock_that_is_wrong_is_told(tmp_path: Path) -> None:
    class Skewed(WsgiTransport):
        def exchange(self, outgoing: Outgoing, at: Passing) -> Answer:
            answer = super().exchange(outgoing, at)
            return Answer(status=answer.status, headers={"date": "Tue, 04 Jun 2019 10:00:00 GMT"}, body=answer.body)

    given = {"user": "a@b.example", "secret": Secret("s"), "integration_code": Secret("c"), "url": "http://127.0.0.1/"}
    connector = open_connector("autotask", "psa", given, None, Skewed(autotask(data(1))))
    (clock,) = [each for each in examine_account(connector, []) if each.what == "psa: clock"]
    assert clock.level == "unsure"
    assert "seconds behind this machine's" in clock.says


def test_a_catalogue_that_agrees_with_its_system_is_told_so(tmp_path: Path) -> None:
    with workspace(tmp_path, autotask(data(1))) as folder:
        found = run(folder, "connectors", "refresh", "psa")
    assert found.code == 0, found.said
    assert re.fullmatch(r"\d\d resources compared: none differ\.\n", found.out)


def test_what_has_changed_at_the_vendor_is_told_field_by_field(tmp_path: Path) -> None:
    app = autotask(data(1))
    with workspace(tmp_path, app) as folder:
        run(folder, "connectors", "refresh", "psa", "--resource", "Taxes")
        told = [
            {"name": "id", "dataType": "long", "isRequired": True, "isReadOnly": True},
            {"name": "taxName", "dataType": "string", "length": 50, "isRequired": True, "isReadOnly": False},
            {"name": "taxRate", "dataType": "string", "isPickList": True, "isReadOnly": True},
            {"name": "taxCode", "dataType": "string", "length": 10},
        ]
        app.faults.add(Fault.from_json(renamed("Taxes", body={"fields": told})))
        found = run(folder, "connectors", "refresh", "psa", "--resource", "Taxes", "--resource", "Companies")
    assert found.code == 3
    for line in (
        "psa.Taxes.taxName length is 50; the catalogue says 100",
        "psa.Taxes.taxRate is string; the catalogue says decimal",
        "psa.Taxes.taxRate picklist is true; the catalogue says false",
        "psa.Taxes.taxCode is new (string)",
        "psa.Taxes.isCompounded is gone",
        "2 resources compared: 1 differs.",
    ):
        assert line in found.out
    assert "psa.Companies." not in found.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere",), "has no connector 'nowhere'"),
        (("psa", "--resource", "Taxxes"), "psa has no resource Taxxes"),
    ],
)
def test_what_cannot_be_compared_is_told(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    with workspace(tmp_path, autotask(data(1))) as folder:
        found = run(folder, "connectors", "refresh", *words)
    assert found.code == 7
    assert says in found.said


def test_a_system_without_a_description_of_itself_is_told(desk: Desk) -> None:
    found = desk.run("connectors", "refresh", "cloud")
    assert found.code == 7
    assert "intermedia does not describe itself" in found.said


def test_connectors_are_still_shown_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "tenants").mkdir()
    assert "TicketCharges" in call(["-C", str(tmp_path), "connectors", "autotask"], {}).out
    assert "taxRate" in call(["-C", str(tmp_path), "connectors", "show", "autotask", "Taxes"], {}).out
