"""The entities that no rule needs: routes, parents and fields of the vendor's list, and files on records."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from rules_run.errors import InvalidFiles

from .conftest import RECORDS, USER, Api, Make

ENTITIES = Path(__file__).parents[2] / "connectors" / "autotask" / "sandbox" / "entities.json"
FILE = {
    "title": "log.txt",
    "attachmentType": "FILE_ATTACHMENT",
    "publish": 1,
    "data": base64.b64encode(b"hello").decode(),
}
TASK = {"title": "Dig", "projectID": 7, "status": 1, "taskType": 1}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "Opportunities/1", 200),
        ("GET", "opportunities/entityinformation/fields", 200),
        ("GET", "Projects/1/Tasks", 200),
        ("GET", "Tasks/query?search=" + json.dumps({"filter": [{"op": "exist", "field": "id"}]}), 200),
        ("POST", "Tasks", 404),  # a child is made below its parent
        ("PATCH", "Projects/1", 405),
        ("POST", "SalesOrders", 405),  # they are only changed there
        ("GET", "Tickets/1/Attachments/query", 404),
        ("DELETE", "TicketAttachments/1", 405),
        ("DELETE", "TicketNotes/1", 405),
        ("DELETE", "Tickets/1/Notes/1", 405),
        ("GET", "TicketAttachments/entityInformation/userDefinedFields", 404),
        ("GET", "UserDefinedFields/1/ListItems", 200),
        ("GET", "UserDefinedFields/1", 404),  # a parent's path only
        ("POST", "ContractServiceAdjustments/query", 404),
        ("GET", "Authenticate", 200),
        ("GET", "WorkTypes/1", 404),
    ],
)
def test_every_entity_has_the_routes_of_the_vendors_list_and_no_others(
    api: Api, method: str, path: str, status: int
) -> None:
    body = None if method == "GET" else {}
    assert api.call(method, f"/ATServicesRest/V1.0/{path}", body).status_code == status


def test_each_entity_of_the_list_tells_its_fields_and_can_be_asked_for(make: Make) -> None:
    api = make(limits=False)
    listed = json.loads(ENTITIES.read_text())
    assert len(listed) == 165
    for name, node in listed.items():
        told = {field["name"] for field in api.ask("GET", f"{name}/entityInformation/fields")["fields"]}
        known = {field for fields in node["fields"].values() for field in fields.split(" ")}
        assert told == known - {"userDefinedFields"}, name
        if "R" in node["operations"] and name != "TicketHistory" and "TimeOff" not in name:
            assert api.find(name) == [], name


def test_a_child_of_the_list_is_made_found_changed_and_deleted_below_its_parent(api: Api) -> None:
    project = api.ask("POST", "Projects", {"projectName": "Move", "companyID": 2})["itemId"]
    note = {"title": "Plan", "description": "First the cables.", "noteType": 1, "publish": 1}
    made = api.ask("POST", f"Projects/{project}/Notes", note)["itemId"]
    assert api.get("ProjectNotes", made)["projectID"] == project
    api.ask("PATCH", f"Projects/{project}/Notes", {"id": made, "TITLE": "Plan B", "projectID": 99})
    changed = api.find("ProjectNotes", {"op": "eq", "field": "projectid", "value": project})
    assert [(row["title"], row["description"]) for row in changed] == [("Plan B", "First the cables.")]
    assert api.ask("GET", f"Projects/{project + 1}/Notes/{made}") == {"item": None}


def test_a_record_that_points_to_a_project_needs_that_project(api: Api) -> None:
    says = api.refused("POST", "Projects/7/Tasks", TASK)
    assert says == "Reference value on field: projectID of type: Project does not exist or is invalid."
    api.app.give("Projects", [{"id": 7, "projectName": "Move"}])
    assert api.ask("POST", "Projects/7/Tasks", TASK)["itemId"] == 1


def test_the_history_of_tickets_is_asked_for_one_ticket_only(api: Api) -> None:
    one = {"op": "eq", "field": "ticketID", "value": 1}
    assert api.find("TicketHistory", one) == []
    for conditions in ([one, one], [{**one, "op": "in", "value": [1]}], [{"op": "exist", "field": "id"}]):
        assert "ticketID" in api.refused("POST", "TicketHistory/query", {"filter": conditions})


def test_a_file_is_attached_listed_without_its_content_and_downloaded_by_its_id(api: Api) -> None:
    made = api.ask("POST", "Tickets/1/Attachments", FILE)["itemId"]
    listed = api.ask("GET", "Tickets/1/Attachments")["items"]
    assert [(row["id"], row["title"], row["fileSize"], row["data"]) for row in listed] == [(made, "log.txt", 5, None)]
    item = api.ask("GET", f"Tickets/1/Attachments/{made}")["item"]
    assert (base64.b64decode(item["data"]), item["contentType"], item["parentID"]) == (b"hello", "text/plain", 1)
    assert [row["ticketID"] for row in api.find("AttachmentInfo")] == [1]

    other = api.ask("POST", "Companies/2/Attachments", FILE)["itemId"]
    assert other != made  # one row of ids for all kinds
    api.ask("DELETE", f"Tickets/1/Attachments/{made}")
    assert [row["id"] for row in api.find("AttachmentInfo")] == [other]
    assert api.find("TicketAttachments") == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": ""}, "Missing Required Field: title"),
        ({"data": None}, "Missing Required Field: data"),
        ({"data": "no base64!"}, "The input is not a valid Base-64 string."),
    ],
)
def test_an_attachment_without_name_or_content_is_refused(api: Api, change: dict[str, Any], says: str) -> None:
    assert api.refused("POST", "Tickets/1/Attachments", {**FILE, **change}) == says


def test_too_large_a_file_is_refused_and_too_many_bytes_stop_all_files_for_a_while(make: Make) -> None:
    api = make(limits={"attachment": 6, "attachments": 12, "attachment_minutes": 5})
    assert "maximum size of 6 bytes" in api.refused(
        "POST", "Tickets/1/Attachments", {**FILE, "data": base64.b64encode(b"too long").decode()}
    )
    for _ in range(2):
        api.ask("POST", "Tickets/1/Attachments", FILE)
    assert "More than 12 bytes" in api.refused("POST", "Companies/2/Attachments", FILE)
    small = {**FILE, "data": base64.b64encode(b"x").decode()}
    assert "No attachments are created for 5 minutes" in api.refused("POST", "Tickets/1/Attachments", small)
    assert len(api.find("AttachmentInfo")) == 2


def test_a_restricted_user_finds_no_attachments_and_cannot_download_one_that_is_there(make: Make) -> None:
    there = {"TicketAttachments": [{"id": 3, "ticketID": 1, "title": "log.txt"}]}
    api = make(users=[{**USER, "sees": {"TicketAttachments": "none"}}], records={**RECORDS, **there})
    assert api.find("TicketAttachments") == []
    assert "adequate permissions" in api.refused("GET", "Tickets/1/Attachments/3")


def test_an_invoice_comes_as_a_pdf_in_json_or_as_the_file(make: Make) -> None:
    body = make().ask("GET", "Invoices/1/InvoicePdf")
    assert base64.b64decode(body["invoicePdf"]).startswith(b"%PDF-1.4")
    answer = make(switches={"pdf_in_json": False}).call("GET", "/ATServicesRest/V1.0/Invoices/1/InvoicePdf")
    assert (answer.content_type, answer.get_data()[:8]) == ("application/pdf", b"%PDF-1.4")


def test_a_companys_invoice_settings_are_read_replaced_and_have_recipients(api: Api) -> None:
    api.app.give("Contacts", [{"id": 8, "companyID": 2, "firstName": "Kim", "lastName": "Berg", "isActive": 1}])
    api.ask("PUT", "Companies/2/invoiceSettings", {"InvoiceTemplateID": 4})
    api.ask("POST", "Companies/2/invoiceSettings/contactRecipients", {"contactID": 8})
    item = api.ask("GET", "Companies/2/invoiceSettings")["item"]
    assert (item["invoiceTemplateID"], item["contactRecipients"], item["resourceRecipients"]) == (4, [8], [])
    assert api.get("Companies", 2)["invoiceTemplateID"] == 4
    api.ask("DELETE", "Companies/2/invoiceSettings/contactRecipients/8")
    assert api.ask("GET", "Companies/2/invoiceSettings")["item"]["contactRecipients"] == []
    assert "contactID" in api.refused("POST", "Companies/2/invoiceSettings/contactRecipients", {"contactID": 9})
    assert api.refused("PATCH", "Companies/2/invoiceSettings", {}, status=405)


def test_impersonation_is_honoured_where_the_vendor_says_so_and_passed_over_elsewhere(make: Make) -> None:
    people = [{"id": 4, "firstName": "A", "isActive": True}, {"id": 5, "firstName": "B", "isActive": True}]
    api = make(users=[{**USER, "resource": 4}], records={**RECORDS, "Resources": people})
    header = {"ImpersonationResourceId": "5"}
    note = {"title": "Call", "description": "x", "noteType": 1, "publish": 1}
    made = api.call("POST", "/V1.0/Tickets/1/Notes", note, **header).get_json()["itemId"]
    assert api.get("TicketNotes", made)["creatorResourceID"] == 5
    assert api.get("TicketNotes", made)["impersonatorCreatorResourceID"] == 4
    unknown = api.call("POST", "/V1.0/Projects", {"projectName": "Move"}, ImpersonationResourceId="99")
    assert unknown.status_code == 500
    passed_over = api.call(
        "POST", "/V1.0/Roles", {"name": "Fitter", "hourlyRate": 1, "isActive": True}, ImpersonationResourceId="99"
    )
    assert "ImpersonationResourceId" not in passed_over.get_data(as_text=True)


def test_a_text_is_measured_in_the_units_of_the_vendor(api: Api) -> None:
    fits, too_long = {"id": 1, "title": "🙂" * 127}, {"id": 1, "title": "🙂" * 128}
    api.ask("PATCH", "Tickets", fits)
    assert "less than or equal to 255 characters" in api.refused("PATCH", "Tickets", too_long)


def test_more_user_defined_fields_than_an_entity_can_have_are_refused_in_the_data(make: Make) -> None:
    with pytest.raises(InvalidFiles, match="Contracts has at most 50 user-defined fields"):
        make(user_defined_fields={"Contracts": [{"name": f"F{number}"} for number in range(51)]})
