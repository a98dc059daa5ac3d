"""Webhooks of the Autotask stand-in: subscriptions, signed callouts, what turns them off."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from rules_run.sandbox import serve

from .conftest import RECORDS, USER, Api, Make

SECRET = "mögen wir"
COMPANY = {"companyName": "New", "companyType": 1, "ownerResourceID": 1, "phone": "555"}


class Receiver:
    """Takes callouts, and keeps them with their signature."""

    def __init__(self) -> None:
        self.got: queue.Queue[tuple[str, bytes, str]] = queue.Queue()
        self.status = "200 OK"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        self.got.put((environ["PATH_INFO"], body, environ["HTTP_X_HOOK_SIGNATURE"]))
        start_response(self.status, [("Content-Length", "0")])
        return []

    def next(self) -> dict[str, Any]:
        """Return the next callout, whose signature must be right."""
        _, body, signature = self.got.get(timeout=10)
        mac = hmac.new(SECRET.encode(), body, hashlib.sha1).digest()
        assert signature == "sha1=" + base64.b64encode(mac).decode()
        return dict(json.loads(body))


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def address(receiver: Receiver) -> Iterator[str]:
    with serve(receiver) as serving:
        yield serving.url


@pytest.fixture
def api(make: Make) -> Api:
    return make(
        users=[{**USER, "resource": 1}],
        user_defined_fields={"Companies": [{"name": "Ranking"}]},
        callouts={"failures": 2},
    )


def subscribe(api: Api, address: str, stem: str = "Company", **changes: object) -> int:
    body = {
        "name": "Ours",
        "webhookUrl": f"{address}/changed",
        "deactivationUrl": f"{address}/off",
        "secretKey": SECRET,
        "isActive": True,
        "isSubscribedToCreateEvents": True,
        "isSubscribedToUpdateEvents": True,
        "isSubscribedToDeleteEvents": True,
    }
    return int(api.ask("POST", f"{stem}Webhooks", {**body, **changes})["itemId"])


def field(api: Api, name: str, webhook: int, stem: str = "Company", **flags: bool) -> int:
    """Subscribe to a field, found by its label as a client has to."""
    fields = api.ask("GET", f"{stem}WebhookFields/entityInformation/fields")["fields"]
    choices = next(each["picklistValues"] for each in fields if each["name"] == "fieldID")
    number = next(int(each["value"]) for each in choices if each["label"] == name)
    body = {"fieldID": number, "isSubscribedField": True, "isDisplayAlwaysField": False, **flags}
    return int(api.ask("POST", f"{stem}Webhooks/{webhook}/Fields", body)["itemId"])


def test_a_webhook_is_ready_when_it_subscribes_to_a_field(api: Api, address: str) -> None:
    webhook = subscribe(api, address)
    made = api.get("CompanyWebhooks", webhook)
    assert (made["isReady"], made["ownerResourceID"], len(made["webhookGUID"])) == (False, 1, 36)
    row = field(api, "phone", webhook)
    assert api.get("CompanyWebhooks", webhook)["isReady"] is True
    api.ask("DELETE", f"CompanyWebhooks/{webhook}/Fields/{row}")
    assert api.get("CompanyWebhooks", webhook)["isReady"] is False


def test_a_change_of_a_subscribed_field_is_called_out_and_signed(api: Api, address: str, receiver: Receiver) -> None:
    webhook = subscribe(api, address)
    field(api, "phone", webhook)
    field(api, "companyName", webhook, isSubscribedField=False, isDisplayAlwaysField=True)
    api.ask("PATCH", "Companies", {"id": 1, "fax": "9"})
    api.ask("PATCH", "Companies", {"id": 1, "phone": "77"})
    told = receiver.next()
    assert told == {
        "Action": "Update",
        "Guid": api.get("CompanyWebhooks", webhook)["webhookGUID"],
        "EntityType": "Account",
        "Id": 1,
        "Fields": {"phone": "77", "companyName": "Parent"},
        "EventTime": "2019-06-04T00:00:00Z",
        "SequenceNumber": 1,
        "PersonID": 1,
    }


def test_creates_and_deletes_are_called_out(api: Api, address: str, receiver: Receiver) -> None:
    field(api, "firstName", subscribe(api, address, "Contact"), "Contact")
    made = api.ask("POST", "Companies/1/Contacts", {"firstName": "Di", "lastName": "Ax", "isActive": 1})["itemId"]
    api.ask("DELETE", f"Companies/1/Contacts/{made}")
    assert [(told["Action"], told["Id"]) for told in (receiver.next(), receiver.next())] == [
        ("Create", made),
        ("Delete", made),
    ]


@pytest.mark.parametrize("stem", ["Company", "ConfigurationItem", "Contact", "Ticket", "TicketNote"])
def test_five_kinds_of_record_can_be_subscribed_to(api: Api, address: str, stem: str) -> None:
    webhook = subscribe(api, address, stem)
    api.ask("POST", f"{stem}Webhooks/{webhook}/ExcludedResources", {"resourceID": 1})
    assert len(api.find(f"{stem}WebhookExcludedResources")) == 1
    status = 404 if stem == "TicketNote" else 200
    assert api.call("GET", f"/V1.0/{stem}Webhooks/{webhook}/UdfFields").status_code == status
    api.ask("DELETE", f"{stem}Webhooks/{webhook}")
    assert api.find(f"{stem}WebhookExcludedResources") == []


def test_a_note_on_a_ticket_is_called_out(api: Api, address: str, receiver: Receiver) -> None:
    field(api, "title", subscribe(api, address, "TicketNote"), "TicketNote")
    api.ask("POST", "Tickets/1/Notes", {"title": "Called", "description": "x", "noteType": 1, "publish": 1})
    told = receiver.next()
    assert (told["EntityType"], told["Fields"]) == ("TicketNote", {"title": "Called"})


def test_a_user_defined_field_can_be_subscribed_to(api: Api, address: str, receiver: Receiver) -> None:
    webhook = subscribe(api, address)
    api.ask("POST", f"CompanyWebhooks/{webhook}/UdfFields", {"udfFieldID": 1, "isSubscribedField": True})
    api.ask("PATCH", "Companies", {"id": 1, "userDefinedFields": [{"name": "Ranking", "value": "Gold"}]})
    assert receiver.next()["Fields"] == {"Ranking": "Gold"}


def test_people_who_are_excluded_call_nothing_out(api: Api, address: str, receiver: Receiver) -> None:
    webhook = subscribe(api, address)
    field(api, "phone", webhook)
    excluded = api.ask("POST", f"CompanyWebhooks/{webhook}/ExcludedResources", {"resourceID": 1})["itemId"]
    api.ask("PATCH", "Companies", {"id": 1, "phone": "1-1"})
    api.ask("DELETE", f"CompanyWebhooks/{webhook}/ExcludedResources/{excluded}")
    api.ask("PATCH", "Companies", {"id": 1, "phone": "2-2"})
    assert receiver.next()["Fields"] == {"phone": "2-2"}


def test_a_change_by_hand_on_a_page_is_called_out(api: Api, address: str, receiver: Receiver) -> None:
    field(api, "phone", subscribe(api, address))
    api.http.post("/_sandbox/records/Companies/1", data={"phone": "by hand"})
    told = receiver.next()
    assert (told["Fields"], told["PersonID"]) == ({"phone": "by hand"}, None)


def test_a_callout_that_fails_is_logged_and_turns_the_webhook_off_in_the_end(
    api: Api, address: str, receiver: Receiver
) -> None:
    webhook = subscribe(api, address)
    field(api, "phone", webhook)
    receiver.status = "503 Service Unavailable"
    for number in ("1", "2"):
        api.ask("PATCH", "Companies", {"id": 1, "phone": number * 3})
    told = [receiver.next() for _ in range(3)]
    assert [each["Action"] for each in told] == ["Update", "Update", "Deactivated"]
    assert api.get("CompanyWebhooks", webhook)["isActive"] is False
    logged = api.find("WebhookEventErrorLogs")
    assert [(row["accountWebhookID"], row["sequenceNumber"]) for row in logged] == [(webhook, 1), (webhook, 2)]
    assert "503" in logged[0]["errorMessage"]


def test_nothing_is_posted_to_other_computers(api: Api, receiver: Receiver, address: str) -> None:
    away = subscribe(api, "https://hooks.example.test")
    here = subscribe(api, address)
    field(api, "phone", away)
    field(api, "phone", here)
    api.ask("PATCH", "Companies", {"id": 1, "phone": "1-1"})
    receiver.next()
    assert "this computer only, not to hooks.example.test" in api.find("WebhookEventErrorLogs")[0]["errorMessage"]


def test_webhooks_may_stand_in_the_data_file(make: Make, address: str, receiver: Receiver) -> None:
    hook = {
        "id": 1,
        "name": "Ours",
        "webhookUrl": f"{address}/changed",
        "deactivationUrl": f"{address}/off",
        "secretKey": SECRET,
        "isActive": True,
        "isSubscribedToUpdateEvents": True,
    }
    fields = [{"id": 1, "webhookID": 1, "fieldID": "phone", "isSubscribedField": True}]
    api = make(records={**RECORDS, "CompanyWebhooks": [hook], "CompanyWebhookFields": fields})
    api.ask("PATCH", "Companies", {"id": 1, "phone": "1-1"})
    assert receiver.next()["Fields"] == {"phone": "1-1"}


@pytest.mark.parametrize("entity", ["Invoices", "BillingItems", "Contracts"])
def test_what_has_no_webhooks_must_be_polled(api: Api, entity: str) -> None:
    assert api.ask("GET", f"{entity}/entityInformation")["info"]["supportsWebhookCallouts"] is False
    api.refused("GET", f"{entity.removesuffix('s')}Webhooks/query", status=404)


def test_the_name_of_a_webhook_has_at_most_fifty_characters(api: Api, address: str) -> None:
    body = {"name": "x" * 51, "webhookUrl": "u", "deactivationUrl": "u", "secretKey": "s", "isActive": True}
    assert api.refused("POST", "CompanyWebhooks", body) == "name must be less than or equal to 50 characters"
