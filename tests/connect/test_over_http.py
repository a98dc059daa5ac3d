"""The Autotask connector and its stand-in with a real network between them."""

from __future__ import annotations

import json

import pytest

from rules_run.connect.registry import load_sandbox, open_catalogue, open_connector
from rules_run.connect.transport import Outgoing
from rules_run.connect.wsgi import WsgiTransport
from rules_run.model.exchange import Condition, Outcome, Query, Write
from rules_run.model.secret import Secret
from rules_run.sandbox.serving import serve

LOGIN = {"user": "api@nordlys.example", "secret": "kaffe", "integration_code": "CODE"}
COMPANY = {"companyType": "Customer", "phone": "1", "isActive": True}
VIK = {"firstName": "Vik", "lastName": "N", "companyID": 7, "isActive": 1}


def fail(app, effect):
    """Let the next creation of a contact go wrong."""
    fault = json.dumps({"effect": effect, "resource": "Contacts", "verb": "create"}).encode()
    outgoing = Outgoing(method="POST", url="http://localhost/_sandbox/faults", body=fault)
    assert WsgiTransport(app).exchange(outgoing, lambda boundary: None).status in (200, 201)


@pytest.fixture
def autotask():
    companies = [{"id": n, "companyName": f"C{n}", **COMPANY} for n in range(1, 701)]
    app = load_sandbox("autotask")(
        {"users": [LOGIN], "records": {"Companies": companies}}, open_catalogue("autotask", None)
    )
    serving = serve(app)
    given = {name: Secret(text) for name, text in LOGIN.items()}
    settings = {**given, "url": f"http://127.0.0.1:{serving.port}", "deadline": 2}
    connector = open_connector("autotask", "psa", settings, None)
    yield app, connector
    connector.close()
    serving.stop()


def contacts(connector):
    where = (Condition(field="firstName", op="eq", value="Vik"),)
    return [record for page in connector.read(Query(resource="Contacts", where=where)) for record in page]


def test_all_pages_come_over_pooled_connections(autotask):
    app, connector = autotask
    assert sum(len(page) for page in connector.read(Query(resource="Companies"))) == 700
    assert connector.calls() == len(app.history.entries())


@pytest.mark.parametrize(
    ("effect", "outcome", "made"),
    [
        (None, Outcome.APPLIED, 1),
        ("reset_before_commit", Outcome.UNKNOWN, 0),
        ("reset_after_commit", Outcome.UNKNOWN, 1),
    ],
)
def test_a_create_is_judged_by_what_came_back_and_never_repeated(autotask, effect, outcome, made):
    app, connector = autotask
    if effect:
        fail(app, effect)
    request = connector.prepare(Write(resource="Contacts", verb="create", values=VIK))
    assert connector.send(request, lambda: None).outcome is outcome
    assert sum(entry.verb == "create" for entry in app.history.entries()) == 1
    assert len(contacts(connector)) == made


def test_a_create_that_is_never_answered_ends_at_its_deadline(autotask):
    app, connector = autotask
    fail(app, "timeout_after_commit")
    request = connector.prepare(Write(resource="Contacts", verb="create", values=VIK))
    verdict = connector.send(request, lambda: None)
    assert (verdict.outcome, "within 2 s" in verdict.message) == (Outcome.UNKNOWN, True)
    assert len(contacts(connector)) == 1
