"""Limits of the Autotask stand-in: requests at once for an object, requests an hour, delays, restricted users."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from rules_run.errors import InvalidFiles
from rules_run.sandbox import Serving, serve

from .conftest import HEADERS, RECORDS, USER, Api, Make

MUCH = "thread threshold of 3 threads has been exceeded"


class Hands:
    """A clock that a test turns; nobody waits on it."""

    def __init__(self) -> None:
        self.now = datetime(2019, 6, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def slow(make: Make) -> Iterator[Serving]:
    """Return a stand-in whose reads take long enough to be under way together."""
    api = make(faults=[{"effect": "latency", "verb": "read", "times": None, "seconds": 0.5}])
    with serve(api.app) as serving:
        yield serving


def at_once(serving: Serving, calls: list[tuple[str, dict[str, str]]]) -> list[requests.Response]:
    answers: list[requests.Response] = []
    begin = threading.Barrier(len(calls))

    def ask(path: str, headers: dict[str, str]) -> None:
        begin.wait(10)
        answers.append(requests.get(f"{serving.url}/V1.0/{path}", headers={**HEADERS, **headers}, timeout=10))

    threads = [threading.Thread(target=ask, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_fourth_request_for_an_object_at_once_is_429(slow: Serving) -> None:
    answers = at_once(slow, [("Companies/1", {})] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert MUCH in refused.json()["errors"][0]
    assert not {name for name in refused.headers if "limit" in name.lower() or "retry" in name.lower()}


def test_different_objects_run_side_by_side(slow: Serving) -> None:
    paths = ["Companies/1", "Contacts/1", "Tickets/1", "Invoices/1", "Contracts/1", "Services/1"]
    assert {answer.status_code for answer in at_once(slow, [(path, {}) for path in paths])} == {200}


def test_a_child_path_counts_on_the_child(slow: Serving) -> None:
    paths = ["Tickets/1/Notes", "Tickets/1/Notes", "TicketNotes/1", "TicketNotes/2", "Tickets/1", "Tickets/1"]
    answers = at_once(slow, [(path, {}) for path in paths])
    assert [answer.url.split("/")[-1] in ("Notes", "1", "2") for answer in answers if answer.status_code == 429] == [
        True
    ]


def test_another_tracking_identifier_has_threads_of_its_own(make: Make) -> None:
    users = [{**USER, "integration_code": None}]
    api = make(users=users, faults=[{"effect": "latency", "verb": "read", "times": None, "seconds": 0.5}])
    with serve(api.app) as serving:
        calls = [("Companies/1", {"ApiIntegrationCode": code}) for code in "AAABBB"]
        assert {answer.status_code for answer in at_once(serving, calls)} == {200}


def test_a_place_may_be_freed_a_little_after_the_answer(make: Make) -> None:
    hands = Hands()
    api = make(now=hands, limits={"linger": 1})
    assert [api.call("GET", "/V1.0/Companies/1").status_code for _ in range(4)] == [200, 200, 200, 429]
    hands.now += timedelta(seconds=1)
    assert api.call("GET", "/V1.0/Companies/1").status_code == 200


def test_the_zone_is_never_limited_but_the_threshold_is(make: Make) -> None:
    api = make(now=Hands(), limits={"linger": 1})
    zone = "/V1.0/zoneInformation?user=api@nordlys.test"
    assert [api.http.get(zone).status_code for _ in range(5)] == [200] * 5
    assert [api.call("GET", "/V1.0/ThresholdInformation").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_the_hour_is_shared_by_all_and_frees_itself_as_it_passes(make: Make) -> None:
    hands = Hands()
    users = [USER, {"user": "other@nordlys.test", "secret": "x"}]
    api = make(now=hands, users=users, limits={"requests": 4})
    other = {"UserName": "other@nordlys.test", "Secret": "x", "ApiIntegrationCode": "OTHER"}
    for headers in ({}, other, {}, other):
        assert api.call("GET", "/V1.0/Companies/1", **headers).status_code == 200
        hands.now += timedelta(minutes=10)
    refused = api.call("GET", "/V1.0/Companies/1", **other)
    assert refused.status_code == 429
    assert "request threshold of 4 requests in 60 minutes" in refused.get_json()["errors"][0]
    hands.now += timedelta(minutes=20)
    assert api.call("GET", "/V1.0/Companies/1").status_code == 200


def test_the_threshold_tells_how_much_of_the_hour_is_used(make: Make) -> None:
    hands = Hands()
    api = make(now=hands, limits={"requests": 20, "minutes": 30})
    api.get("Companies", 1)
    assert api.ask("GET", "ThresholdInformation") == {
        "externalRequestThreshold": 20,
        "requestThresholdTimeframe": 30,
        "currentTimeframeRequestCount": 2,
    }
    hands.now += timedelta(minutes=31)
    assert api.ask("GET", "ThresholdInformation")["currentTimeframeRequestCount"] == 1
    api.http.post("/_sandbox/reset")
    assert api.ask("GET", "ThresholdInformation")["currentTimeframeRequestCount"] == 1


class Paused:
    """A stopwatch that writes down how long it was asked to wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def elapsed(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)


def test_requests_become_slower_as_the_hour_is_used_up(autotask_limits: Any) -> None:
    watch = Paused()
    meter = autotask_limits.Meter(autotask_limits.Limits(threads=None, requests=8), watch)
    for _ in range(8):
        with meter.place("A", "Companies") as place:
            assert place.refusal is None
    assert watch.waits == [0.5, 0.5, 1.0, 1.0]


def test_limits_can_be_lifted_together_or_each(make: Make) -> None:
    for limits in (False, {"threads": None}):
        api = make(now=Hands(), limits=limits)
        assert {api.call("GET", "/V1.0/Companies/1").status_code for _ in range(20)} == {200}


def test_a_limit_that_is_unknown_is_refused(make: Make) -> None:
    with pytest.raises(InvalidFiles, match="unknown limit thread"):
        make(limits={"thread": 3})


def test_the_status_of_a_limit_can_be_another_one(make: Make) -> None:
    api = make(now=Hands(), limits={"requests": 1, "status": 500})
    api.get("Companies", 1)
    assert "request threshold" in api.refused("GET", "Companies/1", status=500)


@pytest.fixture
def restricted(make: Make) -> Api:
    sees = {"Invoices": "none", "Companies": {"id": [1, 2]}, "Contacts": {"companyID": [1, 2]}}
    return make(users=[{**USER, "sees": sees}], records=RECORDS)


def test_what_a_restricted_user_may_not_see_is_missing_without_an_error(restricted: Api) -> None:
    assert [row["id"] for row in restricted.find("Companies")] == [1, 2]
    assert restricted.find("Invoices") == []
    assert restricted.ask("GET", "Companies/3") == {"item": None}
    assert restricted.ask("POST", "Contacts/query/count", {"filter": [{"op": "exist", "field": "id"}]}) == {
        "queryCount": 2
    }
    assert len(restricted.find("Contracts")) == 2


def test_what_is_not_seen_can_be_neither_changed_nor_deleted(restricted: Api) -> None:
    assert "No matching records" in restricted.refused("PATCH", "Companies", {"id": 3, "fax": "1"})
    assert "No matching records" in restricted.refused("PATCH", "Invoices", {"id": 1, "invoiceNumber": "1"})
    assert "No matching records" in restricted.refused("DELETE", "Companies/3/Contacts/2")


def test_only_the_metadata_tells_that_a_user_is_restricted(restricted: Api) -> None:
    told = [
        restricted.ask("GET", f"{name}/entityInformation")["info"]["userAccessForQuery"]
        for name in ("Contracts", "Companies", "Invoices")
    ]
    assert told == ["All", "Restricted", "None"]


def test_a_user_without_access_cannot_create(make: Make) -> None:
    api = make(users=[{**USER, "sees": {"Companies": "none"}}])
    body = {"companyName": "New", "companyType": 1, "ownerResourceID": 1, "phone": "555"}
    assert "does not have the adequate permissions" in api.refused("POST", "Companies", body)
