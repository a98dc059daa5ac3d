"""A small company's books in Acomba, and a client that speaks to their stand-in without a network."""

from __future__ import annotations

import json
from base64 import b64encode
from decimal import Decimal
from typing import Any

from werkzeug.test import Client, TestResponse

from rules_run.connect.registry import load_sandbox, open_catalogue
from rules_run.sandbox import SandboxApp

LICENCE = {"licence": "NORDLYS", "secret": "clé:secrète"}
RECORDS: dict[str, list[dict[str, Any]]] = {
    "ProductGroup": [
        {"NoUniqueSystemeSource": 2, "NoGroupeProduit": 1, "Description": "Services"},
        {"NoUniqueSystemeSource": 3, "NoGroupeProduit": 20, "Description": "Matériel"},
    ],
    "Customer": [
        {"NoUniqueSystemeSource": 2, "NoClient": "0Comptoir", "Nom": "Vente au comptoir"},
        {"NoUniqueSystemeSource": 3, "NoClient": "10005", "Nom": "L'Étoile du Nord", "NoGroupeTaxe": 1},
        {"NoUniqueSystemeSource": 4, "NoClient": "10006", "Nom": "Ancien", "EstActif": False},
        {"NoUniqueSystemeSource": 5, "NoClient": "10007", "Nom": "Ministère", "NoGroupeTaxe": 3},
        {"NoUniqueSystemeSource": 6, "NoClient": "10008", "Nom": "Ontario Ltd", "NoGroupeTaxe": 2},
    ],
    "Supplier": [{"NoUniqueSystemeSource": 2, "NoFournisseur": "F1", "Nom": "Grossiste"}],
    "Product": [
        {
            "NoUniqueSystemeSource": 2,
            "NoProduit": "CAThermo",
            "Description": "Thermomètre",
            "NoGroupeProduit": 20,
            "PrixVente": "24.99",
        },
        {
            "NoUniqueSystemeSource": 3,
            "NoProduit": "VIEUX",
            "Description": "Retiré",
            "NoGroupeProduit": 20,
            "EstActif": False,
        },
    ],
}
INVOICE: dict[str, Any] = {
    "TypeDoc": "FACTURES",
    "Référence": "AT-10231",
    "Description": "Avril",
    "DateFacture": "2024-04-24",
    "InfoClientFacturerA": {"NoClient": "10005"},
    "LigneFacture": [{"strNoGroupeProduit": "1", "QteFacture": 1, "PrixFinal": 100}],
}

HOSTILE = [
    "O'Brien",
    "'",
    "''",
    "' or NoClient ne '",
    "x' or 'x' eq 'x",
    "a) or (NoClient eq 'b",
    "100% L'Étoile & fils",
    "null",
    "true",
    "12",
    "-1",
    "2024-04-24",
    "a,b",
    "a b  c",
    " devant",
    "(",
    "))",
    "\\'",
    "\\",
    '"',
    '""',
    "#1",
    "?a=b&c=d",
    "+1 514",
    "%27",
    "%",
    "$filter",
    "eq",
    "and",
    "a/b",
    "é" * 5,
    "e\u0301",
    "日本語",
    "🙂",
    "\u202eabc",
    "\u00a0",
    "\t",
    "ligne\nligne",
    "a;b",
    "<b>",
    "&lt;",
    "{0}",
    "{value}",
    "{{x}}",
    "${jndi}",
    "DROP TABLE",
    "--",
    "/*",
    "@",
    "'; --",
    "ǅ",
]
"""Names that are hard on a filter; the connector's own tests send each there and back."""


def stand_in(**data: Any) -> SandboxApp:
    """Make a stand-in: keyword arguments replace parts of its data."""
    standard = {"today": "2024-04-24", "licences": [LICENCE], "records": RECORDS, "first_invoice": 10082}
    return load_sandbox("acomba")({**standard, **data}, open_catalogue("acomba", None))  # type: ignore[no-any-return]


class Bridge:
    """Calls a stand-in in process, logged in."""

    def __init__(self, **data: Any) -> None:
        self.app = stand_in(**data)
        self.http = Client(self.app)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        """Send one request below the entities."""
        sent = {"Authorization": basic(**LICENCE), **{name.replace("_", "-"): text for name, text in headers.items()}}
        text = None if body is None else json.dumps(body)
        return self.http.open(f"/api/Entity/{path}", method=method, data=text, headers=sent)

    def find(self, entity: str, filter: str = "", **parameters: str) -> list[dict[str, Any]]:  # noqa: A002
        """Return the records of a list that must be a success."""
        asked = {"$filter": filter, **{f"${name}": text for name, text in parameters.items()}}
        given = {name: text for name, text in asked.items() if text}
        headers = {"Authorization": basic(**LICENCE)}
        answer = self.http.get(f"/api/Entity/{entity}", query_string=given, headers=headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return list(read(answer)["value"])

    def refused(self, method: str, path: str, body: object = None, status: int = 422, **headers: str) -> str:
        """Return the message of an answer that must be a refusal."""
        answer = self.call(method, path, body, **headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        told = read(answer)
        assert set(told) == {"Code", "Message"}
        return str(told["Message"])

    def make(self, entity: str, **fields: Any) -> dict[str, Any]:
        """Make a record and return what is answered."""
        answer = self.call("POST", entity, fields, If_None_Match="*")
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return dict(read(answer))

    def bill(self, *lines: dict[str, Any], **header: Any) -> dict[str, Any]:
        """Make an invoice and return what is answered."""
        return self.make("CustomerInvoice", Facture=invoice(*lines, **header))

    def unbilled(self, *lines: dict[str, Any], status: int = 422, **header: Any) -> str:
        """Return why an invoice is refused."""
        return self.refused("POST", "CustomerInvoice", {"Facture": invoice(*lines, **header)}, status)


def invoice(*lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    """Return the usual invoice with other lines or another header; what is None is left out."""
    made = {**INVOICE, **({"LigneFacture": list(lines)} if lines else {}), **header}
    return {name: value for name, value in made.items() if value is not None}


def basic(licence: str, secret: str) -> str:
    """Return the header of a log-in."""
    return "Basic " + b64encode(f"{licence}:{secret}".encode()).decode()


def read(answer: TestResponse) -> Any:
    """Return the JSON of an answer with exact amounts."""
    return json.loads(answer.get_data(), parse_float=Decimal)
