"""Faults on order, in process: which requests they strike, what is done, what is answered, what the history tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from rules_run.errors import InvalidFiles
from rules_run.sandbox import AnswerWithheld, ConnectionDropped, ConnectionRefused, Fault, Faults

from .conftest import Api, Make

COMPANY = {"companyName": "New", "companyType": 1, "ownerResourceID": 1, "phone": "555"}
CREATE = {"resource": "Companies", "verb": "create"}


def order(api: Api, **fault: Any) -> None:
    assert api.http.post("/_sandbox/faults", json=fault).status_code == 200


def history(api: Api) -> list[dict[str, Any]]:
    return list(api.http.get("/_sandbox/history").get_json())


def create(api: Api) -> TestResponse:
    return api.call("POST", "/V1.0/Companies", COMPANY)


def companies(api: Api) -> int:
    return len(api.app.store.rows("Companies"))


def test_a_fault_strikes_once_and_only_what_it_fits(api: Api) -> None:
    order(api, effect="answer", status=503, **CREATE)
    api.ask("PATCH", "Companies", {"id": 1, "fax": "1"})
    assert create(api).status_code == 503
    assert create(api).get_json() == {"itemId": 4}
    assert [(entry["committed"], entry["fault"]) for entry in history(api)] == [
        (True, None),
        (False, "answer"),
        (True, None),
    ]


def test_a_fault_waits_for_the_nth_request_and_strikes_as_often_as_it_says(api: Api) -> None:
    order(api, effect="answer", status=503, nth=2, times=2, **CREATE)
    assert [create(api).status_code for _ in range(5)] == [200, 503, 503, 200, 200]


def test_a_fault_without_an_end_strikes_until_it_is_dropped(api: Api) -> None:
    order(api, effect="answer", status=503, times=None, **CREATE)
    assert [create(api).status_code for _ in range(3)] == [503, 503, 503]
    number = api.http.get("/_sandbox/faults").get_json()[0]["number"]
    api.http.delete(f"/_sandbox/faults/{number}")
    assert create(api).status_code == 200
    assert api.http.get("/_sandbox/faults").get_json() == []


def test_of_two_faults_that_are_due_the_second_strikes_next(api: Api) -> None:
    order(api, effect="answer", status=502)
    order(api, effect="answer", status=503)
    assert [api.call("GET", "/V1.0/Companies/1").status_code for _ in range(3)] == [502, 503, 200]


def test_a_list_orders_several_at_once_and_delete_drops_all(api: Api) -> None:
    api.http.post("/_sandbox/faults", json=[{"effect": "empty_body"}, {"effect": "html_body", "nth": 3}])
    told = api.http.get("/_sandbox/faults").get_json()
    assert [(each["effect"], each["nth"], each["happened"]) for each in told] == [
        ("empty_body", 1, 0),
        ("html_body", 3, 0),
    ]
    api.http.delete("/_sandbox/faults")
    assert api.http.get("/_sandbox/faults").get_json() == []


def struck(seed: int, chance: float) -> list[bool]:
    faults = Faults([Fault(effect="answer", verb="read", times=None, chance=chance, seed=seed)])
    return [faults.due("Companies", "read")[1] is not None for _ in range(50)]


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_chance_is_the_same_for_the_same_seed(seed: int, chance: float) -> None:
    assert struck(seed, chance) == struck(seed, chance)


def test_chance_strikes_about_as_often_as_it_says() -> None:
    assert 10 < sum(struck(7, 0.5)) < 40
    assert struck(7, 0.0) == [False] * 50
    assert struck(7, 1.0) == [True] * 50


def test_a_data_file_orders_faults_and_a_reset_brings_them_back(make: Make) -> None:
    api = make(faults=[{"effect": "answer", "status": 503, **CREATE}])
    assert [create(api).status_code for _ in range(2)] == [503, 200]
    api.http.post("/_sandbox/reset")
    assert [create(api).status_code for _ in range(2)] == [503, 200]


def test_a_data_file_with_a_fault_that_cannot_be_read_is_refused(make: Make) -> None:
    with pytest.raises(InvalidFiles, match="`effect` is one of"):
        make(faults=[{"effect": "explode"}])


@pytest.mark.parametrize(
    ("effect", "signal", "committed"),
    [
        ("refuse", ConnectionRefused, False),
        ("reset_before_commit", ConnectionDropped, False),
        ("reset_after_commit", ConnectionDropped, True),
        ("timeout_before_commit", AnswerWithheld, False),
        ("timeout_after_commit", AnswerWithheld, True),
        ("cut_body", ConnectionDropped, True),
    ],
)
def test_a_lost_answer_is_in_the_history_as_what_really_happened(
    api: Api, effect: Any, signal: type[Exception], committed: bool
) -> None:
    order(api, effect=effect, **CREATE)
    with pytest.raises(signal):
        create(api).get_data()
    assert companies(api) == (4 if committed else 3)
    entry = history(api)[-1]
    assert (entry["committed"], entry["fault"]) == (committed, effect)


def test_signals_are_the_errors_of_a_connection() -> None:
    assert issubclass(ConnectionDropped, ConnectionError)
    assert issubclass(ConnectionRefused, ConnectionRefusedError)
    assert issubclass(AnswerWithheld, TimeoutError)


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = datetime(2019, 6, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_late_change_happens_when_its_time_has_come_and_is_told_apart(make: Make) -> None:
    hands = Hands()
    api = make(now=hands)
    order(api, effect="late_commit", seconds=30, **CREATE)
    with pytest.raises(AnswerWithheld):
        create(api)
    hands.now += timedelta(seconds=29)
    assert len(api.find("Companies")) == 3
    hands.now += timedelta(seconds=1)
    assert len(api.find("Companies")) == 4
    first, _, late, _ = history(api)
    assert (first["by"], first["committed"], first["status"]) == ("client", False, None)
    assert (late["by"], late["of"], late["committed"], late["id"]) == ("late", first["n"], True, 4)
    assert api.app.history.calls() == {"total": 3, "by": {"Companies": {"create": 1, "read": 2}}}


def test_a_gateway_may_give_up_before_the_change_comes(make: Make) -> None:
    hands = Hands()
    api = make(now=hands)
    order(api, effect="answer_before_commit", status=504, seconds=30, **CREATE)
    assert create(api).status_code == 504
    assert len(api.find("Companies")) == 3
    hands.now += timedelta(seconds=30)
    assert len(api.find("Companies")) == 4
    first, _, late, _ = history(api)
    assert (first["by"], first["committed"], first["status"]) == ("client", False, 504)
    assert (late["by"], late["of"], late["committed"], late["id"]) == ("late", first["n"], True, 4)


def test_a_late_change_that_is_refused_then_changes_nothing(make: Make) -> None:
    hands = Hands()
    api = make(now=hands)
    order(api, effect="late_commit", seconds=30, resource="ContractServiceAdjustments")
    body = {"serviceID": 1, "effectiveDate": "2019-05-13", "unitChange": 2}
    with pytest.raises(AnswerWithheld):
        api.call("POST", "/V1.0/Contracts/1/ServiceAdjustments", body)
    api.ask("POST", "Contracts/1/ServiceAdjustments", body)
    hands.now += timedelta(seconds=30)
    assert [entry["committed"] for entry in history(api) if entry["verb"] == "create"] == [False, True, False]


def test_a_reset_forgets_late_changes(make: Make) -> None:
    hands = Hands()
    api = make(now=hands)
    order(api, effect="late_commit", seconds=30, **CREATE)
    with pytest.raises(AnswerWithheld):
        create(api)
    api.http.post("/_sandbox/reset")
    hands.now += timedelta(seconds=60)
    assert len(api.find("Companies")) == 3


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize(("effect", "made"), [("answer", 0), ("answer_after_commit", 1)])
def test_a_server_error_may_come_before_or_after_the_change(api: Api, effect: str, made: int, status: int) -> None:
    order(api, effect=effect, status=status, **CREATE)
    answer = create(api)
    assert answer.status_code == status
    assert answer.content_type.startswith("text/html")
    assert companies(api) == 3 + made
    assert [(entry["status"], entry["committed"]) for entry in history(api)] == [(status, bool(made))]


def test_a_stated_body_is_answered_as_it_is(api: Api) -> None:
    order(api, effect="answer", status=409, body={"errors": ["taken"]}, **CREATE)
    assert api.refused("POST", "Companies", COMPANY, 409) == "taken"


@pytest.mark.parametrize(("given", "header"), [({"retry_after": 7}, "7"), ({}, None)])
def test_too_many_requests_come_in_the_words_of_the_system(api: Api, given: dict[str, int], header: str | None) -> None:
    order(api, effect="answer", status=429, **given)
    answer = create(api)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert "thread threshold of 3 threads has been exceeded" in answer.get_json()["errors"][0]


def test_an_empty_and_an_html_body_hide_what_was_done(api: Api) -> None:
    order(api, effect="empty_body", **CREATE)
    order(api, effect="html_body", **CREATE)
    empty, html = create(api), create(api)
    assert (empty.status_code, empty.get_data()) == (200, b"")
    assert (html.status_code, html.content_type.split(";")[0]) == (200, "text/html")
    assert companies(api) == 5


def test_a_trickling_body_is_whole_in_the_end(make: Make) -> None:
    api = make(now=Hands())
    order(api, effect="trickle", seconds=60)
    assert api.get("Companies", 1)["companyName"] == "Parent"


@pytest.mark.parametrize(
    ("drift", "seen"),
    [
        ({"rename": {"companyName": "name"}}, {"name": "Parent"}),
        ({"drop": ["phone"]}, {"companyName": "Parent"}),
        ({"set": {"colour": "red"}}, {"colour": "red"}),
        ({"set": {"companyName": None}}, {"companyName": None}),
        ({"set": {"companyType": "one"}}, {"companyType": "one"}),
    ],
)
def test_fields_drift_in_every_record_of_an_answer(api: Api, drift: dict[str, Any], seen: dict[str, Any]) -> None:
    order(api, effect="drift", times=None, **drift)
    for row in (api.get("Companies", 1), api.find("Companies")[0]):
        assert {name: row[name] for name in seen} == seen
        assert not set(drift.get("rename", drift.get("drop", ()))) & set(row)


def test_the_id_of_a_new_record_can_drift_too(api: Api) -> None:
    order(api, effect="drift", rename={"itemId": "id"}, **CREATE)
    assert create(api).get_json() == {"id": 4}


def test_records_come_and_go_between_two_pages(api: Api) -> None:
    """Positions are ids there, so nothing that stays is lost or doubled."""
    order(api, effect="meanwhile", verb="read", take={"Companies": [1]}, give={"Companies": [{**COMPANY, "id": 9}]})
    first = api.ask("POST", "Companies/query", {"filter": [{"op": "exist", "field": "id"}], "MaxRecords": 2})
    link = first["pageDetails"]["nextPageUrl"].split("/V1.0/")[1]
    second = api.ask("POST", link, {"filter": [{"op": "exist", "field": "id"}]})
    assert [[row["id"] for row in page["items"]] for page in (first, second)] == [[1, 2], [3, 9]]
    by_somebody = [(entry["verb"], entry["id"]) for entry in history(api) if entry["by"] == "somebody"]
    assert by_somebody == [("delete", 1), ("update", 9)]


def test_a_page_comes_twice(api: Api) -> None:
    order(api, effect="repeat", verb="read", nth=2)
    body = {"filter": [{"op": "exist", "field": "id"}], "MaxRecords": 2}
    first = api.ask("POST", "Companies/query", body)
    link = first["pageDetails"]["nextPageUrl"].split("/V1.0/")[1]
    assert api.ask("POST", link, body) == first
    assert [row["id"] for row in api.ask("POST", link, body)["items"]] == [3]


def test_a_delay_comes_on_top_of_another_fault(make: Make) -> None:
    api = make(now=Hands())
    order(api, effect="latency", seconds=3600, times=None)
    order(api, effect="answer", status=503, **CREATE)
    assert [create(api).status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"effect": "explode"}, "`effect` is one of"),
        ({"effect": "answer", "verb": "write"}, "`verb` is one of"),
        ({"effect": "answer", "nth": 0}, "`nth` is a whole number"),
        ({"effect": "answer", "times": "often"}, "`times` is a whole number"),
        ({"effect": "answer", "status": "500"}, "`status` is a whole number"),
        ({"effect": "answer", "chance": 2}, "`chance` is a number from 0 to 1"),
        ({"effect": "latency", "seconds": -1}, "`seconds` is a number from 0"),
        ({"effect": "drift", "drop": "phone"}, "`drop` is a list"),
        ({"effect": "meanwhile", "give": {"Companies": {}}}, "`give` is a mapping"),
        ({"effect": "meanwhile", "give": {"Companies": [1]}}, "`give` is a mapping"),
        ({"effect": "answer", "when": 1}, "A fault is an object of"),
        ([[]], "A fault is an object of"),
        ({"effect": "meanwhile", "give": {"Compnies": []}}, "names the resource Compnies"),
        ({"effect": "meanwhile", "take": {"Compnies": [1]}}, "names the resource Compnies"),
        ({"effect": "meanwhile", "give": {"Companies": [{"nmae": "x"}]}}, "names the field Companies.nmae"),
        ({"effect": "meanwhile", "give": {"Companies": [{"ownerResourceID": "x"}]}}, "Could not convert"),
    ],
)
def test_a_fault_that_cannot_be_understood_is_refused(api: Api, fault: object, says: str) -> None:
    answer = api.http.post("/_sandbox/faults", json=fault)
    assert answer.status_code == 400
    assert says in answer.get_json()["message"]
    assert api.http.get("/_sandbox/faults").get_json() == []


def test_ordering_is_no_request_of_the_system(api: Api) -> None:
    order(api, effect="answer")
    assert history(api) == []
