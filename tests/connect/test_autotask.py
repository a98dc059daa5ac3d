# ruff: noqa: E501 - rows of data stay on their line
"""The Autotask connector against its stand-in, in this process."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from rules_run.connect.contract import StaleSend
from rules_run.connect.registry import load_sandbox, open_catalogue, open_connector
from rules_run.connect.transport import Outgoing
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.model.exchange import Condition, Outcome, Query, Safety, Write
from rules_run.model.secret import Secret
from rules_run.model.unknown import Unknown

LOGIN = {"user": "api@nordlys.example", "secret": "kaffe", "integration_code": "CODE"}
COMPANY = {"companyType": "Customer", "phone": "1", "isActive": True, "ownerResourceID": 4}
DATA = {
    "today": "2019-06-04",
    "users": [LOGIN],
    "user_defined_fields": {"Companies": [{"name": "Customer Ranking", "type": "text"}, {"name": "ERP (id)", "type": "text"}]},
    "picklists": {
        "Companies": {"marketSegmentID": {1: "Twin", 2: "Twin", 3: "Other", 4: {"label": "Gone", "active": False}}},
        "Tickets": {
            "issueType": {10: "Mail", 11: "Web"},
            "subIssueType": {20: {"label": "Slow", "issueType": 10}, 21: {"label": "Slow", "issueType": 11}},
        },
    },
    "records": {
        "Companies": [
            {"id": 7, "companyName": "Fjord", "userDefinedFields": [{"name": "Customer Ranking", "value": "Gold"}], **COMPANY},
            {"id": 8, "companyName": "fjord", **COMPANY},
            {"id": 9, "companyName": "Vik", "companyNumber": "0123", **COMPANY, "companyType": "Vendor"},
        ],
        "Resources": [{"id": 4, "firstName": "Ole", "lastName": "N", "userName": "ole", "isActive": True}],
        "Contacts": [{"id": 5, "companyID": 7, "firstName": "Dana", "lastName": "W", "isActive": 1}],
        "Contracts": [
            {"id": 70, "companyID": 7, "contractName": "Cloud", "contractType": "Recurring Service", "status": "Active",
             "startDate": "2019-05-04T00:00:00Z", "endDate": "2029-06-04T00:00:00Z", "contractPeriodType": "Monthly",
             "timeReportingRequiresStartAndStopTimes": 0, "setupFee": 12.5},
        ],
    },
}  # fmt: skip


def fail(app, effect):
    """Let the next creation of a contact go wrong."""
    fault = json.dumps({"effect": effect, "resource": "Contacts", "verb": "create"}).encode()
    outgoing = Outgoing(method="POST", url="http://localhost/_sandbox/faults", body=fault)
    assert WsgiTransport(app).exchange(outgoing, lambda boundary: None).status in (200, 201)


class Autotask:
    def __init__(self, data=DATA, **login):
        self.app = load_sandbox("autotask")(data, open_catalogue("autotask", None))
        given = {name: Secret(text) for name, text in {**LOGIN, **login}.items()}
        self.connector = open_connector("autotask", "psa", given, None, WsgiTransport(self.app))

    def read(self, resource, *where):
        query = Query(resource=resource, where=tuple(Condition(field=f, op=op, value=v) for f, op, v in where))
        return [record for page in self.connector.read(query) for record in page]

    def write(self, resource, values, target_id=None, guard=lambda: None):
        write = Write(resource=resource, verb="update" if target_id else "create", values=values, target_id=target_id)
        return self.connector.send(self.connector.prepare(write), guard)

    def requests(self):
        return [(entry.method, entry.path) for entry in self.app.history.entries()]


@pytest.fixture
def autotask():
    return Autotask()


def test_records_come_as_people_write_them(autotask):
    (company,) = autotask.read("Companies", ("id", "eq", 7))
    assert company == {
        "id": 7,
        "companyName": "Fjord",
        "companyType": "Customer",
        "phone": "1",
        "isActive": True,
        "ownerResourceID": 4,
        "userDefinedFields": {"Customer Ranking": "Gold"},
    }
    (contract,) = autotask.read("Contracts", ("id", "eq", "70"))
    assert (contract["startDate"], contract["contractPeriodType"]) == ("2019-05-04", "Monthly")
    assert contract["setupFee"] == Decimal("12.5")


@pytest.mark.parametrize("asked", ["Vendor", 7, "7"])
def test_a_picklist_is_asked_by_label_or_by_id(autotask, asked):
    assert [each["id"] for each in autotask.read("Companies", ("companyType", "eq", asked))] == [9]


def test_an_unknown_label_is_named_with_the_choices(autotask):
    with pytest.raises(ValueFault) as fault:
        autotask.read("Companies", ("companyType", "eq", "Custmer"))
    assert "no choice 'Custmer'" in fault.value.message
    assert "Did you mean 'Customer'? Choices: Customer, Lead" in fault.value.hint


def test_a_label_that_two_choices_share_is_not_guessed(autotask):
    with pytest.raises(ValueFault, match=r"label of several choices \(1, 2\)"):
        autotask.connector.canonical("Companies", {"marketSegmentID": "Twin"})
    assert autotask.connector.canonical("Companies", {"marketSegmentID": "Other"}) == {"marketSegmentID": "Other"}


def test_what_the_system_compares_case_aside_is_compared_exactly_here(autotask):
    assert [each["id"] for each in autotask.read("Companies", ("companyName", "eq", "Fjord"))] == [7]


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        (("companyNumber", "empty", True), [7, 8]),
        (("companyNumber", "empty", False), [9]),
        (("companyNumber", "not", "0123"), [7, 8]),
        (("companyNumber", "not_in", ("0123", "9")), [7, 8]),
        (("companyType", "not_in", ("Vendor", None)), [7, 8]),
        (("companyType", "in", ("Vendor", "Customer", 1)), [7, 8, 9]),
        (("id", "not_in", ("x", None)), [7, 8, 9]),
        (("id", "in", ("x",)), []),
        (("companyName", "contains", "jor"), [7, 8]),
        (("companyName", "starts_with", "V"), [9]),
        (("id", "gt", 7), [8, 9]),
        (("id", "lte", "8"), [7, 8]),
        (("id", "in", (9, 7, 7, "7", None, "x")), [7, 9]),
        (('userDefinedFields."Customer Ranking"', "eq", "Gold"), [7]),
        (("userDefinedFields.Customer Ranking", "empty", True), [8, 9]),
    ],
)
def test_every_operator_filters_exactly(autotask, where, ids):
    assert sorted(each["id"] for each in autotask.read("Companies", where)) == ids


@pytest.mark.parametrize(
    "where", [("companyNumber", "eq", None), ("id", "in", (None,)), ("id", "in", ()), ("id", "gt", None)]
)
def test_a_condition_on_null_asks_nothing(autotask, where):
    assert autotask.read("Companies", where) == []
    assert autotask.connector.calls() == 0


def test_one_condition_on_user_defined_fields_is_pushed_and_a_second_is_filtered_here(autotask):
    first = Condition(field="userDefinedFields.Customer Ranking", op="eq", value="Gold")
    second = Condition(field='userDefinedFields."ERP (id)"', op="empty", value=True)
    assert autotask.connector.unpushed(Query(resource="Companies", where=(first, second))) == (second,)
    assert [
        each["id"]
        for each in autotask.read(
            "Companies",
            ("userDefinedFields.Customer Ranking", "eq", "Gold"),
            ('userDefinedFields."ERP (id)"', "empty", True),
        )
    ] == [7]


def test_what_cannot_be_filtered_there_is_filtered_here(autotask):
    where = (Condition(field="dueDate", op="gte", value="2019-01-01"), Condition(field="companyID", op="eq", value=7))
    assert autotask.connector.unpushed(Query(resource="Invoices", where=where)) == where[:1]


def test_a_long_list_is_asked_in_as_few_calls_as_the_limit_allows():
    companies = [{"id": n, "companyName": f"C{n}", **COMPANY} for n in range(1, 1201)]
    autotask = Autotask({**DATA, "records": {"Companies": companies}})
    autotask.read("Companies", ("id", "eq", 1))
    before = autotask.connector.calls()
    ids = tuple(range(1, 1201)) + tuple(range(1, 1201))
    found = autotask.read("Companies", ("id", "in", ids), ("companyName", "not", "C1"))
    assert len(found) == 1199
    assert autotask.connector.calls() - before == 3


def test_pages_are_followed_with_the_same_body():
    companies = [{"id": n, "companyName": f"C{n}", **COMPANY} for n in range(1, 1101)]
    autotask = Autotask({**DATA, "records": {"Companies": companies}})
    assert [each["id"] for each in autotask.read("Companies", ("companyName", "starts_with", "C"))] == list(
        range(1, 1101)
    )
    queries = [path for method, path in autotask.requests() if "query" in path]
    assert len(queries) == 3


def test_user_defined_fields_are_written_by_name(autotask):
    verdict = autotask.write("Companies", {"userDefinedFields.Customer Ranking": "Silver"}, target_id="7")
    assert (verdict.outcome, verdict.target_id) == (Outcome.APPLIED, "7")
    verdict = autotask.write("Companies", {"userDefinedFields": {"ERP (id)": 44}}, target_id="7")
    (company,) = autotask.read("Companies", ("id", "eq", 7))
    assert company["userDefinedFields"] == {"Customer Ranking": "Silver", "ERP (id)": "44"}


def test_a_contact_is_made_and_changed_through_its_company(autotask):
    made = autotask.write("Contacts", {"companyID": "7", "firstName": "Ada", "lastName": "B", "isActive": True})
    changed = autotask.write("Contacts", {"lastName": "C"}, target_id=made.target_id)
    assert changed.outcome is Outcome.APPLIED
    assert autotask.read("Contacts", ("id", "eq", made.target_id))[0]["lastName"] == "C"
    paths = [path for method, path in autotask.requests() if method in ("POST", "PATCH") and "query" not in path]
    assert [path.rpartition("V1.0")[2] for path in paths] == ["/Companies/7/Contacts"] * 2


def test_a_request_is_frozen_without_secrets_and_alike_every_time(autotask):
    write = Write(resource="Companies", verb="create", values={"companyName": "Ny", **COMPANY})
    one, other = autotask.connector.prepare(write), autotask.connector.prepare(write)
    assert one == other
    assert json.loads(one.body) == {
        "companyName": "Ny",
        "companyType": 1,
        "phone": "1",
        "isActive": True,
        "ownerResourceID": 4,
    }
    assert "kaffe" not in repr(one)


@pytest.mark.parametrize(
    ("resource", "values", "target_id", "says"),
    [
        ("Companies", {"companyName": "x"}, None, "must be given"),
        ("Companies", {"companyName": "x" * 101}, "7", "101 characters, 100 are allowed"),
        ("Companies", {"compnyName": "x"}, "7", "no field compnyName"),
        ("Companies", {"createDate": "2019-01-01"}, "7", "cannot be written"),
        ("Companies", {"id": 4}, "7", "cannot be written"),
        ("Companies", {"isActive": "yes"}, "7", "'yes' is not true or false"),
        ("Companies", {"companyType": "Nobody"}, "7", "no choice 'Nobody'"),
        ("Companies", {"phone": Unknown("phone of the account")}, "7", "not known yet"),
        ("Companies", {"phone": "2"}, "../Contracts/5", "not an id"),
        ("Companies", {"phone": "2"}, "7/8", "not an id"),
        ("Contacts", {"companyID": "..", "firstName": "A", "lastName": "B", "isActive": 1}, None, "not"),
        ("Contracts", {"companyID": 8}, "70", "only be written when the record is made"),
        ("Contracts", {"startDate": "tomorrow"}, "70", "'tomorrow' is not a date"),
        ("ContractServiceUnits", {"units": 1}, None, "cannot be created"),
    ],
)
def test_what_would_surely_be_refused_is_said_before_anything_is_sent(autotask, resource, values, target_id, says):
    with pytest.raises(ValueFault) as fault:
        autotask.write(resource, values, target_id=target_id)
    assert says in fault.value.message
    assert not any(entry.committed for entry in autotask.app.history.entries())


@pytest.mark.parametrize(
    ("resource", "given", "canonical"),
    [
        ("Contracts", {"startDate": "2019-05-04T23:00:00-05:00"}, {"startDate": "2019-05-04"}),
        ("Contracts", {"setupFee": Decimal("12.50")}, {"setupFee": Decimal("12.5")}),
        ("Contracts", {"contractType": 7}, {"contractType": "Recurring Service"}),
        ("Contracts", {"companyID": "7"}, {"companyID": 7}),
        ("Contracts", {"companyID": Unknown("x")}, {"companyID": Unknown("x")}),
        ("Contracts", {"description": ""}, {"description": None}),
        ("Contacts", {"isActive": True}, {"isActive": 1}),
        (
            "Companies",
            {"lastActivityDate": "2019-05-04T12:00:00.120+02:00"},
            {"lastActivityDate": "2019-05-04T10:00:00.12Z"},
        ),
        ("Companies", {"userDefinedFields.A": Decimal("1.50")}, {"userDefinedFields.A": "1.50"}),
        ("Companies", {"companyNumber": 123}, {"companyNumber": "123"}),
    ],
)
def test_values_take_the_form_in_which_they_are_read_back(autotask, resource, given, canonical):
    assert autotask.connector.canonical(resource, given) == canonical


def test_what_autotask_refuses_is_rejected_with_its_words(autotask):
    verdict = autotask.write("Contacts", {"companyID": 999, "firstName": "A", "lastName": "B", "isActive": 1})
    assert (verdict.outcome, verdict.permanent, verdict.status) == (Outcome.REJECTED, True, 500)
    assert "does not exist" in verdict.message


def test_a_duplicate_adjustment_asks_for_a_look_first():
    service = {"id": 80, "name": "S", "unitPrice": 1, "periodType": "Monthly", "isActive": True}
    autotask = Autotask({**DATA, "records": {**DATA["records"], "Services": [service]}})
    values = {"contractID": 70, "serviceID": 80, "effectiveDate": "2019-05-13", "unitChange": 1}
    assert autotask.write("ContractServiceAdjustments", values).outcome is Outcome.APPLIED
    verdict = autotask.write("ContractServiceAdjustments", values)
    assert (verdict.outcome, verdict.ask_first) == (Outcome.REJECTED, True)


@pytest.mark.parametrize(
    ("effect", "made"), [("reset_before_commit", 0), ("reset_after_commit", 1), ("timeout_after_commit", 1)]
)
def test_a_lost_answer_is_unknown_whether_it_was_done_or_not(autotask, effect, made):
    fail(autotask.app, effect)
    verdict = autotask.write("Contacts", {"companyID": 7, "firstName": "Ada", "lastName": "B", "isActive": 1})
    assert verdict.outcome is Outcome.UNKNOWN
    assert len(autotask.read("Contacts", ("firstName", "eq", "Ada"))) == made


def test_a_wrong_password_pauses_the_connector():
    autotask = Autotask(secret="tee")
    with pytest.raises(ConnectorUnusable, match="401"):
        autotask.read("Companies")
    verdict = autotask.write("Companies", {"phone": "2"}, target_id="7")
    assert (verdict.outcome, verdict.pause) == (Outcome.REJECTED, True)


def test_a_wrong_integration_code_pauses_the_connector():
    verdict = Autotask(integration_code="NO").write("Companies", {"phone": "2"}, target_id="7")
    assert (verdict.outcome, verdict.pause, verdict.status) == (Outcome.REJECTED, True, 500)


def test_an_unknown_user_has_no_zone_and_nothing_is_sent():
    autotask = Autotask(user="nobody@nordlys.example")
    with pytest.raises(ConnectorUnusable, match="Zone"):
        autotask.read("Companies")
    assert autotask.write("Companies", {"phone": "2"}, target_id="7").outcome is Outcome.NOT_SENT


def test_the_guard_refuses_and_nothing_is_sent(autotask):
    def guard():
        raise StaleSend("too late")

    verdict = autotask.write("Companies", {"phone": "2"}, target_id="7", guard=guard)
    assert (verdict.outcome, verdict.message) == (Outcome.NOT_SENT, "too late")
    assert "PATCH" not in [method for method, _ in autotask.requests()]


def test_the_login_sees_all_where_the_system_says_so(autotask):
    assert autotask.connector.sees_all("Companies")
    calls = autotask.connector.calls()
    assert autotask.connector.sees_all("Companies")
    assert autotask.connector.calls() == calls


def test_the_safety_class_follows_the_marker(autotask):
    safety = autotask.connector.safety
    assert safety("Contracts", "create", marked=True) is Safety.PROBE
    assert safety("Contracts", "create", marked=False) is Safety.NOTHING
    assert safety("Contracts", "update", marked=False) is Safety.IDEMPOTENT
    assert safety("ServiceQuantities", "create", marked=False) is Safety.PROBE


def test_picklists_are_read_once_for_a_resource_in_a_run(autotask):
    for _ in range(3):
        autotask.read("Companies", ("companyType", "eq", "Customer"))
    assert sum("entityInformation/fields" in path for _, path in autotask.requests()) == 1


def test_a_virtual_resource_is_no_table(autotask):
    with pytest.raises(ConnectorUnusable, match="no table of the system"):
        autotask.read("ServiceQuantities")
    assert autotask.connector.sees_all("ServiceQuantities")  # as all that it is read from


def test_two_lists_are_asked_together_and_one_that_nothing_equals_asks_nothing(autotask):
    assert [
        each["id"] for each in autotask.read("Companies", ("id", "in", (7, 8)), ("companyType", "in", ("Customer",)))
    ] == [7, 8]
    calls = autotask.connector.calls()
    assert autotask.read("Companies", ("id", "in", (7, 8)), ("ownerResourceID", "in", ("x",))) == []
    assert autotask.connector.calls() == calls


def test_a_choice_that_depends_on_another_is_looked_for_below_it(autotask):
    def sub_issue(**values):
        request = Write(resource="Tickets", verb="update", values=values, target_id="1")
        return json.loads(autotask.connector.prepare(request).body)["subIssueType"]

    assert sub_issue(issueType="Web", subIssueType="Slow") == 21
    assert sub_issue(issueType=10, subIssueType="Slow") == 20
    with pytest.raises(ValueFault, match="several choices"):
        sub_issue(subIssueType="Slow")


def test_a_choice_that_is_no_longer_active_is_read_but_not_written(autotask):
    autotask.app.store.change("Companies", 9, {"marketSegmentID": 4})
    assert autotask.read("Companies", ("id", "eq", 9))[0]["marketSegmentID"] == "Gone"
    with pytest.raises(ValueFault, match="no longer active"):
        autotask.connector.canonical("Companies", {"marketSegmentID": "Gone"})


def test_an_id_that_no_choice_has_is_refused_when_written_and_shown_when_read(autotask):
    autotask.app.store.change("Companies", 9, {"marketSegmentID": 77})
    assert autotask.read("Companies", ("id", "eq", 9))[0]["marketSegmentID"] == 77
    with pytest.raises(ValueFault, match="no choice '78'"):
        autotask.connector.canonical("Companies", {"marketSegmentID": 78})
