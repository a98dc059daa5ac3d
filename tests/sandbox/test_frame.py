"""What every stand-in has: records, a true history, a reset, a clock, a data file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rules_run.errors import InvalidFiles
from rules_run.model.catalogue import Catalogue
from rules_run.sandbox import Fault, SandboxStore, read_clock, read_data

from .conftest import RECORDS, Api, Make

COMPANY = {"companyName": "New", "companyType": 1, "ownerResourceID": 1, "phone": "555"}


def history(api: Api) -> list[dict[str, Any]]:
    return list(api.http.get("/_sandbox/history").get_json())


def test_the_history_tells_every_request_and_what_it_did(api: Api) -> None:
    api.find("Companies")
    made = api.ask("POST", "Companies", COMPANY)["itemId"]
    api.refused("POST", "Companies", {})
    api.refused("POST", "Contacts", {}, 404)
    assert [(e["n"], e["method"], e["resource"], e["verb"], e["committed"], e["status"]) for e in history(api)] == [
        (1, "POST", "Companies", "read", False, 200),
        (2, "POST", "Companies", "create", True, 200),
        (3, "POST", "Companies", "create", False, 500),
        (4, "POST", "Contacts", "describe", False, 404),
    ]
    assert history(api)[1]["id"] == made
    assert history(api)[1]["path"] == "/ATServicesRest/V1.0/Companies"


def test_calls_are_counted_by_resource_and_verb(api: Api) -> None:
    api.get("Companies", 1)
    api.get("Companies", 2)
    api.ask("PATCH", "Companies", {"id": 1, "fax": "1"})
    counted = api.http.get("/_sandbox/calls").get_json()
    assert counted == {"total": 3, "by": {"Companies": {"read": 2, "update": 1}}}


def test_a_reset_brings_the_loaded_data_back(api: Api) -> None:
    api.ask("POST", "Companies", COMPANY)
    api.ask("PATCH", "Companies", {"id": 1, "fax": "1"})
    api.app.faults.add(Fault(effect="reset_before_commit"))
    assert api.http.post("/_sandbox/reset").get_json() == {"reset": True}
    assert history(api) == []
    assert api.get("Companies", 1)["fax"] is None
    assert api.ask("POST", "Companies", COMPANY) == {"itemId": 4}


def test_what_is_unknown_below_the_sandbox_is_no_request_of_the_system(api: Api) -> None:
    assert api.http.get("/_sandbox/reset").status_code == 404
    assert api.http.post("/_sandbox/nonsense").status_code == 404
    assert history(api) == []


def test_records_are_made_once_each_by_many_threads(make: Make) -> None:
    api = make(limits=False)

    def create(_: int) -> int:
        return int(api.call("POST", "/V1.0/Companies", COMPANY).get_json()["itemId"])

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, range(40)))
    assert sorted(made) == list(range(4, 44))
    assert [entry["n"] for entry in history(api)] == list(range(1, 41))


def test_a_record_that_somebody_holds_does_not_change_in_their_hand(catalogue: Catalogue) -> None:
    store = SandboxStore(catalogue)
    store.load({"Companies": [{"id": 1, "companyName": "Old"}]})
    held = store.get("Companies", 1)
    store.change("Companies", 1, {"companyName": "New"})
    assert held == {"id": 1, "companyName": "Old"}
    assert store.get("Companies", 1) == {"id": 1, "companyName": "New"}


def test_rows_come_in_the_order_of_their_ids(catalogue: Catalogue) -> None:
    store = SandboxStore(catalogue)
    store.load({"Companies": [{"id": 9, "companyName": "b"}, {"id": 3, "companyName": "a"}]})
    store.insert("Companies", {"companyName": "c"})
    assert [row["id"] for row in store.rows("Companies")] == [3, 9, 10]
    assert store.counts()["Companies"] == 3


def test_the_clock_stands_where_the_data_says() -> None:
    assert read_clock({"today": "2019-06-04"})().isoformat() == "2019-06-04T00:00:00+00:00"
    assert read_clock({"now": "2019-06-04T10:00:00-04:00"})().isoformat() == "2019-06-04T14:00:00+00:00"
    assert read_clock({})().tzinfo is not None


@pytest.mark.parametrize("name", ["data.yaml", "data.json"])
def test_a_data_file_may_be_yaml_or_json(tmp_path: Path, make: Make, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"today": "2019-06-04", "records": {"Companies": [{"id": 1, "companyName": "X"}]}}')
    assert make(**read_data(path)).app.store.counts()["Companies"] == 1


def test_dates_of_a_yaml_file_need_no_quotes(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "data.yaml"
    path.write_text("today: 2019-06-04\nrecords: {Invoices: [{id: 1, dueDate: 2019-07-01}]}")
    assert make(**read_data(path)).get("Invoices", 1)["dueDate"] == "2019-07-01T00:00:00Z"


@pytest.mark.parametrize("text", ["a: [", "- a"])
def test_a_data_file_that_is_no_mapping_is_said_with_its_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(text)
    with pytest.raises(InvalidFiles, match=r"data.yaml:\d+:\d+"):
        read_data(path)


def test_the_same_data_makes_the_same_stand_in_twice(make: Make) -> None:
    body = {"serviceID": 1, "effectiveDate": "2019-05-13", "unitChange": 2}
    seen = []
    for _ in range(2):
        api = make(records=RECORDS)
        api.ask("POST", "Contracts/1/ServiceAdjustments", body)
        seen.append((api.find("ContractServiceUnits"), api.find("Companies")))
    assert seen[0] == seen[1]
