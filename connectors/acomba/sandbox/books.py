"""The books of one company: records, and everything that decides how they may be read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Literal, get_args

from rules_run.connect.scalars import shape
from rules_run.errors import ValueFault
from rules_run.model.catalogue import Catalogue, Field, Resource
from rules_run.model.exchange import Record
from rules_run.sandbox import SandboxStore, wrong_data

from .refusal import locked

Place = Literal["either", "header", "query"]
Search = Literal["works", "nothing", "ignored", "refused"]
LOCKS = "CardLock"
NUMBERS: Mapping[str, tuple[str, str]] = {
    "Customer": ("NoClient", "client"),
    "Supplier": ("NoFournisseur", "fournisseur"),
    "Product": ("NoProduit", "produit"),
}
"""The field that holds the number of each kind of card, and what people call the card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What no source states: each may be turned the other way in the data file. The README says what each means."""

    exists: int = 412
    company_id: Place = "either"
    reference_search: Search = "works"
    paging: bool = True
    most: int | None = None
    put_replaces: bool = True
    wrapped: bool = True
    unit_prices: bool = True
    lines_rounded: bool = True
    invoices_reserve: bool = True
    text_ignores_case: bool = False

    def __post_init__(self) -> None:
        for name, known in (("exists", (201, 409, 412)), ("company_id", get_args(Place))):
            _one_of(name, getattr(self, name), known)
        _one_of("reference_search", self.reference_search, get_args(Search))


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A connector's code licence with its secret; `sees: {CustomerInvoice: none}` hides all records in silence."""

    licence: str
    secret: str
    sees: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One company's data; `closed` is the last day of the closed fiscal periods."""

    store: SandboxStore
    switches: Switches
    licences: tuple[Licence, ...]
    company: int
    tax_groups: Mapping[int, tuple[str, ...]]
    first_invoice: int
    closed: date | None

    def resource(self, name: str) -> Resource:
        """Return a resource that is known to be there."""
        resource = self.store.catalogue.resource(name)
        if resource is None:
            raise KeyError(name)
        return resource

    def find(self, resource: str, field: str, value: object) -> Record | None:
        """Return the first record with a value in a field."""
        return next((row for row in self.store.rows(resource) if row.get(field) == value), None)

    def group(self, number: object) -> Record | None:
        """Return the product group of a number, which lines hold as text."""
        text = str(number)
        return self.find("ProductGroup", "NoGroupeProduit", int(text)) if text.isdigit() else None

    def reserve(self, resource: str, card: Record) -> None:
        """Refuse where somebody has the card open."""
        if self.find(LOCKS, resource, card["NoUniqueSystemeSource"]) is not None:
            raise locked(str(card[NUMBERS[resource][0]]))


def with_locks(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with the cards that somebody has open in Acomba, which no client of the bridge sees."""
    fields = {"id": Field(name="id", type="integer", read_only=True)}
    fields |= {name: Field(name=name, type="integer", reference=name) for name in NUMBERS}
    fields["Usager"] = Field(name="Usager", type="text")
    locks = Resource(
        name=LOCKS,
        path=LOCKS,
        operations=frozenset(),
        id_field="id",
        id_pattern="[0-9]+",
        fields=fields,
        label="Usager",
    )
    return Catalogue(loaders={**catalogue.loaders, LOCKS: partial(_itself, locks)})


def as_stored(catalogue: Catalogue, resource: str, record: Record) -> Record:
    """Return a record as people write it as the store holds it; InvalidFiles for a value of another type."""
    described = catalogue.resource(resource)
    if described is None:
        return record
    try:
        return typed(described.fields, record, described.name)
    except ValueFault as fault:
        raise wrong_data(f"The data of the sandbox cannot be kept: {fault.message}") from fault


def typed(fields: Mapping[str, Field], values: Mapping[str, object], where: str) -> Record:
    """Return values in the one form of their types; raise ValueFault."""
    return {
        name: value if value is None or name not in fields else shape(fields[name], value, f"{where}.{name}")
        for name, value in values.items()
    }


def _one_of(name: str, value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        hint = f"Known are {', '.join(map(str, known))}."
        raise wrong_data(f"The switch {name} of the sandbox cannot be {value}.", hint=hint)


def _itself(resource: Resource) -> Resource:
    return resource
