"""Invoices to Acomba by the command line: locks, lost answers, and a reference that nobody can search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules_run.sandbox import SandboxApp
from rules_run.sandbox.serving import serve

from ..cli.desk import Ran, call
from ..sandbox.acomba import LICENCE, RECORDS, stand_in

RULES = """\
language: 1
name: bills
version: 1.0.0
description: Rows of a file become invoices.
connectors: {src: files, erp: acomba}
rules:
  bill:
    from: {read: src.Bills, as: row}
    key: row.number
    again: true
    to:
      write: erp.CustomerInvoice
      mode: create
      marker: {Référence: "AT-{{ key }}"}
      set:
        TypeDoc: {const: FACTURES}
        DateFacture: {const: "2024-04-24"}
        InfoClientFacturerA.NoClient: row.client
        LigneFacture:
          - set:
              strNoGroupeProduit: {const: "1"}
              QteFacture: {const: 1}
              PrixFinal: {select: row.amount, type: money}
"""
TENANT = """\
language: 1
tenant: nordlys
time_zone: America/Toronto
connectors:
  src:
    type: files
    resources:
      Bills: {{file: bills.csv, key: number}}
  erp:
    type: acomba
    licence: NORDLYS
    secret: {{env: ACOMBA_SECRET}}
    url: "{url}"
{more}
integrations:
  bills: {{}}
"""


class Office:
    """A workspace with one file of bills, and the Acomba that it writes to."""

    def __init__(self, folder: Path, app: SandboxApp, url: str, more: str) -> None:
        self.folder, self.app = folder, app
        for name in ("rules/bills", "tenants"):
            (folder / name).mkdir(parents=True)
        (folder / "rules/bills/bills.rules.yaml").write_text(RULES, encoding="utf-8")
        (folder / "tenants/nordlys.yaml").write_text(TENANT.format(url=url, more=more), encoding="utf-8")
        (folder / "bills.csv").write_text("number,client,amount\n7,10005,100.00\n", encoding="utf-8")

    def run(self, *words: str) -> Ran:
        """Call the command line."""
        return call(["-C", str(self.folder), *words], {"ACOMBA_SECRET": LICENCE["secret"]})

    def invoices(self) -> list[str]:
        """Return the references of the invoices that stand in Acomba."""
        return [str(row["Référence"]) for row in self.app.store.rows("CustomerInvoice")]


@pytest.fixture
def open_office(tmp_path: Path) -> Iterator[Any]:
    """Return what opens an office: `data` for the books, `more` settings of the account as YAML."""
    running = []

    def start(more: str = "", **data: Any) -> Office:
        app = stand_in(**data)
        running.append(serve(app))
        return Office(tmp_path, app, f"http://127.0.0.1:{running[-1].port}", more)

    yield start
    for serving in running:
        serving.stop()


def test_an_invoice_is_made_once_and_the_second_run_is_quiet(open_office: Any) -> None:
    office = open_office()
    assert office.run("apply").code == 0
    again = office.run("apply")
    assert (again.code, office.invoices()) == (0, ["AT-7"]), again.said


def test_a_locked_card_makes_the_invoice_wait_and_is_told(open_office: Any) -> None:
    office = open_office(records={**RECORDS, "CardLock": [{"Customer": 3, "Usager": "Marie"}]})
    office.run("apply")
    listed = office.run("queue", "list").said
    assert "Queued" in listed
    assert "La fiche est réservée par un autre usager : 10005" in listed
    assert office.invoices() == []
    office.app.store.remove("CardLock", 1)
    assert "1: Processed" in office.run("queue", "reprocess", "1", "--by", "Ina", "--why", "card closed").said
    assert office.invoices() == ["AT-7"]


def test_a_pending_task_is_waited_for_and_no_second_invoice_is_sent(open_office: Any) -> None:
    pending = {"effect": "answer_before_commit", "status": 504, "verb": "create", "seconds": 0}
    office = open_office(faults=[pending])
    said = office.run("apply").said + office.run("apply").said
    assert "Checking" in office.run("queue", "list").said
    assert "nothing is sent for it until that is settled" in said
    assert [entry.verb for entry in office.app.history.entries() if entry.by == "client"].count("create") == 1
    assert office.invoices() == ["AT-7"]


def test_where_the_reference_cannot_be_searched_a_person_is_asked_and_never_a_second_one_made(open_office: Any) -> None:
    office = open_office(
        "    reference_searchable: false", faults=[{"effect": "answer_after_commit", "status": 504, "verb": "create"}]
    )
    planned = office.run("plan")
    assert "CustomerInvoice to Acomba: at most once. If a send is interrupted you will be asked." in planned.said
    assert "erp: mark of CustomerInvoice: nothing finds it for certain" in office.run("doctor").said
    codes = [office.run("apply").code for _ in range(3)]
    assert (codes[-1], office.invoices()) == (3, ["AT-7"]), office.run("queue", "list").said


def test_with_a_searchable_reference_doctor_and_plan_promise_one(open_office: Any) -> None:
    office = open_office()
    assert "CustomerInvoice to Acomba: exactly once." in office.run("plan").said
    assert "nothing finds it" not in office.run("doctor").said


def test_a_reference_that_is_silently_not_searched_never_makes_a_second_invoice(open_office: Any) -> None:
    office = open_office(
        switches={"reference_search": "nothing"},
        faults=[{"effect": "answer_after_commit", "status": 504, "verb": "create"}],
    )
    for _ in range(3):
        office.run("apply")
    assert office.invoices() == ["AT-7"]
