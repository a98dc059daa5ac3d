"""The query language of the Autotask stand-in, by table, and its paging."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import yaml

from .conftest import RECORDS, Api, Make

CASES = yaml.safe_load(Path(__file__).with_name("autotask_filters.yaml").read_text())
ALL = {"op": "exist", "field": "id"}
COMPANIES = [{"id": number, "companyName": f"Company {number}"} for number in range(1, 8)]


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


@pytest.fixture
def people(make: Make) -> Api:
    return make(user_defined_fields=CASES["user_defined_fields"], records={**RECORDS, **CASES["records"]})


@pytest.mark.parametrize("case", CASES["found"], ids=lambda case: case["name"])
def test_a_filter_finds(people: Api, case: dict[str, Any]) -> None:
    assert ids(people.find(case.get("resource", "Tickets"), *case["filter"])) == case["ids"]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["name"])
def test_a_filter_is_refused(people: Api, case: dict[str, Any]) -> None:
    path = f"{case.get('resource', 'Tickets')}/query"
    assert case["says"] in people.refused("POST", path, {"filter": case["filter"]})


@pytest.mark.parametrize("case", CASES["switched"], ids=lambda case: case["name"])
def test_what_is_inferred_can_be_switched(make: Make, case: dict[str, Any]) -> None:
    data = {"user_defined_fields": CASES["user_defined_fields"], "records": {**RECORDS, **CASES["records"]}}
    switched = make(**data, switches=case["switches"])
    if "says" in case:
        assert case["says"] in switched.refused("POST", "Tickets/query", {"filter": case["filter"]})
    else:
        assert ids(switched.find("Tickets", *case["filter"])) == case["ids"]


def test_a_query_may_come_in_the_url(api: Api) -> None:
    search = quote(json.dumps({"Filter": [{"op": "eq", "field": "CompanyName", "value": "Child"}]}))
    assert ids(api.ask("GET", f"Companies/query?search={search}")["items"]) == [2]


def test_the_casing_of_the_keys_of_a_query_does_not_matter(api: Api) -> None:
    body = {"FILTER": [{"OP": "GTE", "Field": "Id", "VALUE": 2}], "maxrecords": 1, "INCLUDEFIELDS": ["ID"]}
    assert api.ask("POST", "Companies/query", body)["items"] == [{"id": 2}]


def test_a_url_query_of_more_than_2048_characters_has_to_be_posted(api: Api) -> None:
    search = quote(json.dumps({"filter": [{"op": "in", "field": "id", "value": list(range(1000, 1400))}]}))
    api.refused("GET", f"Companies/query?search={search}", status=404)


@pytest.mark.parametrize("body", [None, {}, {"filter": []}])
def test_a_query_without_a_filter_is_an_error(api: Api, body: object) -> None:
    assert "Parameter name: filters" in api.refused("POST", "Companies/query", body)


def test_five_hundred_alternatives_are_allowed_and_one_more_is_not(api: Api) -> None:
    def asked(count: int) -> dict[str, Any]:
        return {"filter": [{"op": "in", "field": "id", "value": list(range(count))}]}

    assert api.ask("POST", "Companies/query", asked(500))["items"]
    assert "limited to 500 or fewer 'OR' conditions" in api.refused("POST", "Companies/query", asked(501))


def test_alternatives_of_groups_and_lists_are_counted_together(api: Api) -> None:
    group = {"op": "or", "items": [{"op": "eq", "field": "id", "value": 1}] * 300}
    listed = {"op": "in", "field": "id", "value": list(range(300))}
    assert "500 or fewer" in api.refused("POST", "Companies/query", {"filter": [group, listed]})


def test_a_count_answers_only_a_number(api: Api) -> None:
    assert api.ask("POST", "Companies/query/count", {"filter": [ALL]}) == {"queryCount": 3}
    search = quote(json.dumps({"filter": [{"op": "eq", "field": "id", "value": 1}]}))
    assert api.ask("GET", f"Companies/query/count?search={search}") == {"queryCount": 1}


def test_included_fields_limit_the_answer_of_a_query_but_not_of_an_id(api: Api) -> None:
    assert api.find("Companies", ALL, IncludeFields=["companyName"])[0] == {"companyName": "Parent"}
    assert "phone" in api.get("Companies", 1)


def test_user_defined_fields_may_be_included_by_name(people: Api) -> None:
    row = people.find("Tickets", {"op": "eq", "field": "id", "value": 1}, IncludeFields=["id", "Customer Ranking"])[0]
    assert row == {"id": 1, "userDefinedFields": [{"name": "Customer Ranking", "value": "Gold"}]}


def test_user_defined_fields_are_left_out_where_no_row_has_a_value(people: Api) -> None:
    assert "userDefinedFields" not in people.find("Tickets", {"op": "eq", "field": "id", "value": 3})[0]
    row = people.find("Tickets", {"op": "lte", "field": "id", "value": 3})[2]
    assert row["userDefinedFields"][0] == {"name": "Customer Ranking", "value": None}


def test_all_fields_come_back_and_are_null_where_nothing_stands(api: Api) -> None:
    company = api.find("Companies")[0]
    assert company["fax"] is None
    assert len(company) > 50


def test_page_details_tell_rows_and_page_size(make: Make) -> None:
    paged = make(records={"Companies": COMPANIES})
    details = paged.ask("POST", "Companies/query", {"filter": [ALL]})["pageDetails"]
    assert details == {"count": 7, "requestCount": 500, "prevPageUrl": None, "nextPageUrl": None}


@pytest.mark.parametrize("size", [0, 501, "many", True])
def test_a_page_holds_1_to_500_rows(api: Api, size: object) -> None:
    assert "MaxRecords" in api.refused("POST", "Companies/query", {"filter": [ALL], "MaxRecords": size})


def test_the_next_page_of_a_posted_query_is_posted_with_the_same_body(make: Make) -> None:
    paged = make(records={"Companies": COMPANIES})
    body = {"filter": [ALL], "MaxRecords": 3}
    page = paged.ask("POST", "Companies/query", body)
    seen = [ids(page["items"])]
    while page["pageDetails"]["nextPageUrl"]:
        url = urlsplit(page["pageDetails"]["nextPageUrl"])
        assert url.path == "/ATServicesRest/V1.0/Companies/query/next"
        page = paged.call("POST", f"{url.path}?{url.query}", body).get_json()
        seen.append(ids(page["items"]))
    assert seen == [[1, 2, 3], [4, 5, 6], [7]]


def test_to_get_the_next_page_of_a_posted_query_is_405_and_to_post_no_body_500(make: Make) -> None:
    paged = make(records={"Companies": COMPANIES})
    url = paged.ask("POST", "Companies/query", {"filter": [ALL], "MaxRecords": 3})["pageDetails"]["nextPageUrl"]
    assert paged.call("GET", url).status_code == 405
    answer = paged.call("POST", url)
    assert (answer.status_code, "Parameter name: filters" in answer.get_json()["errors"][0]) == (500, True)


def test_the_search_of_a_url_query_travels_along(make: Make) -> None:
    paged = make(records={"Companies": COMPANIES})
    search = json.dumps({"filter": [{"op": "gt", "field": "id", "value": 1}], "MaxRecords": 4})
    page = paged.ask("GET", f"Companies/query?search={quote(search)}")
    url = page["pageDetails"]["nextPageUrl"]
    assert parse_qs(urlsplit(url).query)["search"] == [search]
    assert ids(paged.call("GET", url).get_json()["items"]) == [6, 7]


def test_the_previous_page_leads_back(make: Make) -> None:
    paged = make(records={"Companies": COMPANIES})
    body = {"filter": [ALL], "MaxRecords": 3}
    second = paged.call(
        "POST", paged.ask("POST", "Companies/query", body)["pageDetails"]["nextPageUrl"], body
    ).get_json()
    first = paged.call("POST", second["pageDetails"]["prevPageUrl"], body).get_json()
    assert ids(first["items"]) == [1, 2, 3]
    assert first["pageDetails"]["prevPageUrl"] is None


def test_a_page_goes_on_after_its_last_id_although_rows_came_and_went(make: Make) -> None:
    paged = make(records={"CompanyLocations": [{"id": n, "companyID": 1, "name": "x"} for n in range(1, 6)]})
    body = {"filter": [ALL], "MaxRecords": 2}
    url = paged.ask("POST", "CompanyLocations/query", body)["pageDetails"]["nextPageUrl"]
    paged.ask("DELETE", "Companies/1/Locations/1")
    assert ids(paged.call("POST", url, body).get_json()["items"]) == [3, 4]


def test_paging_by_the_last_id_works_without_any_page_url(make: Make) -> None:
    paged = make(records={"Companies": COMPANIES})
    assert ids(paged.find("Companies", {"op": "gt", "field": "id", "value": 3}, MaxRecords=3)) == [4, 5, 6]


def test_more_than_one_page_needs_the_id_among_the_included_fields(make: Make) -> None:
    paged = make(records={"Companies": COMPANIES})
    body = {"filter": [ALL], "MaxRecords": 3, "IncludeFields": ["companyName"]}
    assert "must contain id" in paged.refused("POST", "Companies/query", body)


def test_a_damaged_page_url_is_refused(api: Api) -> None:
    assert "paging token" in api.refused("POST", "Companies/query/next?paging=x", {"filter": [ALL]})


def test_children_are_listed_below_their_parent(api: Api) -> None:
    assert ids(api.ask("GET", "Companies/1/Contacts")["items"]) == [1, 3]
    assert api.ask("GET", "Companies/1/Contacts/1")["item"]["firstName"] == "Ann"
    assert api.ask("GET", "Companies/1/Contacts/2") == {"item": None}
