"""The Acomba integration between two systems in this process, on a clock that only tests move."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rules_run.bundled import bundled
from rules_run.cli.apply_command import apply_all
from rules_run.connect.account import open_account
from rules_run.connect.calls import Calls
from rules_run.connect.catalogue import load_catalogue
from rules_run.connect.contract import Connector
from rules_run.connect.manifest_file import load_manifest
from rules_run.connect.registry import load_sandbox
from rules_run.connect.rest import RestConnector
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import RulesRunError
from rules_run.language.validate import load_integration
from rules_run.ledger.ledger import Ledger
from rules_run.model.catalogue import Catalogue
from rules_run.model.rules import Assignment, Tenant
from rules_run.model.secret import Secret
from rules_run.runtime.operating import reprocess
from rules_run.runtime.ready import Ready
from rules_run.runtime.run import Run
from rules_run.sandbox import Entry, SandboxApp
from rules_run.sandbox.faults import Fault
from rules_run.testing.clock import TestClock, moment

from .world import Ran

MATRIX = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
SYSTEMS = {"psa": "autotask", "erp": "acomba"}
IDS = {"psa": "itemId", "erp": "NoUniqueSystemeSource"}
DAY = "2025-03-03"
SOON, LATER = 1, 80
"""Seconds to a run within the settle time, and to one beyond it and beyond the gap between two looks."""
MOST_RUNS = 30
TIMING = {"deadline": 5, "settle": 60, "negative_gap": 10}
ACCOUNTS: dict[str, dict[str, object]] = {
    "psa": {"user": "api@rule.test", "secret": Secret("a-secret-of-the-tests"), "integration_code": Secret("CODE0001")},
    "erp": {"licence": "RULES", "secret": Secret("une-clé-des-essais")},
}
NO_TICKET, CATEGORY = "NO_TICKET", "ERP Sync Errors"
FIELDS = [{"name": "ERPConnector_ERPInternalId"}]
WORDS: dict[str, dict[str, Any]] = {
    "psa": {
        "user_defined_fields": {"Companies": FIELDS, "Products": FIELDS},
        "picklists": {"Tickets": {"ticketCategory": {5: CATEGORY}}},
    },
    "erp": {"first_invoice": 40217},
}


def invoice(number: int, company: int, charge: int | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return an invoice of 100.00 before taxes with its line, as Autotask holds them."""
    day = "2025-02-28T17:00:00Z"
    whole = {"invoiceDateTime": day, "createDateTime": day, "invoiceTotal": "114.98", "totalTaxValue": "14.98"}
    line = {"itemName": "Pare-feu", "billingItemType": "Charge", "subType": "Charge", "billingCodeID": 61}
    amount = {"quantity": 1, "extendedPrice": 100, "nonBillable": 0, "ticketChargeID": charge}
    return {
        "Invoices": [{"id": number, "companyID": company, **whole, "isVoided": False}],
        "BillingItems": [{"id": number, "invoiceID": number, "companyID": company, **line, **amount}],
    }


def company(number: int, kind: str = "Customer", key: str | None = None) -> dict[str, Any]:
    """Return a company as Autotask holds it."""
    known = {"userDefinedFields": {"ERPConnector_ERPInternalId": key}} if key else {}
    own = {"id": number, "companyName": f"Client {number}", "companyNumber": f"C{number}", "companyType": kind}
    return {**own, "phone": "555", "ownerResourceID": 4, "isActive": True, **known}


RECORDS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "psa": {
        "Companies": [company(100, key="31"), company(174), company(300, "Vendor")],
        "BillingCodes": [{"id": 61, "name": "Matériel", "useType": 4, "externalNumber": "200", "isActive": True}],
        "Products": [
            {"id": 9, "name": "Pare-feu", "internalProductID": "FG40", "productBillingCodeID": 61, "unitPrice": 800}
            | {"defaultVendorID": 300, "isActive": True, "isSerialized": False}
        ],
        "TicketCharges": [
            {"id": 81, "ticketID": 600, "name": "Pare-feu", "chargeType": "Operational", "productID": 9}
            | {"datePurchased": "2025-02-14", "unitQuantity": 1}
        ],
        "TicketCategories": [{"id": 5, "name": CATEGORY, "isActive": True, "displayColorRGB": 1}],
        **invoice(2000, 100),
    },
    "erp": {
        "Customer": [{"NoUniqueSystemeSource": 31, "NoClient": "C100", "Nom": "Client 100", "EstActif": True}],
        "ProductGroup": [{"NoUniqueSystemeSource": 52, "NoGroupeProduit": 200, "Description": "Matériel"}],
    },
}
"""One client that Acomba knows, with an invoice; another one, a vendor and a product that it does not know."""


@cache
def shipped() -> Any:
    """Return the integration as it ships."""
    loaded = load_integration(bundled("rules") / "autotask-acomba" / "autotask-acomba.rules.yaml")
    assert loaded.integration is not None
    return loaded.integration


@cache
def manifest_of(alias: str) -> Any:
    """Return the manifest of a system, read once."""
    return load_manifest(bundled("connectors") / SYSTEMS[alias], check=False)


@cache
def catalogue_of(alias: str) -> Catalogue:
    """Return the catalogue of a system, read once."""
    return load_catalogue(manifest_of(alias).folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One run: what it told, and what reached the systems meanwhile."""

    ran: Ran
    entries: Mapping[str, tuple[Entry, ...]]
    by_hand: bool = False

    def of(self, alias: str, resource: str, verb: str) -> list[Entry]:
        """Return what this run asked of a resource."""
        found = self.entries[alias]
        return [each for each in found if (each.resource, each.verb, each.by) == (resource, verb, "client")]

    @property
    def faulty(self) -> bool:
        """Say whether a fault met this run."""
        return any(each.fault for entries in self.entries.values() for each in entries)


@dataclass(kw_only=True)
class Books:
    """Autotask, Acomba and a ledger in memory, and the runs over them so far."""

    category: str = NO_TICKET
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    clock: TestClock = field(default_factory=lambda: TestClock(moment(DAY, "America/Montreal")))

    def __post_init__(self) -> None:
        self.apps: dict[str, SandboxApp] = {alias: self._stand_in(alias) for alias in SYSTEMS}
        self.tenant = Tenant(name="t", time_zone="America/Montreal", connectors=(), integrations=())
        ledger = Ledger.in_memory(tenant="t", clock=self.clock)
        self._run = Run(
            tenant=self.tenant,
            open_ledger=lambda: ledger,
            clock=self.clock,
            opener=self._open,
            title={"psa": "Autotask", "erp": "Acomba"}.__getitem__,
            date=DAY,
        ).__enter__()
        self.ledger = ledger
        # What was created and is found again proves a search honest.
        assert self.run().ran.code == 0

    def bill(self, charge: int | None = 81) -> None:
        """Give Autotask the invoice that the story is about."""
        for name, rows in invoice(2001, 174, charge).items():
            self.apps["psa"].give(name, rows)

    def order(self, alias: str, fault: Fault) -> None:
        """Have a system fail."""
        self.apps[alias].order(fault)

    def run(self, *, by_hand: bool = False) -> Turn:
        """Apply once with connectors that know of nothing, or let a person reprocess what waits."""
        seen = {alias: len(app.history.entries()) for alias, app in self.apps.items()}
        ran = self._reprocessed() if by_hand else self._applied()
        entries = {alias: app.history.entries()[seen[alias] :] for alias, app in self.apps.items()}
        self.turns.append(Turn(ran=ran, entries=entries, by_hand=by_hand))
        return self.turns[-1]

    def until_quiet(self, *, by_hand: bool = False) -> None:
        """Apply until there is nothing to do; a person reprocesses what waits in between."""
        while len(self.turns) < MOST_RUNS:
            turn = self.run()
            if "Plan: nothing to do" in turn.ran.said and "Check" not in turn.ran.said and turn.ran.code == 0:
                return
            self.clock.advance(SOON if turn.faulty else LATER)
            if by_hand and turn.ran.code == 3:
                self.run(by_hand=True)
        raise AssertionError(f"It never comes to rest:\n{self.turns[-1].ran.said}")

    def made(self, alias: str) -> Counter[str]:
        """Return how many records of each kind were made in a system, truly."""
        entries = self.apps[alias].history.entries()
        return Counter(each.resource for each in entries if each.committed and each.verb == "create")

    def rows(self, alias: str, resource: str) -> list[dict[str, Any]]:
        """Return what a system holds."""
        return self.apps[alias].store.rows(resource)

    def number(self) -> object:
        """Return the number of the invoice that the story is about."""
        return (self.apps["psa"].store.get("Invoices", 2001) or {}).get("invoiceNumber")

    def _applied(self) -> Ran:
        told = io.StringIO()
        self._run.connectors.clear()
        with redirect_stdout(told):
            try:
                code = apply_all(self._run, self.tenant, [self._ready()], None, None, check_targets=False, quiet=False)
            except RulesRunError as error:
                print(error)
                code = error.exit_code
        return Ran(code=code, said=told.getvalue())

    def _reprocessed(self) -> Ran:
        numbers = sorted(doc.id for doc in self.ledger.queue.find(word="Needs you").documents)
        self._run.connectors.clear()
        handled = reprocess(
            self._run, [self._ready()], numbers, who="tester", why="mended", shown=lambda _detail, _planned: None
        )
        return Ran(code=0, said="\n".join(each.text for each in handled))

    def _ready(self) -> Ready:
        integration = shipped()
        defaults = {setting.name: setting.default for setting in integration.settings}
        return Ready(
            tenant=self.tenant,
            integration=integration,
            tables={},
            settings={**defaults, "error_ticket_category": self.category},
            assignment=Assignment(integration=integration.name),
        )

    def _stand_in(self, alias: str) -> SandboxApp:
        kind = SYSTEMS[alias]
        data = {"now": self.clock.now, "records": RECORDS[alias], **WORDS[alias], **self.words.get(alias, {})}
        app: SandboxApp = load_sandbox(kind)(data, catalogue_of(alias))
        return app

    def _open(self, alias: str) -> Connector:
        manifest, settings = manifest_of(alias), {"url": "http://127.0.0.1/", **ACCOUNTS[alias], **TIMING}
        account = open_account(manifest, alias, settings, folder=manifest.folder, environ={})
        calls = Calls(account, manifest.rest, WsgiTransport(self.apps[alias]), wait=self.clock.advance)
        return RestConnector(account, catalogue_of(alias), calls, None)


def fault_of(case: Mapping[str, Any], alias: str, resource: str, verb: Any) -> Fault:
    """Return the fault of a case, for one kind of request."""
    text = yaml.safe_dump(case["fault"]).replace("ID:", f"{IDS[alias]}:").replace("- ID", f"- {IDS[alias]}")
    return Fault.from_json({**yaml.safe_load(text), "resource": resource, "verb": verb})
