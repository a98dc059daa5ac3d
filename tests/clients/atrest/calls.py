"""Calls the stand-in with atrest and prints what came back."""

import json
import os

from atrest import Client


def failure(call):
    try:
        call()
    except Exception as error:
        return [type(error).__name__, str(error)]
    return None


def client(code):
    # Its address option takes the zone's address with the version.
    base = f"{os.environ['SANDBOX']}/ATServicesRest/v1.0"
    return Client(base, code, os.environ["AT_USER"], os.environ["AT_SECRET"])


good, bad = client(os.environ["AT_CODE"]), client("WRONG")
made = good.create_ticket("Door is stuck", "It does not open.", 1, 2, 176, 8)
print(
    json.dumps(
        {
            "made": made,
            "found": good.query_tickets(made).json()["items"],
            "none": good.query_tickets(999).json()["items"],
            "unknown company": failure(lambda: good.create_ticket("X", "Y", 1, 2, 999, 8)),
            "wrong code": failure(lambda: bad.query_tickets(made)),
        }
    )
)
