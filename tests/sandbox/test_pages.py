"""The pages of a stand-in: a person sees records, changes them, switches faults, resets."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import TestResponse

from .conftest import RECORDS, Api, Make

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


def see(api: Api, path: str) -> str:
    answer = api.http.get(path, headers=BROWSER)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(api: Api, path: str, form: dict[str, Any], **headers: str) -> TestResponse:
    return api.http.post(path, data=form, headers={**BROWSER, **headers})


def history(api: Api) -> list[dict[str, Any]]:
    return list(api.http.get("/_sandbox/history").get_json())


class Form(HTMLParser):
    """Collects what a browser would send from the form of a record."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in ("input", "select", "textarea"):
            self._open = given.get("name") or ""
            self.values[self._open] = given.get("value") or ""
        elif tag == "option" and "selected" in given:
            self.values[self._open] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            lines = self.values[self._open].replace("\r\n", "\n").removeprefix("\n")
            self.values[self._open] = lines.replace("\n", "\r\n")
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self.lasttag == "textarea" and self._open:
            self.values[self._open] += data


def test_the_first_page_lists_resources_with_their_counts(api: Api) -> None:
    page = see(api, "/")
    assert re.search(r'href="/_sandbox/records/Companies">Companies <span>3</span>', page)
    assert "resources without records" in page
    assert "ServiceQuantities" not in page


def test_a_table_shows_the_columns_that_hold_something_and_what_choices_mean(api: Api) -> None:
    page = see(api, "/_sandbox/records/Companies")
    assert '<th scope="col">phone</th>' in page
    assert "fax" not in page
    assert "Vendor" in page
    assert '<a href="/_sandbox/records/Companies/2">2</a>' in page


def test_a_table_leads_on_to_the_records_it_names(api: Api) -> None:
    assert '<a href="/_sandbox/records/Companies/2">Child</a>' in see(api, "/_sandbox/records/Contracts")


def test_a_record_tells_which_records_name_it(api: Api) -> None:
    api.ask("POST", "Contracts/1/ServiceAdjustments", {"serviceID": 1, "effectiveDate": "2019-05-13", "unitChange": 2})
    page = see(api, "/_sandbox/records/Contracts/1")
    link = re.search(r'href="(/_sandbox/records/ContractServiceUnits\?contractID=1)"', page)
    assert link
    rows = see(api, link[1])
    assert "<code>contractID</code> is 1" in rows
    assert "SEAT" in rows


def test_long_tables_come_in_pages(make: Make) -> None:
    many = [{"id": number, "companyName": f"Company {number}."} for number in range(1, 251)]
    api = make(records={"Companies": many})
    assert "Company 100." in see(api, "/_sandbox/records/Companies")
    page = see(api, "/_sandbox/records/Companies?start=100")
    assert "101 to 200 of 250" in page
    assert "Company 101." in page
    assert "Company 100." not in page


def test_a_number_is_blanked_and_nothing_else_changes(api: Api) -> None:
    api.ask("PATCH", "Invoices", {"id": 1, "invoiceNumber": "INV-1"})
    before = api.get("Invoices", 1)
    form = Form(see(api, "/_sandbox/records/Invoices/1")).values
    assert form["invoiceNumber"] == "INV-1"
    answer = send(api, "/_sandbox/records/Invoices/1", {**form, "invoiceNumber": ""})
    assert answer.status_code == 303
    assert "Saved." in see(api, answer.headers["Location"])
    assert api.get("Invoices", 1) == {**before, "invoiceNumber": None}


def test_an_invoice_is_posted_by_hand(api: Api) -> None:
    form = {"companyID": "2", "invoiceTotal": "1284.50", "invoiceDateTime": "2019-06-01T08:00:00+02:00"}
    answer = send(api, "/_sandbox/records/Invoices/new", form)
    assert answer.headers["Location"] == "/_sandbox/records/Invoices/2?saved=1"
    made = api.get("Invoices", 2)
    assert (made["companyID"], made["invoiceTotal"], made["invoiceDateTime"]) == (2, 1284.5, "2019-06-01T06:00:00Z")


def test_a_change_by_hand_goes_past_the_checks_and_is_in_the_history(api: Api) -> None:
    send(api, "/_sandbox/records/BillingItems/1", {"totalAmount": "7"})
    assert api.get("BillingItems", 1)["totalAmount"] == 7
    first = history(api)[0]
    assert (first["by"], first["verb"], first["resource"], first["id"]) == ("somebody", "update", "BillingItems", 1)
    assert api.app.history.calls()["total"] == 1


def test_choices_flags_and_user_defined_fields_can_be_changed(make: Make) -> None:
    api = make(user_defined_fields={"Companies": [{"name": "Ranking"}]})
    form = {"companyType": "7", "isActive": "true", "userDefinedFields": '{"Ranking": "Gold"}'}
    send(api, "/_sandbox/records/Companies/1", form)
    changed = api.get("Companies", 1)
    assert (changed["companyType"], changed["isActive"]) == (7, True)
    assert changed["userDefinedFields"] == [{"name": "Ranking", "value": "Gold"}]


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(make: Make) -> None:
    record = {**RECORDS["Companies"][0], "userDefinedFields": {"Ranking": "a\nb"}, "isActive": True}
    record["additionalAddressInformation"] = "\nfirst\r\nsecond\n"
    api = make(records={"Companies": [record]}, user_defined_fields={"Companies": [{"name": "Ranking"}]})
    before = api.app.store.get("Companies", 1)
    send(api, "/_sandbox/records/Companies/1", Form(see(api, "/_sandbox/records/Companies/1")).values)
    assert api.app.store.get("Companies", 1) == before
    assert history(api) == []


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("ownerResourceID", "Ina", "ownerResourceID: &#39;Ina&#39; is not of the type integer."),
        ("isActive", "yes", "is not of the type boolean"),
        ("createDate", "soon", "Could not convert string to DateTime: soon."),
        ("userDefinedFields", "{", "is not of the type udf"),
    ],
)
def test_what_cannot_be_read_is_said_beside_what_was_typed(api: Api, field: str, text: str, says: str) -> None:
    answer = send(api, "/_sandbox/records/Companies/1", {field: text})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert says in page
    assert history(api) == []


def test_a_record_is_deleted(api: Api) -> None:
    answer = send(api, "/_sandbox/records/Companies/3/delete", {})
    assert answer.headers["Location"] == "/_sandbox/records/Companies"
    assert api.ask("GET", "Companies/3") == {"item": None}


@pytest.mark.parametrize("path", ["Nonsense", "Nonsense/1", "Companies/99", "Companies/x", "ServiceQuantities"])
def test_a_page_of_what_is_not_there_is_404(api: Api, path: str) -> None:
    assert api.http.get(f"/_sandbox/records/{path}").status_code == 404


def test_whatever_records_hold_is_shown_as_text(make: Make) -> None:
    record = {**RECORDS["Companies"][0], "companyName": HOSTILE, "phone": HOSTILE[:25]}
    api = make(records={"Companies": [record], "Contracts": [{"id": 1, "companyID": 1, "contractName": HOSTILE}]})
    api.http.post(f"/V1.0/{HOSTILE}")
    paths = (
        "records/Companies",
        "records/Companies/1",
        "records/Contracts",
        f"records/Companies?companyName={HOSTILE}",
        "history",
    )
    for path in paths:
        page = see(api, f"/_sandbox/{path}")
        assert "<script" not in page
        assert "49" not in re.sub(r"#[0-9a-f]+", "", page.split("</style>")[1])
    assert Form(see(api, "/_sandbox/records/Companies/1")).values["companyName"] == HOSTILE


def test_faults_are_switched_on_and_off(api: Api) -> None:
    form = {"effect": "answer", "resource": "Companies", "verb": "read", "status": "503", "always": "on"}
    assert send(api, "/_sandbox/faults", form).headers["Location"] == "/_sandbox/faults"
    assert api.call("GET", "/V1.0/Companies/1").status_code == 503
    page = see(api, "/_sandbox/faults")
    assert "read Companies" in page
    assert "each from the 1." in page
    number = re.search(r'action="/_sandbox/faults/(\d+)"', page)
    assert number
    send(api, f"/_sandbox/faults/{number[1]}", {})
    assert api.call("GET", "/V1.0/Companies/1").status_code == 200
    assert "no faults are on order" in see(api, "/_sandbox/faults")


def test_a_fault_of_many_words_is_ordered_by_a_form(api: Api) -> None:
    further = '{"rename": {"companyName": "name"}}'
    send(api, "/_sandbox/faults", {"effect": "drift", "nth": "2", "chance": "1", "seed": "4", "further": further})
    assert "companyName" in api.get("Companies", 1)
    assert "name" in api.get("Companies", 1)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"effect": "explode"}, "`effect` is one of"),
        ({"effect": "answer", "status": "many"}, "`status` is a number"),
        ({"effect": "answer", "further": "{"}, "not JSON"),
        ({"effect": "answer", "further": "[]"}, "a JSON object"),
    ],
)
def test_a_form_that_orders_no_fault_is_shown_again_with_the_reason(api: Api, form: dict[str, str], says: str) -> None:
    answer = send(api, "/_sandbox/faults", form)
    assert answer.status_code == 400
    assert says in answer.get_data(as_text=True)


def test_json_is_taken_even_where_curl_calls_it_a_form(api: Api) -> None:
    sent = api.http.post(
        "/_sandbox/faults", data='{"effect": "answer"}', content_type="application/x-www-form-urlencoded"
    )
    assert [each["effect"] for each in sent.get_json()["faults"]] == ["answer"]


def test_a_reset_leads_back_to_the_first_page(api: Api) -> None:
    send(api, "/_sandbox/records/Companies/1/delete", {})
    assert send(api, "/_sandbox/reset", {}).headers["Location"] == "/"
    assert api.get("Companies", 1)["companyName"] == "Parent"


def test_the_page_of_requests_tells_what_was_done_whatever_was_answered(api: Api) -> None:
    api.http.post("/_sandbox/faults", json={"effect": "answer_after_commit", "status": 502, "verb": "update"})
    api.call("PATCH", "/V1.0/Companies", {"id": 1, "fax": "1"})
    page = see(api, "/_sandbox/history")
    assert "answer_after_commit" in page
    assert "502" in page
    assert "changed" in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["reset", "faults", "records/Companies/1", "records/Companies/1/delete"])
def test_the_page_of_another_site_can_do_nothing(api: Api, headers: dict[str, str], path: str) -> None:
    answer = api.http.post(f"/_sandbox/{path}", data={"effect": "answer", "phone": "0"}, headers=headers)
    assert answer.status_code == 403
    assert api.get("Companies", 1)["phone"] == "1"
    assert api.http.get("/_sandbox/faults").get_json() == []


def test_the_own_page_may(api: Api) -> None:
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert api.http.post("/_sandbox/reset", headers=own).status_code == 200


def test_looking_at_pages_is_no_request_of_the_system(api: Api) -> None:
    for path in ("/", "/_sandbox/records/Companies", "/_sandbox/records/Companies/1", "/_sandbox/faults"):
        see(api, path)
    assert history(api) == []
