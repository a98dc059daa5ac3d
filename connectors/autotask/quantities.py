"""The quantity of a service on a contract over time, reached by adjustments one by one.

Autotask keeps one unit row for each billing period, split where an adjustment takes effect, and takes adjustments as
signed differences from a date on. The state wanted here is the quantity at each date; the difference between the two
is what is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rules_run.connect.contract import Connector
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Condition, Query, Record, VirtualPlan, VirtualStep, Write
from rules_run.model.unknown import Unknown

from .changes import changes_between, levels_of, obstacle
from .standing import DAY, PRICE_PLACES, Change, Standing, amount_of, day_of

MONTHS = {"Monthly": 1, "Quarterly": 3, "Semi-Annual": 6, "Yearly": 12, "Annual": 12}
ADJUSTMENTS = "ContractServiceAdjustments"
TELLING: Mapping[str, Mapping[str, Callable[[Any], object]]] = {
    "ContractServices": {"serviceID": int},
    "ContractServiceUnits": {"serviceID": int, "startDate": day_of, "endDate": day_of, "units": int},
}
"""Fields without which nothing can be said of a quantity."""


class ServiceQuantities:
    """The virtual resource `ServiceQuantities`; see contract.VirtualResource."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    def key_fields(self) -> tuple[str, ...]:
        """A service on a contract."""
        return ("contractID", "serviceID")

    def read(self, keys: Sequence[Record]) -> list[Record | None]:
        """Return the state of each key, with three batched queries for all of them."""
        contracts = tuple({key["contractID"]: None for key in keys if _known(key)})
        if not contracts:
            return [None for _ in keys]
        services = self._by_key("ContractServices", "contractID", contracts)
        rows = self._by_key("ContractServiceUnits", "contractID", contracts)
        periods = {str(each["id"]): each for each in self._all("Contracts", "id", contracts)}
        return [
            _state(key, services.get(_pair(key), []), rows.get(_pair(key), []), periods.get(str(key["contractID"])))
            if _known(key)
            else None
            for key in keys
        ]

    def reads(self) -> tuple[str, ...]:
        """The services of contracts and their units; the contract itself is known when a step is sent."""
        return ("ContractServices", "ContractServiceUnits")

    def steps(self, desired: Record, current: Record | None) -> VirtualPlan:
        """Return the adjustments from the current to the desired quantities."""
        if _unknown(desired.get("levels")):
            return VirtualPlan(notes=("The quantities are known when the contract is made.",))
        standing = Standing.of(current)
        levels = levels_of(desired, standing)
        if isinstance(levels, str):
            return VirtualPlan(hold=levels)
        changes = tuple(changes_between(levels, standing))
        if hold := next(filter(None, (obstacle(change, levels, standing) for change in changes)), ""):
            return VirtualPlan(hold=hold)
        return VirtualPlan(steps=tuple(_step(desired, change) for change in changes))

    def settle(self, write: Write, before: Record | None, now: Record | None) -> bool | None:
        """Say whether an adjustment is in `now`: the rows jump at its date by what it changed."""
        if now is None:
            return False
        then, after = Standing.of(before), Standing.of(now)
        day = day_of(write.values["effectiveDate"])
        if not after.rows or day > after.rows[-1].end:
            return None
        change = int(str(write.values.get("unitChange") or 0))
        if change == 0:
            return _repriced(write, then, after, day)
        jumped = _jump(after, day) - _jump(then, day)
        return True if jumped == change else False if jumped == 0 else None

    def _by_key(self, resource: str, name: str, ids: tuple[object, ...]) -> dict[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = {}
        for record in self._all(resource, name, ids):
            found.setdefault(_pair(record), []).append(record)
        return found

    def _all(self, resource: str, name: str, ids: tuple[object, ...]) -> Iterator[Record]:
        where = (Condition(field=name, op="in", value=ids),)
        for page in self._connector.read(Query(resource=resource, where=where)):
            for record in page:
                self._check(resource, record)
                yield record

    def _check(self, resource: str, record: Record) -> None:
        """Refuse a record whose quantity or days cannot be told: to guess them would change what is billed."""
        for name, reader in TELLING.get(resource, {}).items():
            try:
                reader(record[name])
            except (KeyError, TypeError, ValueError) as fault:
                raise ConnectorUnusable(
                    f"{self._connector.alias}.{resource} cannot be read: the answer holds a record without a usable "
                    f"{name}. Has the system changed? rules-run connectors refresh {self._connector.alias}"
                ) from fault


def _state(key: Record, services: list[Record], rows: list[Record], contract: Record | None) -> Record | None:
    if not services and not rows:
        return None
    service: dict[str, Any] = services[0] if services else {}
    state: Record = {
        "id": "/".join(_pair(key)),
        "contractID": key["contractID"],
        "serviceID": key["serviceID"],
        "units": [_row(row) for row in sorted(rows, key=lambda row: str(row["startDate"]))],
    }
    if (price := _adjusted_price(service)) is not None:
        state["unitPrice"] = price
    if len(services) > 1:
        state["repeated"] = True
    months = MONTHS.get(str(contract.get("contractPeriodType"))) if contract else None
    if contract and months and contract.get("startDate"):
        state |= {"periodStart": contract["startDate"], "periodMonths": months}
    if (cost := _unit_cost(Standing.of(state), rows)) is not None:
        state["unitCost"] = cost
    return state


def _unit_cost(standing: Standing, rows: Sequence[Mapping[str, Any]]) -> Decimal | None:
    """Return the cost of one unit as the latest whole period shows it: no field holds the adjusted cost."""
    for row in sorted(rows, key=lambda each: str(each["startDate"]), reverse=True):
        first, following = day_of(row["startDate"]), day_of(row["endDate"]) + DAY
        if row.get("cost") is not None and row["units"] and standing.is_period(first, following):
            return (Decimal(row["cost"]) / Decimal(row["units"])).quantize(PRICE_PLACES, ROUND_HALF_UP)
    return None


def _row(row: Mapping[str, Any]) -> Record:
    posted = {"posted": str(row["approveAndPostDate"])[:10]} if row.get("approveAndPostDate") else {}
    return {"from": row["startDate"], "to": row["endDate"], "units": row["units"], **posted}


def _adjusted_price(service: Mapping[str, Any]) -> Decimal | None:
    """Return the price in the customer's currency: `adjustedPrice` itself is never returned."""
    adjusted: Any = service.get("internalCurrencyAdjustedPrice")
    internal, unit = service.get("internalCurrencyUnitPrice"), service.get("unitPrice")
    if adjusted is None:
        return None
    if not internal or not unit or internal == unit:
        return Decimal(adjusted)
    own: Decimal = Decimal(adjusted) * unit / internal
    return own.quantize(PRICE_PLACES, ROUND_HALF_UP)


def _step(desired: Mapping[str, object], change: Change) -> VirtualStep:
    values: Record = {
        "contractID": desired["contractID"],
        "serviceID": desired["serviceID"],
        "effectiveDate": change.start.isoformat(),
        "unitChange": change.units,
    }
    if change.price is not None:
        values["adjustedUnitPrice"] = change.price
    if change.cost is not None:
        values["adjustedUnitCost"] = change.cost
    return VirtualStep(write=Write(resource=ADJUSTMENTS, verb="create", values=values), says=change.says())


def _repriced(write: Write, then: Standing, after: Standing, day: date) -> bool | None:
    """Judge an adjustment of the price alone."""
    if any(row.start == day for row in after.rows) and not any(row.start == day for row in then.rows):
        return True
    asked = (amount_of(write.values.get("adjustedUnitPrice")), amount_of(write.values.get("adjustedUnitCost")))
    stood, stands = (then.price, then.cost), (after.price, after.cost)
    if all(want is None or want == have for want, have in zip(asked, stands, strict=True)):
        return True if stood != stands else None
    return False if stood == stands else None


def _jump(standing: Standing, day: date) -> int:
    return standing.on(day) - standing.on(day - DAY)


def _known(key: Mapping[str, object]) -> bool:
    return not any(isinstance(key.get(name), Unknown) or key.get(name) is None for name in ("contractID", "serviceID"))


def _unknown(levels: object) -> bool:
    """Say whether the levels hang on a contract that this plan makes."""
    if not isinstance(levels, list):
        return isinstance(levels, Unknown)
    return any(isinstance(value, Unknown) for level in levels for value in level.values())


def _pair(record: Mapping[str, object]) -> tuple[str, str]:
    return str(record.get("contractID")), str(record.get("serviceID"))
