"""Calls the stand-in with py-autotask and prints what came back."""

import json
import os

from py_autotask import AutotaskClient


def failure(call):
    try:
        call()
    except Exception as error:
        return [type(error).__name__, str(error)]
    return None


def connect(secret):
    return AutotaskClient.create(
        username=os.environ["AT_USER"],
        integration_code=os.environ["AT_CODE"],
        secret=secret,
        # Without this option it asks the vendor's own host for the zone.
        api_url=f"{os.environ['SANDBOX']}/ATServicesRest",
    )


client = connect(os.environ["AT_SECRET"])
page = client.query("Tickets", filters=[{"op": "eq", "field": "companyID", "value": 176}], max_records=2)
made = client.create_entity("Companies", {"companyName": "New", "companyType": 1, "phone": "9", "ownerResourceID": 4})
print(
    json.dumps(
        {
            "got": client.get("Tickets", 5001),
            "missing": client.get("Tickets", 999),
            "page": [row["id"] for row in page.items],
            "page size": page.page_details.request_count,
            "has next": page.page_details.next_page_url is not None,
            "all": [row["id"] for row in client.query("Tickets").items],
            "count": client.count("Tickets", {"filter": [{"op": "eq", "field": "status", "value": 1}]}),
            "made": made.item_id,
            "update": failure(lambda: client.update("Companies", {"id": made.item_id, "phone": "10"})),
            "refused": failure(lambda: client.create_entity("Companies", {"companyName": "Half"})),
            "wrong secret": failure(lambda: connect("wrong").get("Tickets", 5001)),
        }
    )
)
