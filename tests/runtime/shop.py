"""Small workspaces of the tests' own: orders in a CSV file become bills in another one, or tickets in Autotask."""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules_run.sandbox import SandboxApp, serve

from ..cli.desk import ENVIRONMENT, Ran, autotask, call, example_data

Row = Mapping[str, str]
ORDERS = "{number: text, client: text, kind: text, total: decimal, paid: text}"
CLIENTS = "{id: text, name: text, region: text}"
BILLS = "{number: text, client: text, region: text, total: decimal, kind: text, note: text}"

TENANT = """\
language: 1
tenant: t
time_zone: Europe/Oslo
connectors:
  shop:
    type: files
    resources:
      Orders: {{file: orders.csv, key: number, fields: {orders}}}
      Clients: {{file: clients.csv, key: id, fields: {clients}}}
  books:
    type: files
    deadline: 0.5
    settle: 0
    negative_gap: 0
    resources:
      Bills: {{file: bills.csv, key: number, fields: {bills}}}
      Tickets: {{file: tickets.csv, key: id, fields: {{id: text, text: text, state: text}}}}
{psa}
integrations:
  shop-books: {{state: live{more}}}
"""
PSA = """\
  psa:
    type: autotask
    url: {url}
    user: {{env: AUTOTASK_USER}}
    secret: {{env: AUTOTASK_SECRET}}
    integration_code: {{env: AUTOTASK_INTEGRATION_CODE}}
    deadline: 1
    settle: 0
    negative_gap: 0
"""
HEAD = """\
language: 1
name: shop-books
version: 1.0.0
description: Orders of the shop become bills.
connectors: {{shop: files, books: files{psa}}}
"""


@dataclass(kw_only=True)
class Shop:
    """A workspace with one integration, `shop-books`."""

    folder: Path
    app: SandboxApp | None = None
    url: str = ""

    def rules(self, text: str) -> None:
        """Write the rule file below its head."""
        folder = self.folder / "rules" / "shop-books"
        folder.mkdir(parents=True, exist_ok=True)
        head = HEAD.format(psa=", psa: autotask" if self.app else "")
        (folder / "shop-books.rules.yaml").write_text(head + textwrap.dedent(text), encoding="utf-8")

    def tenant(self, more: str = "") -> None:
        """Write the tenant file; `more` goes on with what it says about the integration."""
        psa = PSA.format(url=self.url) if self.app else ""
        text = TENANT.format(orders=ORDERS, clients=CLIENTS, bills=BILLS, psa=psa, more=more)
        (self.folder / "tenants").mkdir(exist_ok=True)
        (self.folder / "tenants" / "t.yaml").write_text(text, encoding="utf-8")

    def write(self, name: str, rows: Sequence[Row]) -> None:
        """Write a file of the shop or the books."""
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)

    def orders(self, *rows: Row) -> None:
        """Write the orders; what a row does not say is a usual order's."""
        usual = {"number": "1", "client": "A", "kind": "sale", "total": "10.00", "paid": ""}
        self.write("orders.csv", [{**usual, **row} for row in rows])

    def table(self, name: str, text: str) -> None:
        """Write a mapping table beside the rules."""
        folder = self.folder / "rules" / "shop-books" / "tables"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def read(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a file."""
        path = self.folder / name
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def bills(self) -> dict[str, dict[str, str]]:
        """Return the bills by number."""
        return {row["number"]: row for row in sorted(self.read("bills.csv"), key=lambda row: row["number"])}

    def run(self, *words: str) -> Ran:
        """Call the command line."""
        return call(["-C", str(self.folder), *words], ENVIRONMENT)

    def plan(self, *words: str) -> Ran:
        """Plan."""
        return self.run("plan", *words)

    def apply(self, *words: str) -> Ran:
        """Apply."""
        return self.run("apply", *words)

    def records(self, resource: str) -> list[dict[str, Any]]:
        """Return what stands in Autotask."""
        assert self.app is not None
        return self.app.store.rows(resource)

    def creates(self, resource: str) -> int:
        """Return how many records of a resource were made in Autotask."""
        assert self.app is not None
        entries = self.app.history.entries()
        return sum(
            1 for entry in entries if (entry.resource, entry.verb, entry.committed) == (resource, "create", True)
        )


def open_shop(folder: Path) -> Shop:
    """Lay out a workspace without Autotask."""
    folder.mkdir(exist_ok=True)
    shop = Shop(folder=folder)
    shop.tenant()
    shop.orders({})
    shop.write("clients.csv", [{"id": "A", "name": "Aurora", "region": "north"}])
    return shop


@contextmanager
def open_shop_with_autotask(folder: Path) -> Iterator[Shop]:
    """Lay out a workspace beside an Autotask."""
    data = example_data()
    app = autotask(data)
    with serve(app) as serving:
        shop = open_shop(folder)
        shop.app, shop.url = app, serving.url
        shop.tenant()
        yield shop
