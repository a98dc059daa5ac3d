"""Log-in, zones, URLs and error shapes of the Autotask stand-in."""

from __future__ import annotations

import pytest
import requests

from rules_run.sandbox import serve

from .conftest import HEADERS, RECORDS, USER, Api, Make

ZONE = "/atservicesrest/v1.0/zoneInformation"


def test_the_zone_is_told_without_a_log_in_and_is_the_stand_in_itself(api: Api) -> None:
    answer = api.http.get(f"{ZONE}?user={USER['user']}", base_url="http://127.0.0.1:8765")
    assert answer.get_json()["url"] == "http://127.0.0.1:8765/ATServicesRest/"
    assert {"zoneName", "webUrl", "ci"} <= set(answer.get_json())


@pytest.mark.parametrize("query", ["", "?user=", "?user=nobody@nordlys.test"])
def test_an_unknown_or_blank_user_has_no_zone(api: Api, query: str) -> None:
    answer = api.http.get(ZONE + query)
    assert answer.status_code == 500
    assert answer.get_json()["errors"][0].startswith("Zone information could not be determined")


def test_version_information_needs_no_log_in(api: Api) -> None:
    assert api.http.get("/atservicesrest/versioninformation").get_json() == {"apiVersions": ["1.0"]}


@pytest.mark.parametrize("header", ["UserName", "Secret"])
def test_a_wrong_user_or_secret_is_401(api: Api, header: str) -> None:
    assert api.call("GET", "/ATServicesRest/V1.0/Companies/1", **{header: "wrong"}).status_code == 401


def test_no_headers_at_all_are_401(api: Api) -> None:
    assert api.http.get("/ATServicesRest/V1.0/Companies/1").status_code == 401


def test_a_wrong_integration_code_is_500(api: Api) -> None:
    answer = api.call("GET", "/ATServicesRest/V1.0/Companies/1", ApiIntegrationCode="wrong")
    assert (answer.status_code, answer.get_json()) == (500, {"errors": ["IntegrationCode is invalid"]})


def test_header_names_in_any_case_log_in(api: Api) -> None:
    sent = {name.lower(): value for name, value in HEADERS.items()}
    assert api.http.get("/ATServicesRest/V1.0/Companies/1", headers=sent).status_code == 200


def test_a_tenant_without_users_lets_everybody_in(make: Make) -> None:
    open_house = make(users=[])
    assert open_house.http.get("/ATServicesRest/V1.0/Companies/1").status_code == 200
    assert open_house.http.get(f"{ZONE}?user=anybody").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/ATServicesRest/V1.0/Companies/1",
        "/atservicesrest/v1.0/companies/1",
        "/ATSERVICESREST/1.0/COMPANIES/1/",
        "/atservicesrest/v1.0//Companies//1",
        "/V1.0/Companies/1",
    ],
)
def test_casing_and_slashes_of_a_path_do_not_matter(api: Api, path: str) -> None:
    assert api.call("GET", path).get_json()["item"]["companyName"] == "Parent"


def test_an_unknown_id_is_a_null_item_and_no_404(api: Api) -> None:
    assert api.ask("GET", "Companies/99") == {"item": None}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "Contacts", 404),
        ("POST", "TicketNotes", 404),
        ("PATCH", "ContractServices", 404),
        ("GET", "Nonsense/query", 404),
        ("GET", "ServiceQuantities/query", 404),
        ("GET", "Companies/one", 404),
        ("GET", "Companies/1/Nonsense", 404),
        ("POST", "BillingCodes", 404),
        ("GET", "ContractServiceAdjustments/1", 404),
        ("GET", "ContractServiceAdjustments/query", 404),
        ("PATCH", "Tickets/1", 405),
        ("PUT", "Companies/1", 405),
        ("DELETE", "Companies/1", 405),
        ("POST", "Invoices", 405),
        ("DELETE", "Contracts/1/Services/1", 405),
        ("POST", "Contracts/1/ServiceUnits", 405),
        ("DELETE", "Companies/query", 405),
    ],
)
def test_what_cannot_be_done_at_a_url_is_404_or_405(api: Api, method: str, path: str, status: int) -> None:
    api.refused(method, path, {"id": 1}, status)


def test_errors_are_a_list_of_texts(api: Api) -> None:
    answer = api.call("POST", "/ATServicesRest/V1.0/Companies", {})
    assert answer.status_code == 500
    assert answer.get_json() == {"errors": ["Missing Required Field: companyName"]}


def test_broken_json_is_a_500_with_the_words_of_the_json_reader(api: Api) -> None:
    answer = api.http.post("/ATServicesRest/V1.0/Companies", data='{"a": x}', headers=HEADERS)
    assert answer.status_code == 500
    assert answer.get_json()["errors"][0].startswith("Unexpected character encountered while parsing value: x")


def test_a_body_that_is_no_object_is_refused(api: Api) -> None:
    assert "request body" in api.refused("POST", "Companies", [])


def test_the_threshold_counts_its_own_call(api: Api) -> None:
    api.ask("GET", "Companies/1")
    told = api.ask("GET", "ThresholdInformation")
    assert told == {
        "externalRequestThreshold": 10_000,
        "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": 2,
    }


def test_the_markup_of_an_invoice_shows_its_number(api: Api) -> None:
    api.ask("PATCH", "Invoices", {"id": 1, "invoiceNumber": "<7>"})
    assert "&lt;7&gt;" in api.ask("GET", "Invoices/1/InvoiceMarkupHtml")["invoiceMarkup"]
    assert api.ask("GET", "Invoices/1/InvoiceMarkupXml")["invoiceMarkup"].startswith("<invoice>")
    assert "No matching records" in api.refused("GET", "Invoices/9/InvoiceMarkupXml")


def test_what_is_global_needs_a_log_in(api: Api) -> None:
    assert set(api.ask("GET", "Version")) == {"majorVersion", "minorVersion", "build"}
    assert {"key", "value"} == set(api.ask("GET", "Modules")["modules"][0])
    names = [each["info"]["name"] for each in api.ask("GET", "EntityInformation")["entityDescriptions"]]
    assert {"Company", "Ticket", "ContractServiceUnit"} <= set(names)
    for path in ("Version", "Modules", "EntityInformation"):
        assert api.http.get(f"/V1.0/{path}").status_code == 401


def test_a_status_is_said_in_the_standards_own_spelling(api: Api) -> None:
    with serve(api.app) as serving:
        answer = requests.get(
            f"{serving.url}/V1.0/Companies/1", headers={**HEADERS, "ApiIntegrationCode": "X"}, timeout=5
        )
    assert (answer.status_code, answer.reason) == (500, "Internal Server Error")


def test_a_record_tells_who_made_it_and_in_whose_name(make: Make) -> None:
    resources = [{"id": number, "userName": str(number), "isActive": number != 3} for number in (1, 2, 3)]
    api = make(users=[{**USER, "resource": 1}], records={**RECORDS, "Resources": resources})
    note = {"description": "x", "noteType": 1, "publish": 1}
    for headers in ({}, {"ImpersonationResourceId": "2"}):
        assert api.call("POST", "/V1.0/Tickets/1/Notes", note, **headers).status_code == 200
    made = [(row["creatorResourceID"], row["impersonatorCreatorResourceID"]) for row in api.find("TicketNotes")]
    assert made == [(1, None), (2, 1)]
    for nobody in ("3", "9", "x"):
        refused = api.call("POST", "/V1.0/Tickets/1/Notes", note, ImpersonationResourceId=nobody)
        assert "does not exist or is invalid" in refused.get_json()["errors"][0]
