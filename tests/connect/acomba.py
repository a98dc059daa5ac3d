"""Accounts of the Acomba connector at stand-ins, with a real network between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from rules_run.connect.registry import open_connector
from rules_run.model.exchange import Condition, Query, Verdict, Write
from rules_run.model.secret import Secret
from rules_run.sandbox import SandboxApp
from rules_run.sandbox.serving import Serving, serve

from ..sandbox.acomba import LICENCE, stand_in

INVOICE: dict[str, Any] = {
    "TypeDoc": "FACTURES",
    "Référence": "AT-10231",
    "DateFacture": "2024-04-24",
    "InfoClientFacturerA.NoClient": "10005",
    "LigneFacture": [{"strNoGroupeProduit": "1", "QteFacture": 1, "PrixFinal": Decimal("100.00")}],
}
CLIENT = {"NoClient": "10010", "Nom": "Neuf"}


class Account:
    """One account of the connector at a stand-in."""

    def __init__(self, app: SandboxApp, serving: Serving, queries: list[str], **settings: object) -> None:
        self.app, self.queries = app, queries
        given = {"licence": LICENCE["licence"], "secret": Secret(LICENCE["secret"]), "deadline": 5, **settings}
        self.connector = open_connector("acomba", "erp", {**given, "url": f"http://127.0.0.1:{serving.port}"}, None)

    def find(self, resource: str, **fields: object) -> list[dict[str, Any]]:
        """Return the records that meet conditions, by `field` or `field__operator`."""
        where = [
            Condition(field=name.partition("__")[0], op=name.partition("__")[2] or "eq", value=value)  # type: ignore[arg-type]
            for name, value in fields.items()
        ]
        return [each for page in self.connector.read(Query(resource=resource, where=tuple(where))) for each in page]

    def create(self, resource: str, **values: object) -> Verdict:
        """Send one creation."""
        return self.send(Write(resource=resource, verb="create", values=values))

    def bill(self, **values: object) -> Verdict:
        """Send one invoice; dotted names may be given as `name__inner`."""
        return self.create("CustomerInvoice", **{**INVOICE, **values})

    def send(self, write: Write) -> Verdict:
        """Send one write."""
        return self.connector.send(self.connector.prepare(write), lambda: None)

    def asked(self) -> list[tuple[str, str]]:
        """Return method and entity of every request that came."""
        return [(each.method, each.path.rpartition("Entity/")[2]) for each in self.app.history.entries()]


Open = Callable[..., Account]


@contextmanager
def accounts() -> Iterator[Open]:
    """Give what opens an account: keyword arguments are its settings, `data` replaces parts of the books."""
    running: list[tuple[Account, Serving]] = []

    def start(data: dict[str, Any] | None = None, **settings: object) -> Account:
        app, queries = stand_in(**(data or {})), []

        def noting(environ: Any, start_response: Any) -> Any:
            queries.append(environ["QUERY_STRING"])
            return app(environ, start_response)

        serving = serve(noting)
        running.append((Account(app, serving, queries, **settings), serving))
        return running[-1][0]

    try:
        yield start
    finally:
        for account, serving in running:
            account.connector.close()
            serving.stop()
