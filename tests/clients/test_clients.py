"""Clients that others wrote, as they are, against the stand-in over plain HTTP."""

from __future__ import annotations

import pytest

from .conftest import Desk

pytestmark = pytest.mark.clients


def test_django_autotask(desk: Desk) -> None:
    items = [
        {"id": number, "companyID": company, "productID": 1, "isActive": True}
        for number, company in ((50, 175), (51, 176), (52, 177))
    ]
    desk.app.give("ConfigurationItems", items)
    desk.app.give("TicketAdditionalConfigurationItems", [{"id": 70, "ticketID": 5001, "configurationItemID": 50}])
    desk.app.give("CompanyAlerts", [{"id": 1, "companyID": 175, "alertTypeID": 1, "alertText": "Call first."}])
    saw = desk.run("django_autotask")
    assert saw["zone"] == f"{desk.url}/ATServicesRest/"
    assert saw["single"] == "Printer is on fire"
    assert saw["missing"][0] == "AutotaskRecordNotFoundError"
    assert saw["by get"] == [[5001, 5002], [5003, 5004], [5005]]
    assert saw["by post"] == [[50], [51]]
    assert saw["count"] == {"queryCount": 3}
    assert saw["made"] == 5006
    assert saw["updated"] == {"itemId": 5006}
    assert desk.record("Tickets", 5006)["title"] == "Door is open"
    assert desk.record("TicketNotes", saw["note"])["ticketID"] == 5006
    assert saw["deleted"] == 70
    assert "No matching records found" in saw["deleted twice"][1]
    assert saw["alerts"] == ["Call first."]
    assert saw["statuses"][:2] == ["New", "Complete"]
    assert saw["user fields"] == ["Site Code"]
    assert saw["refused"] == ["AutotaskAPIServerError", "Missing Required Field: priority"]
    assert saw["note at the root"][0] == "AutotaskRecordNotFoundError"
    assert saw["wrong password"][0] == "AutotaskAPIClientError"
    assert saw["wrong code"] == ["AutotaskAPIServerError", "IntegrationCode is invalid"]
    assert "Zone information could not be determined" in saw["unknown user"][1]


def test_apigrate_on_node(desk: Desk) -> None:
    saw = desk.run("apigrate")
    assert saw["zone"]["url"] == f"{desk.url}/ATServicesRest/"
    assert saw["pages"] == [[5001, 5002], [5003, 5004], [5005]]
    assert saw["found"] == 1
    assert saw["count"] == {"queryCount": 3}
    assert saw["got"]["item"]["title"] == "Printer is on fire"
    assert saw["missing"] == {"item": None}
    assert saw["made"] == 178
    assert saw["updated"] == {"itemId": 178}
    assert saw["after"] == "10"
    assert saw["removed"] == {"itemId": saw["contact"]}
    assert saw["info"]["canCreate"] is True
    assert saw["user fields"] == ["Site Code"]
    assert saw["modules"] > 0
    assert saw["not there"] is None
    assert saw["refused"] == {"status": 500, "details": {"errors": ["Missing Required Field: companyType"]}}
    assert saw["wrong secret"]["status"] == 401


def test_py_autotask(desk: Desk) -> None:
    saw = desk.run("py_autotask")
    assert saw["got"]["title"] == "Printer is on fire"
    assert saw["missing"] is None
    assert (saw["page"], saw["page size"], saw["has next"]) == ([5003, 5004], 2, True)
    assert saw["all"] == [5001, 5002, 5003, 5004, 5005]
    assert saw["count"] == 3
    assert saw["made"] == 178
    assert saw["update"] == ["AutotaskAPIError", "API error: HTTP 405"]
    assert [(entry.method, entry.path) for entry in desk.asked() if entry.status == 405] == [
        ("PATCH", "/ATServicesRest/v1.0/Companies/178")
    ]
    assert desk.record("Companies", 178)["phone"] == "9"
    assert saw["refused"][0] == "AutotaskAPIError"
    assert saw["wrong secret"][0] == "AutotaskAuthError"


def test_atrest(desk: Desk) -> None:
    saw = desk.run("atrest")
    assert saw["made"] == 5006
    assert [(row["id"], row["title"], row["queueID"]) for row in saw["found"]] == [(5006, "Door is stuck", 8)]
    assert saw["none"] == []
    assert saw["unknown company"] == ["HTTPError", "Invalid Autotask integration code OR bad query parameters."]
    assert saw["wrong code"] == ["HTTPError", "Invalid Autotask integration code OR bad query parameters."]
