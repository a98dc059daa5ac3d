"""The mapping of `invoice.rules.yaml` as a careful programmer writes it: null-safe, exact, with the same checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

Record = dict[str, object]

CENT = Decimal("0.01")
HUNDRED_THOUSANDTH = Decimal("0.00001")


def text(value: object, most: int, *, cut: bool = False) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    if len(value) > most:
        if not cut:
            raise ValueError(f"{value!r} is longer than {most} characters")
        return value[:most].rstrip()
    return value


def number(value: object, places: Decimal | None = None) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} is not a number")
    return value if places is None else value.quantize(places, ROUND_HALF_UP)


def day(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a date")
    return datetime.fromisoformat(value).date().isoformat()


class Mapper:
    """Maps invoices with one tenant's tax codes."""

    def __init__(self, tax_codes: Mapping[str, str]) -> None:
        self._tax_codes = tax_codes

    def __call__(self, inv: Record) -> Record:
        company = inv.get("company")
        if not isinstance(company, dict):
            company = {}
        name = company.get("companyName")
        if inv.get("invoiceNumber") is None:
            raise ValueError(f"invoice {inv.get('id')} has no number")
        if name is None:
            raise ValueError(f"invoice {inv.get('id')} has no company")
        address = company.get("address")
        invoice_number = text(inv["invoiceNumber"], 21)
        document: Record = {
            "number": invoice_number,
            "reference": str(inv["id"]) if inv.get("id") is not None else None,
            "customer.id": company.get("externalID"),
            "customer.name": text(name, 60),
            "customer.city": address.get("city") if isinstance(address, dict) else None,
            "customer.ranking": self._ranking(company) or "Standard",
            "memo": text(f"Services for {name}, invoice {invoice_number}", 100, cut=True),
            "date": day(inv.get("invoiceDateTime")),
            "due": day(inv.get("dueDate")),
            "total": number(inv.get("invoiceTotal"), CENT),
            "tax_code": self._tax_code(inv.get("taxRegionName")),
            "terms": inv.get("paymentTerm") or "Net 30",
        }
        items = inv.get("items")
        lines = [self._line(item) for item in items] if isinstance(items, list) else []
        return {**{field: value for field, value in document.items() if value is not None}, "lines": lines}

    def _ranking(self, company: Record) -> object:
        fields = company.get("userDefinedFields")
        if isinstance(fields, list):
            for field in fields:
                if field.get("name") == "Customer Ranking" and field.get("value") is not None:
                    return field["value"]
        return None

    def _tax_code(self, region: object) -> str | None:
        if region is None:
            return None
        code = self._tax_codes.get(str(region))
        if code is None:
            raise ValueError(f"table tax_codes has no row for {region}")
        return code

    def _line(self, item: Record) -> Record:
        code = item.get("billingCode")
        line: Record = {
            "item": (code.get("externalNumber") if isinstance(code, dict) else None) or "SERVICES",
            "text": text(item.get("description"), 80, cut=True),
            "quantity": number(item.get("quantity")),
            "unit_price": number(item.get("rate"), HUNDRED_THOUSANDTH),
            "amount": number(item.get("extendedPrice"), CENT),
            "date": day(item.get("itemDate")),
        }
        return {field: value for field, value in line.items() if value is not None}
