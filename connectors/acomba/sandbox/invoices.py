"""Invoices of customers: what Acomba checks, takes from its cards, and reckons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record

from .books import Books
from .cards import read_body, require
from .refusal import business, malformed

CENT = Decimal("0.01")
INVOICE = "FACTURES"
KINDS = (INVOICE, "COMMANDES", "SOUMISSIONS", "ACHATS")
TAXES = ("TPS", "TVQ")
SHOWN = ("NoFacture", "NoUniqueSystemeSource", "SousTotal", *TAXES, "Total")
"""What the answer to a create holds."""
WRAP = "Facture"


def create(books: Books, resource: Resource, body: object) -> Record:
    """Make an invoice and return what the bridge answers."""
    sent = read_body(resource, _unwrapped(books, body))
    _check_kind(sent.get("TypeDoc"))
    with books.store.lock:
        client = _client(books, sent.get("InfoClientFacturerA"))
        lines = _lines(books, sent.get("LigneFacture"))
        require(resource, sent)
        _check_date(books, str(sent["DateFacture"]))
        record: Record = {
            **sent,
            "NoFacture": _next_number(books),
            "InfoClientFacturerA": {"NoClient": client["NoClient"], "Nom": client.get("Nom")},
            "LigneFacture": lines,
            **_totals(books, client, lines),
        }
        made = books.store.get(resource.name, books.store.insert(resource.name, record)) or {}
    return {name: made[name] for name in SHOWN}


def cents(value: Decimal) -> Decimal:
    """Round to the cent, half up (away from zero, so that a credit is the mirror of its invoice)."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def _unwrapped(books: Books, body: object) -> object:
    if not books.switches.wrapped:
        return body
    if not isinstance(body, Mapping) or not isinstance(body.get(WRAP), Mapping):
        raise malformed(f"Le corps de la requête ne contient pas de « {WRAP} »")
    return body[WRAP]


def _check_kind(kind: object) -> None:
    if kind not in KINDS:
        raise business(f"Type de document invalide : {kind}")
    if kind != INVOICE:
        raise business(f"Type de document non pris en charge ici : {kind}")


def _client(books: Books, named: object) -> Record:
    number = named.get("NoClient") if isinstance(named, Mapping) else None
    client = books.find("Customer", "NoClient", number) if number else None
    if client is None:
        raise business(f"Client introuvable : {number or ''}".rstrip())
    if client.get("EstActif") is False:
        raise business(f"Client inactif : {number}")
    if books.switches.invoices_reserve:
        books.reserve("Customer", client)
    return client


def _check_date(books: Books, day: str) -> None:
    if books.closed is not None and date.fromisoformat(day) <= books.closed:
        raise business("La date est dans une période fermée")


def _lines(books: Books, sent: object) -> list[Record]:
    if not isinstance(sent, list) or not sent:
        raise business("Aucune ligne de facture")
    return [_line(books, each) for each in sent]


def _line(books: Books, sent: object) -> Record:
    if not isinstance(sent, Mapping):
        raise malformed("Une ligne de facture doit être un objet JSON")
    line: Record = dict(sent)
    if sent.get("strNoProduit") or sent.get("NoProduit_NoUniqueSystemeSource"):
        line = _of_product(books, line)
    elif sent.get("strNoGroupeProduit"):
        if books.group(sent["strNoGroupeProduit"]) is None:
            raise business(f"Groupe de produits inexistant : {sent['strNoGroupeProduit']}")
    else:
        return line
    quantity, price = line.get("QteFacture"), line.get("PrixFinal")
    if not isinstance(quantity, Decimal | int) or not isinstance(price, Decimal | int):
        raise business("Une ligne de facture demande une quantité et un prix")
    amount = Decimal(quantity * price if books.switches.unit_prices else price)
    return {"QteCommande": quantity, **line, "Montant": cents(amount) if books.switches.lines_rounded else amount}


def _of_product(books: Books, line: Record) -> Record:
    """Return a line with what it leaves to the card of its product."""
    position = line.get("NoProduit_NoUniqueSystemeSource")
    if position:
        product = books.store.get("Product", int(str(position)) if str(position).isdigit() else -1)
    else:
        product = books.find("Product", "NoProduit", line["strNoProduit"])
    if product is None:
        raise business(f"Produit introuvable : {position or line['strNoProduit']}")
    if product.get("EstActif") is False:
        raise business(f"Produit inactif : {product['NoProduit']}")
    if books.switches.invoices_reserve:
        books.reserve("Product", product)
    given = {name: value for name, value in line.items() if value is not None}
    return {
        "DescriptionLigne": product.get("Description"),
        "PrixFinal": product.get("PrixVente"),
        **given,
        "strNoProduit": product["NoProduit"],
        "strNoGroupeProduit": str(product["NoGroupeProduit"]),
    }


def _totals(books: Books, client: Record, lines: list[Record]) -> Record:
    """Return the sum of the lines and each tax on it, none on another tax."""
    net = cents(sum((Decimal(str(line.get("Montant", 0))) for line in lines), Decimal(0)))
    # A client without a group has the first one.
    group = client.get("NoGroupeTaxe")
    taxed = books.tax_groups.get(group, ()) if isinstance(group, int) else next(iter(books.tax_groups.values()), ())
    taxes = {name: cents(net * _rate(books, name) / 100) if name in taxed else cents(Decimal(0)) for name in TAXES}
    return {"SousTotal": net, **taxes, "Total": net + sum(taxes.values())}


def _rate(books: Books, name: str) -> Decimal:
    tax = books.find("Tax", "NoTaxe", name)
    return Decimal(str(tax["Taux"])) if tax is not None and tax.get("Taux") is not None else Decimal(0)


def _next_number(books: Books) -> str:
    numbers = (str(row.get("NoFacture") or "") for row in books.store.rows("CustomerInvoice"))
    return str(max([books.first_invoice - 1, *(int(number) for number in numbers if number.isdigit())]) + 1)
