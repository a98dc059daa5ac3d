"""The runtime of REST systems over real HTTP, with a small shop that needs no line of Python."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from rules_run.bundled import bundled
from rules_run.connect.account import open_account
from rules_run.connect.calls import Calls, address_rules
from rules_run.connect.catalogue import load_catalogue
from rules_run.connect.manifest_file import load_manifest
from rules_run.connect.network import HttpTransport
from rules_run.connect.registry import open_connector
from rules_run.connect.rest import RestConnector
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Condition, Outcome, Query, Write
from rules_run.model.secret import Secret

SHOP = """\
connector: shop
kind: rest
title: A shop
settings:
  url: {description: Where it is.}
  token: {description: The token., secret: true, required: true}
server: {api: api/}
headers: {X-Token: token}
query:
  style: parameters
  call: GET {path}
  items: data
  operators: {eq: ["{field}"], gte: ["min_{field}"], in: ["{field}"]}
  most_conditions: 3
paging: {style: page, position_name: page, size: {name: per_page, most: 2}}
write:
  create: {call: "POST {path}"}
  update: {call: "PUT {path}/{id}"}
  id: data.id
  record: data
errors: {texts: error}
in_flight: 2
"""
ORDERS = """\
resource: Orders
path: orders
operations: [read, create, update]
id: {field: id, pattern: "[0-9]+"}
fields:
  id: {type: integer, read_only: true}
  number: {type: text}
  total: {type: decimal}
  paid: {type: boolean}
  note: {type: text, filterable: false}
  ship: {type: object}
"""
ROWS = [
    {"id": n, "number": f"N{n}", "total": n + 0.5, "paid": n % 2 == 0, "note": "x" if n == 3 else None}
    for n in range(1, 6)
]


LINKED = "ContractServiceAdjustments"
"""Its ids cannot be asked for, so its pages are followed by their addresses."""


def shop(tmp_path: Path, url: str, **settings):
    folder = tmp_path / "connectors" / "shop"
    (folder / "catalogue").mkdir(parents=True)
    (folder / "manifest.yaml").write_text(SHOP, encoding="utf-8")
    (folder / "catalogue" / "Orders.yaml").write_text(ORDERS, encoding="utf-8")
    return open_connector("shop", "shop", {"url": url, "token": Secret("sesame"), **settings}, tmp_path)


def autotask(url, waits, **settings):
    """Open the Autotask connector with waits that take no time."""
    manifest = load_manifest(bundled("connectors") / "autotask", check=False)
    given = {"user": "me", "secret": Secret("s"), "integration_code": Secret("c"), "url": url, **settings}
    account = open_account(manifest, "psa", given, folder=Path.cwd(), environ={})
    transport = HttpTransport(rules=address_rules(account, manifest.rest.server))
    calls = Calls(account, manifest.rest, transport, wait=waits.append, jitter=lambda: 0.5)
    return RestConnector(account, load_catalogue(manifest.folder), calls)


def answering(link, answer):
    while seen := link.receive():
        status, body, headers = answer(seen)
        link.reply(body if isinstance(body, bytes) else json.dumps(body).encode(), status=status, **headers)


def order_answer(seen):
    url = urlsplit(seen.target)
    if seen.method == "GET":
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        rows = [
            row
            for row in ROWS
            if ("id" not in asked or str(row["id"]) in asked["id"].split(","))
            and row["total"] >= float(asked.get("min_total", 0))
        ]
        start = (int(asked["page"]) - 1) * 2
        return "200 OK", {"data": rows[start : start + 2]}, {}
    return "200 OK", {"data": {"id": 9, **json.loads(seen.body)}}, {}


def read(connector, resource, *where):
    query = Query(resource=resource, where=tuple(Condition(field=f, op=op, value=v) for f, op, v in where))
    return [record for page in connector.read(query) for record in page]


def test_a_plain_system_needs_a_manifest_and_a_catalogue_only(serve, tmp_path):
    server = serve(lambda link: answering(link, order_answer))
    connector = shop(tmp_path, server.url)
    assert [each["id"] for each in read(connector, "Orders")] == [1, 2, 3, 4, 5]
    assert [each["id"] for each in read(connector, "Orders", ("total", "gte", 3), ("note", "empty", False))] == [3]
    verdict = connector.send(
        connector.prepare(Write(resource="Orders", verb="create", values={"number": "N9", "ship.city": "Bergen"})),
        lambda: None,
    )
    assert (verdict.outcome, verdict.target_id) == (Outcome.APPLIED, "9")
    assert verdict.record == {"id": 9, "number": "N9", "ship": {"city": "Bergen"}}
    connector.send(
        connector.prepare(Write(resource="Orders", verb="update", values={"paid": True}, target_id="9")), lambda: None
    )
    connector.close()
    last = server.seen[-1]
    assert (last.method, last.target, last.body, last.headers["x-token"]) == (
        "PUT",
        "/api/orders/9",
        b'{"paid":true}',
        "sesame",
    )
    assert connector.calls() == len(server.seen)


def test_a_list_longer_than_the_limit_is_split(serve, tmp_path):
    server = serve(lambda link: answering(link, order_answer))
    connector = shop(tmp_path, server.url)
    assert sorted(each["id"] for each in read(connector, "Orders", ("id", "in", (1, 2, 3, 4, 5)))) == [1, 2, 3, 4, 5]
    asked = [parse_qs(urlsplit(seen.target).query) for seen in server.seen]
    connector.close()
    assert sorted(each["id"][0] for each in asked if each["page"] == ["1"]) == ["1,2,3", "4,5"]


def test_a_system_that_gives_one_page_for_ever_is_noticed(serve, tmp_path):
    server = serve(lambda link: answering(link, lambda seen: ("200 OK", {"data": ROWS[:2]}, {})))
    connector = shop(tmp_path, server.url)
    with pytest.raises(ConnectorUnusable, match="same page"):
        read(connector, "Orders")
    connector.close()


def zone_then(server_url, answer):
    def reply(seen):
        if "zoneInformation" in seen.target:
            return "200 OK", {"url": f"{server_url()}ATServicesRest/"}, {}
        return answer(seen)

    return reply


@pytest.fixture
def scripted(serve):
    """Start a server whose zone is itself and whose other answers are given one by one."""

    def start(*answers, default=("200 OK", {"items": [], "pageDetails": {"nextPageUrl": None}}, {})):
        waiting = list(answers)
        server = None

        def answer(seen):
            return waiting.pop(0) if waiting else default

        server = serve(lambda link: answering(link, zone_then(lambda: server.url, answer)))
        return server

    return start


BUSY = ("503 Busy", b"", {})


def test_a_read_is_tried_again_while_the_gateway_is_busy(scripted):
    waits = []
    server = scripted(BUSY, ("502 Bad Gateway", b"<html>", {}), ("429 Too Many", b"", {"Retry_After": "7"}))
    connector = autotask(server.url, waits)
    assert read(connector, "Companies") == []
    connector.close()
    assert waits == [0.5, 1.0, 7.0]


@pytest.mark.parametrize(
    ("asked", "waited"), [("999999", 30.0), ("-5", 0.5), ("soon", 0.5), ("Wed, 21 Oct 2099 07:28:00 GMT", 30.0)]
)
def test_what_a_busy_system_asks_for_is_kept_within_reason(scripted, asked, waited):
    waits = []
    connector = autotask(scripted(("429 Too Many", b"", {"Retry_After": asked})).url, waits)
    read(connector, "Companies")
    connector.close()
    assert waits == [waited]


def test_trying_again_ends(scripted):
    waits = []
    connector = autotask(scripted(default=BUSY).url, waits)
    with pytest.raises(ConnectorUnusable, match=r"psa\.Companies cannot be read \(503\)"):
        read(connector, "Companies")
    connector.close()
    assert len(waits) == 3


def test_an_error_text_is_told_at_once(scripted):
    waits = []
    connector = autotask(
        scripted(("500 Error", {"errors": ["Unable to find nme in the Company Entity."]}, {})).url, waits
    )
    with pytest.raises(ConnectorUnusable, match="Unable to find nme"):
        read(connector, "Companies")
    connector.close()
    assert waits == []


def test_a_throttle_told_as_an_error_text_is_waited_out(scripted):
    waits = []
    answer = ("500 Error", {"errors": ["The thread threshold of 3 threads has been exceeded."]}, {})
    connector = autotask(scripted(answer).url, waits)
    assert read(connector, "Companies") == []
    connector.close()
    assert waits == [0.5]


@pytest.mark.parametrize(
    "answer",
    [
        ("302 Found", b"", {"Location": "https://evil.example/"}),
        ("200 OK", b"<html>Sign in</html>", {}),
        ("200 OK", {"items": None}, {}),
        ("200 OK", {"items": [1]}, {}),
        ("200 OK", b'{"items": [{"id": NaN}]}', {}),
        ("200 OK", {"items": [], "pageDetails": {"nextPageUrl": "https://evil.example/next"}}, {}),
        ("200 OK", {"items": [], "pageDetails": {"nextPageUrl": 5}}, {}),
    ],
    ids=["redirect", "html", "no list", "no records", "nan", "next page elsewhere", "no address"],
)
def test_an_answer_that_cannot_be_trusted_ends_the_read(scripted, answer):
    server = scripted(answer)
    connector = autotask(server.url, [])
    try:
        with pytest.raises(ConnectorUnusable):
            read(connector, LINKED)
    finally:
        connector.close()
    assert len(server.seen) == 2


def test_pages_that_lead_in_a_circle_are_noticed(serve):
    server = None

    def answer(seen):
        return (
            "200 OK",
            {"items": [{"id": 1}], "pageDetails": {"nextPageUrl": f"{server.url}ATServicesRest/V1.0/next"}},
            {},
        )

    server = serve(lambda link: answering(link, zone_then(lambda: server.url, answer)))
    connector = autotask(server.url, [])
    for resource, says in ((LINKED, "lead in a circle"), ("Companies", "same page again and again")):
        with pytest.raises(ConnectorUnusable, match=says):
            read(connector, resource)
    connector.close()


def test_a_zone_on_another_host_gets_no_credentials(serve):
    other = serve(lambda link: answering(link, lambda seen: ("200 OK", {}, {})))
    server = serve(lambda link: answering(link, lambda seen: ("200 OK", {"url": other.url}, {})))
    connector = autotask(server.url, [])
    with pytest.raises(ConnectorUnusable, match="none of those"):
        read(connector, "Companies")
    connector.close()
    assert other.connections == 0
    assert "secret" not in server.seen[0].headers


def test_a_write_is_sent_once_whatever_comes_back(scripted):
    server = scripted(default=BUSY)
    waits = []
    connector = autotask(server.url, waits)
    request = connector.prepare(Write(resource="Companies", verb="update", values={"phone": "2"}, target_id="7"))
    assert connector.send(request, lambda: None).outcome is Outcome.UNKNOWN
    connector.close()
    assert [seen.method for seen in server.seen] == ["GET", "PATCH"]
    assert server.seen[1].body == request.body == b'{"id":7,"phone":"2"}'
    assert waits == []


def test_nothing_listening_means_nothing_was_sent(refused_url):
    waits = []
    connector = autotask(refused_url, waits)
    request = connector.prepare(Write(resource="Companies", verb="update", values={"phone": "2"}, target_id="7"))
    assert connector.send(request, lambda: None).outcome is Outcome.NOT_SENT


def test_no_more_than_two_requests_for_one_kind_of_record_are_under_way(serve):
    pair = threading.Barrier(2)
    lock = threading.Lock()
    under_way, most = 0, 0
    server = None

    def answer(seen):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        pair.wait(10)
        with lock:
            under_way -= 1
        return "200 OK", {"items": []}, {}

    server = serve(lambda link: answering(link, zone_then(lambda: server.url, answer)))
    connector = autotask(server.url, [])
    readers = [threading.Thread(target=read, args=(connector, "Companies")) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    connector.close()
    assert most == 2
