"""Calls the stand-in with django-autotask and prints what came back."""

import json
import logging
import os
from types import SimpleNamespace

import django
from django.conf import settings

SANDBOX = os.environ["SANDBOX"]
settings.configure(
    # The documented setting for where the zone is asked for.
    AUTOTASK_SERVER_URL=f"{SANDBOX}/atservicesrest/",
    AUTOTASK_CREDENTIALS={
        "username": os.environ["AT_USER"],
        "password": os.environ["AT_SECRET"],
        "integration_code": os.environ["AT_CODE"],
        "rest_api_version": "1.0",
    },
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "djautotask"],
    LOGGING_CONFIG=None,
    USE_TZ=True,
)
logging.disable()
django.setup()

from djautotask import api  # noqa: E402 - needs the settings


def failure(call):
    try:
        call()
    except api.AutotaskAPIError as error:
        return [type(error).__name__, str(error)]
    return None


def pages(client, size):
    found, url = [], None
    while True:
        page = client.get(url, page_size=size)
        found.append([row["id"] for row in page["items"]])
        url = page["pageDetails"]["nextPageUrl"]
        if url is None:
            return found


def with_condition(client, op, field, value):
    client.add_condition(api.ApiCondition(op=op, field=field, value=value))
    return client


tickets, notes = api.TicketsAPIClient(), api.TicketNotesAPIClient()
by_get = pages(with_condition(api.TicketsAPIClient(), "gt", "id", 5000), 2)
by_post = pages(with_condition(api.ConfigurationItemsAPIClient(), "in", "companyID", [175, 176]), 1)
ticket, note = SimpleNamespace(id=None), SimpleNamespace(id=None)
made = tickets.create(ticket, companyID=175, title="Door is stuck", status=1, priority=2, queueID=8)
ticket.id = made
note_made = notes.create(note, ticket, title="Called", description="Nobody in.", noteType=1, publish=1)
updated = tickets.update(ticket, {"title": "Door is open", "status": 5})
udf = api.TicketsUDFAPIClient()
item = api.TicketAdditionalConfigurationItemsChildAPIClient()
deleted = item.delete(SimpleNamespace(id=70), SimpleNamespace(id=5001))
print(
    json.dumps(
        {
            "zone": api.get_api_connection_url(os.environ["AT_USER"]),
            "single": tickets.get_single(5001)["item"]["title"],
            "missing": failure(lambda: tickets.get_single(999)),
            "by get": by_get,
            "by post": by_post,
            "count": with_condition(api.TicketsAPIClient(), "eq", "companyID", 176).count(None, record_count=True),
            "made": made,
            "note": note_made,
            "updated": updated,
            "deleted": deleted,
            "deleted twice": failure(lambda: item.delete(SimpleNamespace(id=70), SimpleNamespace(id=5001))),
            "alerts": [row["alertText"] for row in api.CompanyAlertAPIClient().get()["items"]],
            "statuses": [
                value["label"]
                for field in api.TicketPicklistAPIClient().get(None)["fields"]
                if field["name"] == "status"
                for value in field["picklistValues"]
            ],
            "user fields": [field["name"] for field in udf.get(udf.get_api_url())["fields"]],
            "refused": failure(lambda: tickets.create(SimpleNamespace(id=None), companyID=175, title="Half")),
            "note at the root": failure(
                lambda: api.AutotaskAPIClient.create(notes, SimpleNamespace(id=None), title="x", ticketID=made)
            ),
            "wrong password": failure(lambda: api.TicketsAPIClient(password="wrong").get_single(5001)),
            "wrong code": failure(lambda: api.TicketsAPIClient(integration_code="WRONG").get_single(5001)),
            "unknown user": failure(lambda: api.get_zone_info("nobody@nordlys.test")),
        }
    )
)
