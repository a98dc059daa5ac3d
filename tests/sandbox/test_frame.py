"""What every stand-in has: a true history, faults on order, a reset, pages to look at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rules_run.errors import InvalidFiles
from rules_run.model.catalogue import Catalogue
from rules_run.sandbox import (
    AnswerWithheld,
    ConnectionDropped,
    Fault,
    SandboxStore,
    read_clock,
    read_data,
)

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
    api.app.script.add(Fault(effect="reset_before"))
    assert api.http.post("/_sandbox/reset").get_json() == {"reset": True}
    assert history(api) == []
    assert api.get("Companies", 1)["fax"] is None
    assert api.ask("POST", "Companies", COMPANY) == {"itemId": 4}


def test_what_is_unknown_below_the_sandbox_is_no_request_of_the_system(api: Api) -> None:
    assert api.http.get("/_sandbox/reset").status_code == 404
    assert api.http.post("/_sandbox/nonsense").status_code == 404
    assert history(api) == []


def test_a_scripted_answer_comes_instead_of_the_real_one_and_only_once(api: Api) -> None:
    fault = {"effect": "answer", "resource": "Companies", "verb": "create", "status": 429, "body": {"errors": ["slow"]}}
    assert api.http.post("/_sandbox/script", json=fault).get_json() == {"scripted": True}
    api.ask("PATCH", "Companies", {"id": 1, "fax": "1"})
    assert api.refused("POST", "Companies", COMPANY, 429) == "slow"
    assert api.ask("POST", "Companies", COMPANY) == {"itemId": 4}
    assert [entry["committed"] for entry in history(api)] == [True, False, True]


def test_a_fault_waits_for_the_nth_request_that_it_fits(api: Api) -> None:
    api.app.script.add(Fault(effect="answer", verb="create", nth=2, status=503))
    assert api.ask("POST", "Companies", COMPANY)
    assert api.call("POST", "/V1.0/Companies", COMPANY).status_code == 503


def test_two_faults_come_one_after_the_other(api: Api) -> None:
    for status in (502, 503):
        api.app.script.add(Fault(effect="answer", status=status))
    assert [api.call("GET", "/V1.0/Companies/1").status_code for _ in range(3)] == [502, 503, 200]


@pytest.mark.parametrize(
    ("effect", "signal", "committed"),
    [
        ("reset_before", ConnectionDropped, False),
        ("reset_after", ConnectionDropped, True),
        ("timeout_after", AnswerWithheld, True),
    ],
)
def test_a_lost_answer_is_in_the_history_as_what_really_happened(
    api: Api, effect: Any, signal: type[Exception], committed: bool
) -> None:
    api.app.script.add(Fault(effect=effect, resource="Companies", verb="create"))
    with pytest.raises(signal):
        api.call("POST", "/V1.0/Companies", COMPANY)
    assert len(api.app.store.rows("Companies")) == (4 if committed else 3)
    entry = history(api)[-1]
    assert (entry["committed"], entry["status"]) == (committed, None)


def test_signals_of_a_lost_answer_are_the_errors_of_a_connection() -> None:
    assert issubclass(ConnectionDropped, ConnectionError)
    assert issubclass(AnswerWithheld, TimeoutError)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"effect": "explode"}, "`effect` is one of"),
        ({"effect": "answer", "verb": "write"}, "`verb` is one of"),
        ({"effect": "answer", "nth": 0}, "`nth` is a whole number"),
        ({"effect": "answer", "status": "500"}, "`status` is a whole number"),
        ({"effect": "answer", "when": 1}, "A fault is an object of"),
        ([], "A fault is an object of"),
    ],
)
def test_a_fault_that_cannot_be_understood_is_refused(api: Api, fault: object, says: str) -> None:
    answer = api.http.post("/_sandbox/script", json=fault)
    assert answer.status_code == 400
    assert says in answer.get_json()["message"]


def test_the_first_page_lists_resources_with_their_counts(api: Api) -> None:
    page = api.http.get("/").get_data(as_text=True)
    assert '<a href="/_sandbox/records/Companies">Companies</a></td><td class="count">3</td>' in page
    assert "<td>Subscriptions</td>" in page
    assert "ServiceQuantities" not in page


def test_a_page_shows_records_escaped_with_the_columns_that_hold_something(make: Make) -> None:
    api = make(records={"Companies": [{"id": 1, "companyName": "<b>A & B</b>", "phone": "5"}]})
    page = api.http.get("/_sandbox/records/Companies").get_data(as_text=True)
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in page
    assert "<b>A" not in page
    assert '<th scope="col">phone</th>' in page
    assert "fax" not in page


def test_a_page_of_an_unknown_resource_is_404(api: Api) -> None:
    assert api.http.get("/_sandbox/records/Nonsense").status_code == 404


def test_looking_at_pages_is_no_request_of_the_system(api: Api) -> None:
    api.http.get("/")
    api.http.get("/_sandbox/records/Companies")
    assert history(api) == []


def test_records_are_made_once_each_by_many_threads(api: Api) -> None:
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
