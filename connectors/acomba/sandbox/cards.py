"""Cards: clients, suppliers and products; their number is unique, and may change, while the CardPos stays."""

from __future__ import annotations

from collections.abc import Mapping

from rules_run.errors import ValueFault
from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record

from .books import NUMBERS, Books, typed
from .refusal import Refusal, business, malformed

ID = "NoUniqueSystemeSource"


class Exists(Exception):
    """The number is taken by a card that is there."""

    def __init__(self, card: Record, message: str) -> None:
        super().__init__(message)
        self.card, self.message = card, message


def create(books: Books, resource: Resource, body: object) -> Record:
    """Make a card and return it; raise Exists where its number is taken."""
    sent = {"EstActif": True, **read_body(resource, body)}
    sent = {name: value for name, value in sent.items() if value is not None}
    with books.store.lock:
        _check(books, resource, sent)
        _check_number(books, resource, sent, None)
        made = books.store.insert(resource.name, sent)
        return books.store.get(resource.name, made) or {}


def update(books: Books, resource: Resource, record_id: int, body: object) -> Record:
    """Change a card and return it."""
    sent = read_body(resource, body)
    with books.store.lock:
        before = books.store.get(resource.name, record_id)
        if before is None:
            raise Refusal(404, "INTROUVABLE", f"Fiche introuvable : {record_id}")
        books.reserve(resource.name, before)
        blank: Record = {field.name: None for field in resource.fields.values() if not field.read_only}
        after = {**before, **(blank if books.switches.put_replaces else {}), **sent}
        _check(books, resource, after)
        try:
            _check_number(books, resource, after, record_id)
        except Exists as taken:
            raise Refusal(409, "EXISTE", taken.message) from taken
        books.store.change(resource.name, record_id, after)
        return books.store.get(resource.name, record_id) or {}


def read_body(resource: Resource, body: object) -> Record:
    """Return what may be written of a body; names that nobody knows are passed over."""
    if not isinstance(body, Mapping):
        raise malformed("Le corps de la requête doit être un objet JSON")
    known = {
        name: value for name, value in body.items() if name in resource.fields and not resource.fields[name].read_only
    }
    try:
        return typed(resource.fields, known, resource.name)
    except ValueFault as fault:
        if fault.code == "C105":
            raise business(f"Texte trop long : {fault.message}") from fault
        raise malformed(f"Valeur invalide : {fault.message}") from fault


def require(resource: Resource, record: Mapping[str, object]) -> None:
    """Refuse a record that lacks what it must have."""
    missing = [
        field.name
        for field in resource.fields.values()
        if field.required and not field.read_only and record.get(field.name) is None
    ]
    if missing:
        raise business(f"Champ obligatoire manquant : {', '.join(missing)}")


def _check(books: Books, resource: Resource, card: Record) -> None:
    require(resource, card)
    if (number := card.get("NoGroupeProduit")) is not None and books.group(number) is None:
        raise business(f"Groupe de produits inexistant : {number}")
    if (number := card.get("NoGroupeTaxe")) is not None and number not in books.tax_groups:
        raise business(f"Groupe de taxes inexistant : {number}")
    supplier = card.get("NoFournisseur")
    if resource.name == "Product" and supplier and books.find("Supplier", "NoFournisseur", supplier) is None:
        raise business(f"Fournisseur introuvable : {supplier}")


def _check_number(books: Books, resource: Resource, card: Record, own: int | None) -> None:
    name, called = NUMBERS[resource.name]
    taken = books.find(resource.name, name, card[name])
    if taken is not None and taken[ID] != own:
        raise Exists(taken, f"Le numéro de {called} existe déjà")
