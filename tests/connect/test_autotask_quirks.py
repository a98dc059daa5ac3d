"""Autotask's habits that a client falls over, and how the connector stands: the README lists them with their tests."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from rules_run.bundled import bundled
from rules_run.connect.asking import Call
from rules_run.connect.budget import Budget, QuotaReached
from rules_run.connect.manifest import Quota
from rules_run.connect.registry import load_sandbox, open_catalogue, open_connector
from rules_run.connect.transport import Answer
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Condition, Outcome, Query, Write
from rules_run.model.secret import Secret

LOGIN = {"user": "api@nordlys.example", "secret": "kaffe", "integration_code": "CODE"}
COMPANY = {"companyType": "Customer", "phone": "1", "isActive": True, "ownerResourceID": 4}
OWNER = {"id": 4, "firstName": "Ole", "lastName": "N", "userName": "ole", "isActive": True}


def companies(number, start=1):
    return [{"id": n, "companyName": f"C{n}", **COMPANY} for n in range(start, start + number)]


class Autotask:
    """A stand-in with so many companies, and the connector that asks it through a transport of the test."""

    def __init__(self, number=1100, transport=WsgiTransport, **data):
        records = {"Companies": companies(number), "Resources": [OWNER], **data.pop("records", {})}
        self.app = load_sandbox("autotask")({"records": records, **data}, open_catalogue("autotask", None))
        self.transport = transport(self.app)
        given = {**{name: Secret(text) for name, text in LOGIN.items()}, "url": "http://127.0.0.1/"}
        self.connector = open_connector("autotask", "psa", given, None, self.transport)

    def ids(self, resource="Companies", *where):
        query = Query(resource=resource, where=tuple(Condition(field=f, op=op, value=v) for f, op, v in where))
        return [record["id"] for page in self.connector.read(query) for record in page]

    def asked(self, end="/query"):
        return [entry.path for entry in self.app.history.entries() if entry.path.endswith(end)]


def test_records_that_come_and_go_between_pages_move_no_other():
    gone = {"effect": "meanwhile", "resource": "Companies", "verb": "read", "take": {"Companies": [1, 2, 3, 400, 700]}}
    come = {"effect": "meanwhile", "resource": "Companies", "verb": "read", "give": {"Companies": companies(1, 1101)}}
    found = Autotask(faults=[gone, come]).ids()
    assert sorted(found) == sorted(set(range(1, 1102)) - {700})
    assert len(found) == len(set(found))


@pytest.mark.parametrize("nth", [2, 3])
def test_a_page_that_comes_twice_loses_and_doubles_nothing(nth):
    again = {"effect": "repeat", "resource": "Companies", "verb": "read", "nth": nth}
    autotask = Autotask(faults=[again])
    assert autotask.ids() == list(range(1, 1101))
    assert len(autotask.asked()) == 4


def test_a_page_that_comes_for_ever_ends_the_read():
    again = {"effect": "repeat", "resource": "Companies", "verb": "read", "nth": 2, "times": None}
    autotask = Autotask(faults=[again])
    with pytest.raises(ConnectorUnusable, match="same page again and again"):
        autotask.ids()
    assert len(autotask.asked()) == 3


def test_pages_in_another_order_than_by_id_are_not_trusted():
    body = {"items": [{"id": 2}, {"id": 1}], "pageDetails": {"nextPageUrl": None}}
    fault = {"effect": "answer", "status": 200, "body": body, "resource": "Companies", "verb": "read"}
    with pytest.raises(ConnectorUnusable, match="order of their ids"):
        Autotask(faults=[fault]).ids()


def test_a_full_last_page_costs_no_further_call():
    autotask = Autotask(1000)
    assert len(autotask.ids()) == 1000
    assert len(autotask.asked()) == 2


def test_a_long_list_with_more_hits_than_a_page_keeps_to_the_limit_of_conditions():
    same = [{"id": n, "companyName": f"C{n % 500}", **COMPANY} for n in range(1, 1201)]
    autotask = Autotask(records={"Companies": same})
    names = tuple(f"C{n}" for n in range(500))
    assert sorted(autotask.ids("Companies", ("companyName", "in", names))) == list(range(1, 1201))


class InPairs(WsgiTransport):
    """Answers queries in pairs only: one alone waits until another is under way."""

    def __init__(self, app):
        super().__init__(app)
        self.two = threading.Barrier(2)

    def exchange(self, outgoing, at):
        if outgoing.url.endswith("/query"):
            self.two.wait(20)
        return super().exchange(outgoing, at)


def test_the_batches_of_one_read_go_two_at_a_time_and_come_in_order():
    autotask = Autotask(2000, InPairs)
    assert autotask.ids("Companies", ("id", "in", tuple(range(1, 2001)))) == list(range(1, 2001))
    assert len(autotask.asked()) == 4


class Moving(WsgiTransport):
    """A database that has moved: its old zone refuses the log-in, and zoneInformation names the new one."""

    def __init__(self, app):
        super().__init__(app)
        self.calls = 0
        self.zones = ["http://127.0.0.1/old/ATServicesRest/", "http://127.0.0.1/ATServicesRest/"]

    def exchange(self, outgoing, at):
        self.calls += 1
        if "zoneInformation" in outgoing.url:
            zone = self.zones.pop(0) if len(self.zones) > 1 else self.zones[0]
            return Answer(status=200, headers={}, body=b'{"url": "%s"}' % zone.encode())
        if "/old/" in outgoing.url:
            at("headers-leaving")
            return Answer(status=401, headers={}, body=b'{"errors": ["The username or secret is not valid."]}')
        return super().exchange(outgoing, at)


def test_a_database_that_has_moved_is_found_again_by_a_read():
    autotask = Autotask(3, Moving)
    assert autotask.ids() == [1, 2, 3]
    # zone, refused, zone, answered; and the picklists of the resource.
    assert autotask.transport.calls == 5


def test_a_write_to_a_database_that_has_moved_is_refused_once_and_sent_to_the_right_one_by_the_next_attempt():
    autotask = Autotask(1, Moving)
    request = autotask.connector.prepare(
        Write(resource="Companies", verb="update", values={"phone": "2"}, target_id="1")
    )
    first = autotask.connector.send(request, lambda: None)
    assert (first.outcome, first.permanent, first.pause) == (Outcome.REJECTED, False, False)
    assert autotask.connector.send(request, lambda: None).outcome is Outcome.APPLIED


def test_a_log_in_that_is_simply_wrong_costs_one_look_more_and_pauses():
    autotask = Autotask(1, users=[{**LOGIN, "secret": "other"}])
    with pytest.raises(ConnectorUnusable, match=r"\(401\)"):
        autotask.ids()
    zones = len(autotask.asked("zoneInformation"))
    request = autotask.connector.prepare(
        Write(resource="Companies", verb="update", values={"phone": "2"}, target_id="1")
    )
    verdict = autotask.connector.send(request, lambda: None)
    assert (verdict.outcome, verdict.pause) == (Outcome.REJECTED, True)
    assert zones == len(autotask.asked("zoneInformation")) == 2


def test_a_misspelt_operator_that_is_ignored_lets_nothing_slip_through():
    body = {"items": companies(3), "pageDetails": {"nextPageUrl": None}}
    fault = {"effect": "answer", "status": 200, "body": body, "resource": "Companies", "verb": "read"}
    assert Autotask(faults=[fault]).ids("Companies", ("companyName", "eq", "C2")) == [2]


def test_a_restricted_log_in_is_no_proof_that_a_record_is_not_there():
    autotask = Autotask(3, users=[{**LOGIN, "sees": {"Companies": {"id": [1]}}}])
    assert autotask.ids() == [1]
    assert not autotask.connector.sees_all("Companies")
    assert autotask.connector.sees_all("Contacts")


class Counted:
    """A count in memory."""

    def __init__(self, number=0):
        self.number = number

    def add(self):
        self.number += 1

    def used(self):
        return self.number

    def close(self):
        pass


def take_all(budget, ask):
    for _ in range(100):
        budget.take(ask)


QUOTA = Quota(requests=100, minutes=60, call=Call(method="GET", path="T"), used="used", most="most")


def test_what_others_have_used_counts_and_is_asked_for_at_the_start():
    counted = Counted(5)
    budget = Budget("psa", QUOTA, 80, counted)
    with pytest.raises(QuotaReached, match="has had 80 of the 100 requests"):
        take_all(budget, lambda: {"used": 70, "most": 100})
    assert counted.number == 15
    assert budget.usage().spent


def test_a_system_that_does_not_tell_is_counted_by_what_we_asked_ourselves():
    def silent():
        raise ConnectorUnusable("not allowed")

    counted = Counted()
    with pytest.raises(QuotaReached):
        take_all(Budget("psa", QUOTA, 50, counted), silent)
    assert counted.number == 50


def test_every_quirk_of_the_readme_has_the_test_that_it_names():
    text = (bundled("connectors") / "autotask" / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Quirks")[2].partition("\n## ")[0]
    named = re.findall(r"`(test_\w+)`", table)
    known = {
        name
        for folder in ("connect", "cli", "sandbox", "delivery")
        for file in (Path(__file__).parents[1] / folder).glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 20
    assert set(named) <= known
