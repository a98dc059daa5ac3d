"""The Acomba example's workspace between two real sandboxes, with answers that are given up soon."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rules_run.connect.registry import load_sandbox, open_catalogue
from rules_run.sandbox import SandboxApp, serve

from .desk import ROOT, Desk, autotask

EXAMPLE = ROOT / "examples" / "acomba-invoices"
TENANT = "tenants/laurentides.yaml"
ENVIRONMENT = yaml.safe_load((EXAMPLE / "story.yaml").read_text(encoding="utf-8"))["environment"]
NET, TOTAL, TAXES = 100, "114.98", "14.98"
AT_ONCE = "deadline: 0.6\n    settle: 0\n    negative_gap: 0\n"


@dataclass(kw_only=True)
class AcombaDesk(Desk):
    """A workspace, its Autotask (`app`) and its Acomba (`erp`)."""

    erp: SandboxApp

    def bill(self, number: int, company: int = 174) -> None:
        """Make an invoice of 100.00 before taxes in Autotask, without a number."""
        day = "2025-02-28T17:00:00Z"
        dates = {"invoiceDateTime": day, "createDateTime": day}
        amounts = {"invoiceTotal": TOTAL, "totalTaxValue": TAXES}
        self.app.give("Invoices", [{"id": number, "companyID": company, **dates, **amounts, "isVoided": False}])
        line = {"itemName": "Soutien", "billingItemType": "Labor", "subType": "Labor", "billingCodeID": 60}
        amount = {"quantity": 1, "extendedPrice": NET, "nonBillable": 0}
        self.app.give("BillingItems", [{"id": number, "invoiceID": number, "companyID": company, **line, **amount}])

    def number(self, invoice: int) -> str | None:
        """Return the number that an invoice has in Autotask."""
        found = self.app.store.get("Invoices", invoice) or {}
        return found.get("invoiceNumber") or None  # type: ignore[return-value]

    def numbers(self, invoice: int) -> list[str]:
        """Return the numbers of the invoices that Acomba holds for one of Autotask."""
        rows = self.erp.store.rows("CustomerInvoice")
        return [str(row["NoFacture"]) for row in rows if row["Référence"] == f"AT-{invoice}"]

    def references(self) -> Counter[object]:
        """Return how many invoices Acomba holds for each of Autotask."""
        return Counter(row["Référence"] for row in self.erp.store.rows("CustomerInvoice"))

    def blank(self, invoice: int) -> None:
        """Take the number of an invoice away, as somebody does in Autotask."""
        self.app.store.change("Invoices", invoice, {"invoiceNumber": None})


def data_of(system: str) -> dict[str, Any]:
    """Return what stands in one of the example's systems, without what is to be billed."""
    data: dict[str, Any] = yaml.safe_load((EXAMPLE / "data" / f"{system}.yaml").read_text(encoding="utf-8"))
    for name in ("Invoices", "BillingItems", "CardLock"):
        data["records"].pop(name, None)
    return data


@contextmanager
def acomba_desk(folder: Path) -> Iterator[AcombaDesk]:
    """Lay the workspace out in a folder and serve both systems; nothing is to be billed yet."""
    shutil.copytree(EXAMPLE, folder)
    psa = autotask(data_of("autotask"))
    erp: SandboxApp = load_sandbox("acomba")(data_of("acomba"), open_catalogue("acomba", None))
    with serve(psa) as one, serve(erp) as other:
        desk = AcombaDesk(folder=folder, app=psa, erp=erp, url=one.url, environment=dict(ENVIRONMENT))
        desk.edit(TENANT, "http://127.0.0.1:8071", one.url)
        desk.edit(TENANT, "http://127.0.0.1:8072", other.url)
        desk.edit(TENANT, "    settle: 1\n    negative_gap: 1\n", f"    {AT_ONCE}")
        desk.edit(
            TENANT, "    settle: 1 # seconds; a sandbox does not commit late, the real system may\n", "    settle: 0\n"
        )
        desk.edit(TENANT, "    negative_gap: 1\n", "    deadline: 0.6\n    negative_gap: 0\n")
        yield desk
