# ruff: noqa: E501 - rows of data stay on their line
"""Quantities of a service, proved against the stand-in's unit rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_run.connect.registry import load_sandbox, open_catalogue, open_connector
from rules_run.connect.wsgi import WsgiTransport
from rules_run.model.exchange import Condition, Outcome, Query, Write
from rules_run.model.secret import Secret
from rules_run.model.unknown import Unknown

TABLE = yaml.safe_load(Path(__file__).with_name("quantities.yaml").read_text(encoding="utf-8"))
KEY = {"contractID": 70, "serviceID": 80}
LOGIN = {"user": "api@nordlys.example", "secret": "kaffe", "integration_code": "CODE"}


class Autotask:
    """A stand-in with one contract and one service, and the connector to it."""

    def __init__(self, today="2019-06-04", contract=None):
        contract = {**TABLE["defaults"]["contract"], **(contract or {})}
        data = {
            "today": today,
            "users": [LOGIN],
            "records": {
                "Companies": [{"id": 7, "companyName": "Fjord", "companyType": "Customer", "phone": "1", "isActive": True}],
                "Contracts": [
                    {"id": 70, "companyID": 7, "contractName": "Cloud", "contractType": "Recurring Service", "status": "Active",
                     "timeReportingRequiresStartAndStopTimes": 0, **contract},
                ],
                "Services": [
                    {"id": 80, "name": "LYN002NR", "unitPrice": 0, "unitCost": 0, "periodType": "Monthly", "isActive": True},
                ],
            },
        }  # fmt: skip
        self.app = load_sandbox("autotask")(data, open_catalogue("autotask", None))
        given = {name: Secret(text) for name, text in LOGIN.items()}
        self.connector = open_connector("autotask", "psa", given, None, WsgiTransport(self.app))
        self.quantities = self.connector.virtual("ServiceQuantities")

    def send(self, write):
        verdict = self.connector.send(self.connector.prepare(write), lambda: None)
        assert verdict.outcome is Outcome.APPLIED, verdict
        return verdict

    def adjust(self, start, units, price=None, cost=None):
        values = {**KEY, "effectiveDate": start, "unitChange": units}
        amounts = {"adjustedUnitPrice": price, "adjustedUnitCost": cost}
        values |= {name: Decimal(str(amount)) for name, amount in amounts.items() if amount is not None}
        return Write(resource="ContractServiceAdjustments", verb="create", values=values)

    def post(self, start, on):
        for row in self.app.store.rows("ContractServiceUnits"):
            if str(row["startDate"])[:10] == start:
                self.app.store.change("ContractServiceUnits", row["id"], {"approveAndPostDate": f"{on}T00:00:00Z"})

    def state(self):
        return self.quantities.read([KEY])[0]

    def plan(self, levels):
        return self.quantities.steps({**KEY, "levels": levels}, self.state())

    def rows(self):
        state = self.state() or {"units": []}
        return [[row["from"], row["to"], row["units"]] for row in state["units"]]


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_the_quantities_come_out_and_a_second_run_is_quiet(case):
    autotask = Autotask(today=case.get("today", "2019-06-04"), contract=case.get("contract"))
    for each in case.get("stood", ()):
        autotask.send(autotask.adjust(each["from"], each["units"], each.get("price"), each.get("cost")))
    for start, on in case.get("posted", {}).items():
        autotask.post(start, on)

    plan = autotask.plan(case["levels"])

    if "hold" in case:
        assert re.search(case["hold"], plan.hold), plan
        assert plan.steps == ()
        return
    assert plan.hold == ""
    assert [step.says for step in plan.steps] == case["says"]
    for step in plan.steps:
        autotask.send(step.write)
    if "rows" in case:
        assert autotask.rows() == case["rows"]
    again = autotask.plan(case["levels"])
    assert (again.hold, [step.says for step in again.steps]) == ("", [])


def test_a_contract_or_service_that_this_plan_makes_has_nothing_yet():
    autotask = Autotask()
    keys = [
        {"contractID": Unknown("contract"), "serviceID": 80},
        KEY,
        {"contractID": 70, "serviceID": Unknown("service")},
    ]
    assert autotask.quantities.read(keys) == [None, None, None]
    plan = autotask.quantities.steps({**keys[0], "levels": [{"from": "2019-05-13", "units": 2}]}, None)
    assert [step.says for step in plan.steps] == ["+2 from 2019-05-13"]


def test_many_keys_are_read_with_three_queries():
    autotask = Autotask()
    autotask.send(autotask.adjust("2019-05-13", 5))
    autotask.state()
    calls = autotask.connector.calls()
    states = autotask.quantities.read([{"contractID": 70, "serviceID": service} for service in range(80, 120)])
    assert autotask.connector.calls() - calls == 3
    assert [state is not None for state in states] == [True] + [False] * 39


def test_a_lost_answer_is_settled_by_the_rows():
    autotask = Autotask()
    autotask.send(autotask.adjust("2019-05-04", 4, price="7.99"))
    before = autotask.state()
    write = autotask.adjust("2019-05-13", 2)
    assert autotask.quantities.settle(write, before, before) is False
    autotask.send(write)
    assert autotask.quantities.settle(write, before, autotask.state()) is True


def test_an_earlier_step_of_the_same_plan_does_not_mislead_the_settling_of_a_later_one():
    autotask = Autotask()
    first, second = autotask.adjust("2019-05-13", 2), autotask.adjust("2019-06-04", 3)
    autotask.send(first)
    assert autotask.quantities.settle(first, None, autotask.state()) is True
    assert autotask.quantities.settle(second, None, autotask.state()) is False
    autotask.send(second)
    assert autotask.quantities.settle(second, None, autotask.state()) is True


def test_what_other_hands_did_on_that_day_cannot_be_told_from_ours():
    autotask = Autotask()
    autotask.send(autotask.adjust("2019-05-13", 7))
    assert autotask.quantities.settle(autotask.adjust("2019-05-13", 2), None, autotask.state()) is None


def test_a_price_alone_is_settled_by_the_price_that_stands():
    autotask = Autotask()
    autotask.send(autotask.adjust("2019-05-04", 4, price="7.99"))
    before = autotask.state()
    write = autotask.adjust("2019-06-04", 0, price="8.49")
    assert autotask.quantities.settle(write, before, before) is False
    autotask.send(write)
    assert autotask.quantities.settle(write, before, autotask.state()) is True


def test_a_day_beyond_the_rows_cannot_be_judged():
    autotask = Autotask()
    autotask.send(autotask.adjust("2019-05-04", 4))
    assert autotask.quantities.settle(autotask.adjust("2020-05-04", 2), autotask.state(), autotask.state()) is None


def test_two_lines_of_one_service_are_never_guessed_between():
    autotask = Autotask()
    autotask.send(autotask.adjust("2019-05-13", 4))
    line = autotask.app.store.rows("ContractServices")[0]
    autotask.app.store.insert("ContractServices", {**line, "id": None} | {"id": 999})
    assert "several lines" in autotask.plan([{"from": "2019-06-04", "units": 9}]).hold


LEVELS = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 9)), min_size=1, max_size=4, unique_by=lambda pair: pair[0]
)


@given(before=LEVELS, wanted=LEVELS)
@settings(max_examples=20, deadline=None)
def test_whatever_stood_the_quantity_is_as_wanted_or_held_and_then_quiet(before, wanted):
    autotask = Autotask(today="2019-06-20")
    start = datetime(2019, 5, 4, tzinfo=UTC)

    def levels(pairs):
        return [{"from": _day(start, days), "units": units} for days, units in sorted(pairs)]

    for step in autotask.plan(levels(before)).steps:
        autotask.send(step.write)
    plan = autotask.plan(levels(wanted))
    if plan.hold:
        assert plan.steps == ()
        return
    for step in plan.steps:
        autotask.send(step.write)
    assert autotask.plan(levels(wanted)) == plan.__class__()
    for level, following in zip(levels(wanted), [*levels(wanted)[1:], {"from": "9999"}], strict=True):
        for begins, ends, units in autotask.rows():
            if level["from"] <= begins and ends < following["from"]:
                assert units == level["units"]


def _day(start, days):
    from datetime import timedelta

    return (start + timedelta(days=days)).date().isoformat()


def test_only_wanted_records_are_asked_for():
    autotask = Autotask()
    autotask.send(autotask.adjust("2019-05-13", 4))
    rows = autotask.connector.read(
        Query(resource="ContractServiceUnits", where=(Condition(field="startDate", op="gte", value="2019-06-04"),))
    )
    assert [row["startDate"] for page in rows for row in page] == ["2019-06-04", "2019-07-04"]


def test_a_price_in_the_currency_of_the_customer_is_compared_in_that_currency():
    autotask = Autotask()
    autotask.send(autotask.adjust("2019-05-04", 4, price="7.99"))
    (line,) = autotask.app.store.rows("ContractServices")
    own = {
        "unitPrice": Decimal("10"),
        "internalCurrencyUnitPrice": Decimal("5"),
        "internalCurrencyAdjustedPrice": Decimal("4"),
    }
    autotask.app.store.change("ContractServices", line["id"], own)
    assert autotask.state()["unitPrice"] == Decimal("8")


def test_levels_of_a_contract_that_this_plan_makes_are_known_later():
    plan = Autotask().quantities.steps({**KEY, "levels": Unknown("contract.startDate")}, None)
    assert (plan.steps, plan.hold, len(plan.notes)) == ((), "", 1)
    level = {"from": Unknown("contract.startDate"), "units": 1}
    assert Autotask().quantities.steps({**KEY, "levels": [level]}, None).notes == plan.notes
