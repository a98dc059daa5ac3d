"""Contract service adjustments: lines, billing periods, split rows, prices, refusals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import RECORDS, Api, Make

ADJUST = "Contracts/1/ServiceAdjustments"


def adjust(api: Api, day: str, change: int, **more: object) -> int:
    return int(api.ask("POST", ADJUST, {"serviceID": 1, "effectiveDate": day, "unitChange": change, **more})["itemId"])


def units(api: Api, resource: str = "ContractServiceUnits") -> list[tuple[str, str, int, float]]:
    rows = [(row["startDate"][:10], row["endDate"][:10], row["units"], row["price"]) for row in api.find(resource)]
    return sorted(rows)


def contract(**changes: object) -> dict[str, Any]:
    return {**RECORDS, "Contracts": [{**RECORDS["Contracts"][0], **changes}]}


def test_no_unit_row_stands_before_the_first_adjustment(api: Api) -> None:
    api.ask("POST", "Contracts/1/Services", {"serviceID": 1})
    assert units(api) == []


def test_the_first_adjustment_makes_a_part_of_its_period_and_whole_ones_up_to_one_ahead(api: Api) -> None:
    adjust(api, "2019-05-13", 2)
    assert units(api) == [
        ("2019-05-13", "2019-06-03", 2, 44.0),  # 22 of 31 days of 2 x 31
        ("2019-06-04", "2019-07-03", 2, 62.0),
        ("2019-07-04", "2019-08-03", 2, 62.0),
    ]


def test_the_line_on_the_contract_is_made_when_it_is_missing(api: Api) -> None:
    adjust(api, "2019-05-13", 2, adjustedUnitPrice=28)
    line = api.find("ContractServices")[0]
    assert (line["contractID"], line["serviceID"], line["unitPrice"], line["unitCost"]) == (1, 1, 31, 15.5)
    assert line["internalCurrencyAdjustedPrice"] == 28
    assert "adjustedPrice" not in line
    row = api.find("ContractServiceUnits")[0]
    assert (row["contractID"], row["contractServiceID"], row["serviceID"]) == (1, line["id"], 1)


def test_the_line_that_is_there_is_used(api: Api) -> None:
    line = api.ask("POST", "Contracts/1/Services", {"serviceID": 1, "adjustedPrice": 20})["itemId"]
    adjust(api, "2019-06-04", 1)
    api.ask("POST", ADJUST, {"contractServiceID": line, "effectiveDate": "2019-06-10", "unitChange": 1})
    assert [row["id"] for row in api.find("ContractServices")] == [line]
    assert units(api)[0][3] == 4.0  # 6 of 30 days of 20


def test_a_second_line_of_a_service_is_made_only_when_asked_for(api: Api) -> None:
    adjust(api, "2019-06-04", 1)
    adjust(api, "2019-06-04", 1, allowRepeatService=True)
    assert len(api.find("ContractServices")) == 2


def test_a_later_change_splits_its_row_and_goes_on_in_the_later_ones(api: Api) -> None:
    adjust(api, "2019-05-04", 10)
    adjust(api, "2019-06-14", 2)
    assert units(api) == [
        ("2019-05-04", "2019-06-03", 10, 310.0),
        ("2019-06-04", "2019-06-13", 10, 103.33),  # 10 of 30 days
        ("2019-06-14", "2019-07-03", 12, 248.0),  # 20 of 30 days
        ("2019-07-04", "2019-08-03", 12, 372.0),
    ]


def test_the_part_before_a_split_keeps_its_id(api: Api) -> None:
    adjust(api, "2019-06-04", 1)
    before = {row["startDate"]: row["id"] for row in api.find("ContractServiceUnits")}
    adjust(api, "2019-06-14", 1)
    after = {row["startDate"]: row["id"] for row in api.find("ContractServiceUnits")}
    assert before.items() <= after.items()
    assert after["2019-06-14T00:00:00Z"] not in before.values()


def test_a_change_between_two_splits_ends_at_the_next_one(api: Api) -> None:
    adjust(api, "2019-06-04", 1)
    adjust(api, "2019-06-24", 1)
    adjust(api, "2019-06-14", 5)
    assert [(start, end, count) for start, end, count, _ in units(api)][:3] == [
        ("2019-06-04", "2019-06-13", 1),
        ("2019-06-14", "2019-06-23", 6),
        ("2019-06-24", "2019-07-03", 7),
    ]


def test_a_change_before_all_rows_fills_the_time_up_to_them(api: Api) -> None:
    adjust(api, "2019-07-10", 1)
    adjust(api, "2019-05-20", 2)
    assert [(start, end, count) for start, end, count, _ in units(api)] == [
        ("2019-05-20", "2019-06-03", 2),
        ("2019-06-04", "2019-07-03", 2),
        ("2019-07-04", "2019-07-09", 2),
        ("2019-07-10", "2019-08-03", 3),
    ]


def test_a_change_far_ahead_makes_the_rows_up_to_it(api: Api) -> None:
    adjust(api, "2019-06-04", 4)
    adjust(api, "2019-10-10", -1)
    assert units(api)[-2:] == [("2019-10-04", "2019-10-09", 4, 24.0), ("2019-10-10", "2019-11-03", 3, 75.0)]


def test_a_price_alone_is_changed_with_a_unit_change_of_zero(api: Api) -> None:
    adjust(api, "2019-06-04", 2)
    adjust(api, "2019-07-04", 0, adjustedUnitPrice=40, adjustedUnitCost=20)
    assert [price for *_, price in units(api)] == [62.0, 80.0]
    assert [row["cost"] for row in api.find("ContractServiceUnits")] == [31, 40]
    assert api.find("ContractServices")[0]["internalCurrencyAdjustedPrice"] == 40


def test_a_row_that_is_split_later_keeps_the_price_of_its_own_time(api: Api) -> None:
    adjust(api, "2019-06-04", 3)
    adjust(api, "2019-07-04", 0, adjustedUnitPrice=62)
    adjust(api, "2019-06-19", 0)
    assert [price for *_, price in units(api)] == [46.5, 46.5, 186.0]


def test_a_31st_comes_back_after_a_short_month(make: Make) -> None:
    api = make(today="2019-03-01", records=contract(startDate="2019-01-31"))
    adjust(api, "2019-01-31", 1)
    assert [(start, end) for start, end, *_ in units(api)] == [
        ("2019-01-31", "2019-02-27"),
        ("2019-02-28", "2019-03-30"),
        ("2019-03-31", "2019-04-29"),
    ]


def test_no_row_goes_beyond_the_end_of_the_contract(make: Make) -> None:
    api = make(records=contract(endDate="2019-06-13"))
    adjust(api, "2019-06-04", 3)
    assert units(api) == [("2019-06-04", "2019-06-13", 3, 31.0)]


def test_a_quarterly_contract_has_quarterly_rows(make: Make) -> None:
    api = make(records=contract(contractPeriodType="Quarterly"))
    adjust(api, "2019-05-04", 1)
    assert [(start, end) for start, end, *_ in units(api)] == [
        ("2019-05-04", "2019-08-03"),
        ("2019-08-04", "2019-11-03"),
    ]


def test_rows_in_the_data_are_taken_up_and_posted_ones_never_change(make: Make) -> None:
    rows = [
        {
            "startDate": "2019-05-04",
            "endDate": "2019-06-03",
            "units": 10,
            "price": 1,
            "approveAndPostDate": "2019-06-03",
        },
        {"startDate": "2019-06-04", "endDate": "2019-07-03", "units": 10, "price": 2},
        {"startDate": "2019-07-04", "endDate": "2019-08-03", "units": 10, "price": 3},
    ]
    line = {"id": 1, "contractID": 1, "serviceID": 1, "unitPrice": 31, "internalCurrencyAdjustedPrice": 30}
    links = {"contractID": 1, "contractServiceID": 1, "serviceID": 1}
    api = make(
        records={**RECORDS, "ContractServices": [line], "ContractServiceUnits": [{**row, **links} for row in rows]}
    )
    adjust(api, "2019-07-04", 2)
    assert [price for *_, price in units(api)] == [1, 2, 360]
    adjust(api, "2019-05-10", -1)
    assert units(api) == [
        ("2019-05-04", "2019-06-03", 10, 1),
        ("2019-06-04", "2019-07-03", 9, 270),
        ("2019-07-04", "2019-08-03", 11, 330),
    ]


@pytest.mark.parametrize("day", ["2019-05-03", "2029-06-05"])
def test_a_day_outside_the_contract_is_refused(api: Api, day: str) -> None:
    says = api.refused("POST", ADJUST, {"serviceID": 1, "effectiveDate": day, "unitChange": 1})
    assert says == "effectiveDate must be between the start date and end date of the Contract"
    assert api.find("ContractServices") == []


def test_the_first_and_the_last_day_of_a_contract_are_inside(make: Make) -> None:
    api = make(records=contract(endDate="2019-06-13"))
    adjust(api, "2019-05-04", 1)
    adjust(api, "2019-06-13T23:00:00-11:00", 1)
    assert units(api)[-1][:3] == ("2019-06-13", "2019-06-13", 2)


def test_a_second_change_of_a_service_on_one_day_is_a_duplicate(api: Api) -> None:
    adjust(api, "2019-06-10", 1)
    before = units(api)
    says = api.refused("POST", ADJUST, {"serviceID": 1, "effectiveDate": "2019-06-10", "unitChange": 1})
    assert says == "Attempt to insert duplicate data into contract_service_period"
    assert units(api) == before
    assert api.ask("POST", ADJUST, {"serviceID": 2, "effectiveDate": "2019-06-10", "unitChange": 1})


def test_the_first_day_of_a_period_may_be_adjusted(api: Api) -> None:
    adjust(api, "2019-06-10", 1)
    adjust(api, "2019-07-04", 1)
    assert units(api)[-1][2] == 2


def test_units_never_fall_below_zero_anywhere(api: Api) -> None:
    adjust(api, "2019-06-04", 3)
    adjust(api, "2019-07-04", -2)
    before = units(api)
    assert "below zero" in api.refused(
        "POST", ADJUST, {"serviceID": 1, "effectiveDate": "2019-06-10", "unitChange": -2}
    )
    assert units(api) == before


def test_units_may_fall_to_zero(api: Api) -> None:
    adjust(api, "2019-06-04", 3)
    adjust(api, "2019-07-04", -3)
    assert units(api)[-1] == ("2019-07-04", "2019-08-03", 0, 0)


def test_a_contract_of_another_type_holds_no_services(api: Api) -> None:
    body = {"serviceID": 1, "effectiveDate": "2019-06-10", "unitChange": 1}
    assert "Recurring Service" in api.refused("POST", "Contracts/2/ServiceAdjustments", body)
    assert "Recurring Service" in api.refused("POST", "Contracts/2/Services", {"serviceID": 1})


def test_an_adjustment_may_be_posted_at_its_own_root(api: Api) -> None:
    body = {"contractID": 1, "serviceID": 1, "effectiveDate": "2019-06-04", "unitChange": 1}
    assert api.ask("POST", "ContractServiceAdjustments", body)
    assert units(api)[0][2] == 1


@pytest.mark.parametrize("missing", ["contractID", "serviceID", "effectiveDate"])
def test_an_adjustment_says_what_it_is_about(api: Api, missing: str) -> None:
    body = {"contractID": 1, "serviceID": 1, "effectiveDate": "2019-06-04", "unitChange": 1}
    del body[missing]
    assert missing in api.refused("POST", "ContractServiceAdjustments", body)


def test_a_line_of_another_contract_is_refused(make: Make) -> None:
    other = {**RECORDS["Contracts"][0], "id": 3}
    api = make(records={**RECORDS, "Contracts": [*RECORDS["Contracts"], other]})
    line = api.ask("POST", "Contracts/3/Services", {"serviceID": 1})["itemId"]
    body = {"contractServiceID": line, "effectiveDate": "2019-06-04", "unitChange": 1}
    assert "does not belong" in api.refused("POST", ADJUST, body)


def test_adjustments_and_unit_rows_cannot_be_changed(api: Api) -> None:
    adjust(api, "2019-06-04", 1)
    api.refused("PATCH", ADJUST, {"id": 1}, 405)
    api.refused("GET", ADJUST, status=405)
    api.refused("PATCH", "Contracts/1/ServiceUnits", {"id": 1}, 405)


def test_of_a_line_only_price_and_descriptions_change(api: Api) -> None:
    line = api.ask("POST", "Contracts/1/Services", {"serviceID": 1})["itemId"]
    sent = {"adjustedPrice": -5, "invoiceDescription": "Seats", "unitCost": 1, "serviceID": 2}
    api.ask("PATCH", "Contracts/1/Services", {"id": line, **sent})
    after = api.get("ContractServices", line)
    assert (after["internalCurrencyAdjustedPrice"], after["invoiceDescription"]) == (-5, "Seats")
    assert (after["unitCost"], after["serviceID"]) == (15.5, 1)


def test_bundles_are_adjusted_in_the_same_way(api: Api) -> None:
    body = {"serviceBundleID": 1, "effectiveDate": "2019-06-19", "unitChange": 2}
    api.ask("POST", "Contracts/1/ServiceBundleAdjustments", body)
    assert units(api, "ContractServiceBundleUnits")[0] == ("2019-06-19", "2019-07-03", 2, 30.0)


def test_prices_are_whole_when_prorating_is_switched_off(make: Make) -> None:
    api = make(switches={"prorated": False})
    adjust(api, "2019-05-13", 2)
    assert units(api)[0][3] == 62


def test_a_repeated_service_is_no_second_line_when_switched_off(make: Make) -> None:
    api = make(switches={"services_repeat": False})
    adjust(api, "2019-06-04", 1)
    adjust(api, "2019-06-05", 1, allowRepeatService=True)
    assert len(api.find("ContractServices")) == 1


DAYS = st.dates(date(2019, 5, 4), date(2019, 9, 30))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(DAYS, st.integers(0, 5), min_size=1, max_size=6), order=st.randoms())
def test_whatever_is_added_in_whatever_order_each_day_has_the_sum_so_far(
    make: Make, changes: dict[date, int], order: Any
) -> None:
    api = make()
    posted = list(changes.items())
    order.shuffle(posted)
    for day, change in posted:
        adjust(api, day.isoformat(), change)
    rows = units(api)
    assert rows[0][0] == min(changes).isoformat()
    for before, after in pairwise(rows):
        assert date.fromisoformat(before[1]) + timedelta(days=1) == date.fromisoformat(after[0])
    for start, end, count, _ in rows:
        assert {total(changes.items(), day) for day in (start, end)} == {count}


def total(changes: Iterable[tuple[date, int]], day: str) -> int:
    return sum(change for begins, change in changes if begins <= date.fromisoformat(day))
