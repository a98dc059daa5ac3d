"""Invoices as Autotask might give them: the same ones every time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

Record = dict[str, object]

CITIES = ("Montréal", "Québec", "Toronto", "Calgary", None)
NAMES = ("Nordlys Energi", "Harbourside Dental", "Érable & Fils inc.", "Bayview Legal Partners", "Prairie Seed Co-op")
REGIONS = ("Quebec", "Ontario", "Alberta", "Exempt")
TERMS = ("Net 30", "Net 15", "Due on receipt", None)
RANKINGS = ("Gold", "Silver", "Bronze", None)
WORK = (
    ("REMOTE-SUPPORT", "Remote support, service desk"),
    ("ONSITE", "Work on site: replaced the battery packs of both uninterruptible power supplies and tested them"),
    ("LICENCES", "Mail and office licences"),
    (None, "Cabling material"),
)


def invoices(count: int, seed: int = 2019) -> list[Record]:
    """Return `count` invoices of three lines; every tenth lacks what may be absent."""
    random = Random(seed)
    return [_invoice(number, random) for number in range(1, count + 1)]


def _invoice(number: int, random: Random) -> Record:
    day = date(2026, 1, 5) + timedelta(days=number % 300)
    items = [_item(number * 10 + position, day, random) for position in range(3)]
    total = sum((Decimal(str(item["extendedPrice"])) for item in items), Decimal(0))
    return {
        "id": 29680000 + number,
        "invoiceNumber": f"INV-{number:06d}",
        "invoiceDateTime": f"{day}T15:30:00Z",
        "dueDate": None if number % 10 == 0 else f"{day + timedelta(days=30)}T00:00:00Z",
        "invoiceTotal": total,
        "taxRegionName": random.choice(REGIONS),
        "paymentTerm": random.choice(TERMS),
        "company": _company(number, random),
        "items": items,
    }


def _company(number: int, random: Random) -> Record:
    fields = [{"name": "Account Tier", "value": "2"}, {"name": "Customer Ranking", "value": random.choice(RANKINGS)}]
    company: Record = {
        "id": 170 + number % 40,
        "externalID": f"C{number % 40:05d}",
        "companyName": random.choice(NAMES),
        "address": {"city": random.choice(CITIES), "country": "Canada"},
    }
    if number % 10:
        company["userDefinedFields"] = fields
    return company


def _item(number: int, day: date, random: Random) -> Record:
    code, text = random.choice(WORK)
    quantity = Decimal(random.randrange(25, 4000, 25)) / 100
    rate = Decimal(random.randrange(500, 20000)) / 100
    return {
        "id": number,
        "billingCode": {"externalNumber": code} if code else None,
        "description": text,
        "quantity": quantity,
        "rate": rate,
        "extendedPrice": (quantity * rate).quantize(Decimal("0.0001"), ROUND_HALF_UP),
        "itemDate": f"{day}T00:00:00Z",
    }
