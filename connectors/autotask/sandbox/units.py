"""Adjustments of contract services and bundles: the line they need, and the unit rows they split."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rules_run.model.exchange import Record

from .amounts import money, number
from .billing import recurring
from .database import Database
from .periods import Calendar, Change, Row, adjusted, amount
from .refusal import Refusal
from .values import day, midnight

_PRICES = ("adjustedPrice", "internalCurrencyAdjustedPrice", "unitPrice")
_MONTHS = {"Monthly": 1, "Quarterly": 3, "Semi-Annual": 6, "Yearly": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The names of one family: what is sold, the line on the contract, its unit rows, its adjustments."""

    service: str
    services: str
    line: str
    lines: str
    units: str
    adjustments: str
    repeat: str


SERVICES = Kind(
    service="serviceID",
    services="Services",
    line="contractServiceID",
    lines="ContractServices",
    units="ContractServiceUnits",
    adjustments="ContractServiceAdjustments",
    repeat="allowRepeatService",
)
BUNDLES = Kind(
    service="serviceBundleID",
    services="ServiceBundles",
    line="contractServiceBundleID",
    lines="ContractServiceBundles",
    units="ContractServiceBundleUnits",
    adjustments="ContractServiceBundleAdjustments",
    repeat="allowRepeatServiceBundle",
)


def adjust(db: Database, kind: Kind, adjustment: Record) -> Record:
    """Do what an adjustment asks, whole or not at all; return the links it ends up with."""
    line = _existing_line(db, kind, adjustment)
    contract = _contract(db, adjustment, line)
    effective = day(adjustment["effectiveDate"])
    if not day(contract["startDate"]) <= effective <= day(contract["endDate"]):
        raise Refusal("effectiveDate must be between the start date and end date of the Contract")
    if line is not None and _repeats(db, kind, line, adjustment):
        raise Refusal("Attempt to insert duplicate data into contract_service_period")
    draft = line or _new_line(db, kind, contract, adjustment)
    rows, calendar = _rows(db, kind, draft), _calendar(db, contract)
    change = Change(
        day=effective,
        units=int(number(adjustment.get("unitChange"))),
        price=_optional(adjustment, "adjustedUnitPrice"),
        cost=_optional(adjustment, "adjustedUnitCost"),
    )
    after = adjusted(rows, calendar, change, db.today(), _blank(draft, effective))
    if any(row.units < 0 for row in after):
        raise Refusal("unitChange would bring the units below zero.")
    line_id = _keep_line(db, kind, draft, change)
    known = {row.id: row for row in rows}
    for row in after:
        if row.id is None or known[row.id] != row:
            _keep_row(db, kind, {**draft, "id": line_id}, row, calendar)
    return {"contractID": contract["id"], kind.line: line_id, kind.service: draft[kind.service]}


def _existing_line(db: Database, kind: Kind, adjustment: Record) -> Record | None:
    if adjustment.get(kind.line) is not None:
        return db.store.get(kind.lines, adjustment[kind.line])
    if adjustment.get(kind.service) is None:
        raise Refusal(f"Missing Required Field: {kind.service}")
    if adjustment.get(kind.repeat) and db.switches.services_repeat:
        return None
    asked = adjustment.get("contractID"), adjustment[kind.service]
    lines = db.store.rows(kind.lines)
    return next((line for line in lines if (line.get("contractID"), line.get(kind.service)) == asked), None)


def _contract(db: Database, adjustment: Record, line: Record | None) -> Record:
    contract_id = line["contractID"] if line is not None else adjustment.get("contractID")
    if contract_id is None:
        raise Refusal("Missing Required Field: contractID")
    if adjustment.get("contractID") not in (None, contract_id):
        raise Refusal(f"The contract line does not belong to the contractID [{adjustment['contractID']}].")
    contract = db.store.get("Contracts", contract_id) or {}
    recurring(db, contract)
    if contract.get("startDate") is None or contract.get("endDate") is None:
        raise Refusal(f"The contract [{contract_id}] has no startDate or no endDate.")
    return contract


def _repeats(db: Database, kind: Kind, line: Record, adjustment: Record) -> bool:
    asked = line["id"], adjustment["effectiveDate"]
    return any((row.get(kind.line), row.get("effectiveDate")) == asked for row in db.store.rows(kind.adjustments))


def _new_line(db: Database, kind: Kind, contract: Record, adjustment: Record) -> Record:
    service = db.store.get(kind.services, adjustment[kind.service]) or {}
    price = service.get("unitPrice")
    line = {
        "contractID": contract["id"],
        kind.service: service["id"],
        "unitPrice": price,
        "adjustedPrice": price,
        "internalCurrencyUnitPrice": price,
        "internalCurrencyAdjustedPrice": price,
    }
    return {**line, "unitCost": service.get("unitCost")} if kind is SERVICES else line


def _keep_line(db: Database, kind: Kind, line: Record, change: Change) -> int:
    changes: Record = {}
    if change.price is not None:
        changes |= {"adjustedPrice": change.price, "internalCurrencyAdjustedPrice": change.price}
    if change.cost is not None:
        changes["adjustedCost"] = change.cost
    if "id" not in line:
        return int(db.store.insert(kind.lines, {**line, **changes}))
    line_id = int(str(line["id"]))
    db.store.change(kind.lines, line_id, changes)
    return line_id


def _calendar(db: Database, contract: Record) -> Calendar:
    months = _MONTHS.get(db.label("Contracts", "contractPeriodType", contract), 1)
    return Calendar(first=day(contract["startDate"]), last=day(contract["endDate"]), months=months)


def _blank(line: Record, effective: date) -> Row:
    price, cost = _prices(line)
    return Row(start=effective, end=effective, units=0, unit_price=price, unit_cost=cost)


def _prices(line: Record) -> tuple[Decimal, Decimal]:
    price = next((line[name] for name in _PRICES if line.get(name) is not None), 0)
    cost = line["adjustedCost"] if line.get("adjustedCost") is not None else line.get("unitCost")
    return number(price), number(cost)


def _rows(db: Database, kind: Kind, line: Record) -> list[Row]:
    if "id" not in line:
        return []
    price, cost = _prices(line)
    return [
        Row(
            start=day(row["startDate"]),
            end=day(row["endDate"]),
            units=int(number(row.get("units"))),
            unit_price=number(row.get("unitPrice", price)),
            unit_cost=number(row.get("unitCost", cost)),
            posted=row.get("approveAndPostDate") is not None,
            id=int(str(row["id"])),
        )
        for row in db.store.rows(kind.units)
        if row.get(kind.line) == line["id"]
    ]


def _keep_row(db: Database, kind: Kind, line: Record, row: Row, calendar: Calendar) -> None:
    price, cost = _amount(db, row, row.unit_price, calendar), _amount(db, row, row.unit_cost, calendar)
    # The prices of one unit are no fields of the API: they stand in the record so that a later split can use them.
    values: Record = {
        "contractID": line["contractID"],
        kind.service: line[kind.service],
        kind.line: line["id"],
        "startDate": midnight(row.start),
        "endDate": midnight(row.end),
        "units": row.units,
        "price": price,
        "internalCurrencyPrice": price,
        "cost": cost,
        "unitPrice": row.unit_price,
        "unitCost": row.unit_cost,
    }
    if row.id is None:
        db.store.insert(kind.units, values)
    else:
        db.store.change(kind.units, row.id, values)


def _amount(db: Database, row: Row, price: Decimal, calendar: Calendar) -> Decimal:
    return money(amount(row.units, price, row, calendar) if db.switches.prorated else row.units * price)


def _optional(record: Record, name: str) -> Decimal | None:
    return None if record.get(name) is None else number(record[name])
