"""Whoever names an address - the tenant, the zone, the next page, a redirect - it passes the same check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from rules_run.connect.addresses import AddressRules, origin_of
from rules_run.connect.network import HttpTransport
from rules_run.connect.registry import open_connector
from rules_run.connect.transport import Answer, Outgoing, Passing, TransportFault
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Outcome, Query, Write
from rules_run.model.secret import Secret

CASES = yaml.safe_load(Path(__file__).with_name("addresses.yaml").read_text(encoding="utf-8"))
LOGIN = {"user": "me@nordlys.example", "secret": Secret("swordfish"), "integration_code": Secret("CODE27")}
FIRST = "https://webservices.autotask.net/ATServicesRest/V1.0/zoneInformation?user=me%40nordlys.example"
ZONE = "https://webservices5.autotask.net/ATServicesRest/"
FOLLOWED = "ContractServiceAdjustments"
"""Its ids cannot be asked for, so its pages are followed by their addresses."""
EMPTY = {"items": [], "pageDetails": {"nextPageUrl": None}}


class Scripted:
    """A transport without a network: it notes what would leave, and answers as it is told."""

    def __init__(self, answer: Callable[[Outgoing], object]) -> None:
        self.answer = answer
        self.asked: list[Outgoing] = []

    def exchange(self, outgoing: Outgoing, at: Passing) -> Answer:
        at("headers-leaving")
        self.asked.append(outgoing)
        answer = self.answer(outgoing)
        return (
            answer if isinstance(answer, Answer) else Answer(status=200, headers={}, body=json.dumps(answer).encode())
        )

    def close(self) -> None:
        pass


def refused_at(transport, settings, kind="autotask", resource=FOLLOWED):
    """Open an account and read; return which addresses were asked before the refusal."""
    connector = open_connector(kind, "psa", settings, None, transport)
    with pytest.raises(ConnectorUnusable, match=r"is not used|cannot be stored") as refused:
        list(connector.read(Query(resource=resource)))
    connector.close()
    assert "swordfish" not in str(refused.value)
    return [each.url for each in transport.asked]


@pytest.mark.parametrize("url", CASES["refused"])
def test_a_tenant_cannot_send_his_log_in_there(url):
    with pytest.raises(ConnectorUnusable, match="is not used"):
        connector = open_connector("autotask", "psa", {**LOGIN, "url": url}, None, Scripted(lambda outgoing: EMPTY))
        list(connector.read(Query(resource=FOLLOWED)))


@pytest.mark.parametrize("url", [*CASES["refused"], *CASES["elsewhere"]])
def test_the_answer_about_the_zone_cannot_lead_there(url):
    transport = Scripted(lambda outgoing: {"url": url})
    assert refused_at(transport, LOGIN) == [FIRST]
    assert "Secret" not in transport.asked[0].headers


@pytest.mark.parametrize("url", [*CASES["refused"], *CASES["elsewhere"]])
def test_the_address_of_the_next_page_cannot_lead_there(url):
    def answer(outgoing):
        if "zoneInformation" in outgoing.url:
            return {"url": ZONE}
        return {"fields": []} if outgoing.url.endswith("fields") else {"items": [], "pageDetails": {"nextPageUrl": url}}

    asked = refused_at(Scripted(answer), LOGIN)
    assert asked[0] == FIRST
    assert all(each.startswith(f"{ZONE}V1.0/{FOLLOWED}/") for each in asked[1:])


@pytest.mark.parametrize("url", CASES["refused"])
def test_a_tenant_cannot_fetch_his_token_there(url):
    settings = {"client_id": "me", "client_secret": Secret("swordfish"), "token_url": url}
    assert refused_at(Scripted(lambda outgoing: {}), settings, "intermedia", "Items") == []


@pytest.mark.parametrize("url", [*CASES["refused"], *CASES["elsewhere"], *CASES["accepted"]])
def test_no_redirect_is_followed_wherever_it_leads(serve, url):
    def redirect(link):
        link.receive()
        link.reply(b"", status="307 Temporary Redirect", Location=url.encode("ascii", "replace").decode())

    server = serve(redirect)
    transport = HttpTransport(rules=AddressRules(hosts=(origin_of(server.url),)))
    try:
        answer = transport.exchange(Outgoing(method="POST", url=server.url, body=b"{}", fresh=True), lambda at: None)
        assert answer.status == 307
    except TransportFault as fault:  # an address that nobody can read: the answer is none
        assert fault.left
    transport.close()
    assert len(server.seen) == 1


def test_a_redirected_write_is_unknown_and_a_redirected_read_ends():
    moved = Answer(status=307, headers={"location": ZONE}, body=b"")
    transport = Scripted(lambda outgoing: {"url": ZONE} if "zoneInformation" in outgoing.url else moved)
    connector = open_connector("autotask", "psa", LOGIN, None, transport)
    request = connector.prepare(Write(resource="Companies", verb="update", values={"phone": "2"}, target_id="7"))
    assert connector.send(request, lambda: None).outcome is Outcome.UNKNOWN
    with pytest.raises(ConnectorUnusable, match="307"):
        list(connector.read(Query(resource=FOLLOWED)))
    connector.close()
    assert len([each for each in transport.asked if each.method == "PATCH"]) == 1


@pytest.mark.parametrize("url", CASES["elsewhere"])
def test_another_host_that_a_tenant_names_is_the_only_one_that_is_talked_to(url):
    transport = Scripted(lambda outgoing: {"url": ZONE})
    assert all(origin_of(each) == origin_of(url) for each in refused_at(transport, {**LOGIN, "url": url}))
