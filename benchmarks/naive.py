"""The same mapping with the libraries as they come: `search` and `render`, each compiled once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jinja2
import jmespath
from benchmarks.hand_written import CENT, HUNDRED_THOUSANDTH, day, number, text

Record = dict[str, object]
Convert = Callable[[object], object]
Field = tuple[str, Callable[[Record], object], Convert]


def same(value: object) -> object:
    return value


def default(fallback: str) -> Convert:
    return lambda value: fallback if value is None else value


def search(expression: str) -> Callable[[Record], object]:
    return jmespath.compile(expression).search


def render(template: str) -> Callable[[Record], object]:
    compiled = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(template)
    return lambda record: compiled.render(inv=record)


class Mapper:
    """Maps invoices with one tenant's tax codes."""

    def __init__(self, tax_codes: Mapping[str, str]) -> None:
        self._tax_codes = tax_codes
        self._number, self._name = search("invoiceNumber"), search("company.companyName")
        self._items = search("items")
        self._header: list[Field] = [
            ("number", search("invoiceNumber"), lambda value: text(value, 21)),
            ("reference", search("id"), lambda value: None if value is None else str(value)),
            ("customer.id", search("company.externalID"), same),
            ("customer.name", search("company.companyName"), lambda value: text(value, 60)),
            ("customer.city", search("company.address.city"), same),
            (
                "customer.ranking",
                search("company.userDefinedFields[?name == 'Customer Ranking'].value | [0]"),
                default("Standard"),
            ),
            (
                "memo",
                render("Services for {{ inv.company.companyName }}, invoice {{ inv.invoiceNumber }}"),
                lambda value: text(value, 100, cut=True),
            ),
            ("date", search("invoiceDateTime"), day),
            ("due", search("dueDate"), day),
            ("total", search("invoiceTotal"), lambda value: number(value, CENT)),
            ("tax_code", search("taxRegionName"), self._tax_code),
            ("terms", search("paymentTerm"), default("Net 30")),
        ]
        self._line: list[Field] = [
            ("item", search("billingCode.externalNumber"), default("SERVICES")),
            ("text", search("description"), lambda value: text(value, 80, cut=True)),
            ("quantity", search("quantity"), number),
            ("unit_price", search("rate"), lambda value: number(value, HUNDRED_THOUSANDTH)),
            ("amount", search("extendedPrice"), lambda value: number(value, CENT)),
            ("date", search("itemDate"), day),
        ]

    def __call__(self, inv: Record) -> Record:
        if self._number(inv) is None:
            raise ValueError(f"invoice {inv.get('id')} has no number")
        if self._name(inv) is None:
            raise ValueError(f"invoice {inv.get('id')} has no company")
        items = self._items(inv)
        lines = [fields(self._line, item) for item in items] if isinstance(items, list) else []
        return {**fields(self._header, inv), "lines": lines}

    def _tax_code(self, region: object) -> object:
        if region is None:
            return None
        if region not in self._tax_codes:
            raise ValueError(f"table tax_codes has no row for {region}")
        return self._tax_codes[str(region)]


def fields(spec: list[Field], record: Record) -> Record:
    made = ((name, convert(find(record))) for name, find, convert in spec)
    return {name: value for name, value in made if value is not None}
