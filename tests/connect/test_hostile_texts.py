"""Texts from outside are data: as an id they never change a path, as a name they never change a query."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import yaml

from rules_run.bundled import bundled
from rules_run.connect.catalogue import load_catalogue
from rules_run.connect.manifest_file import load_manifest
from rules_run.connect.registry import list_connectors, load_sandbox, open_catalogue, open_connector
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import ValueFault
from rules_run.model.exchange import Condition, Outcome, Query, Write
from rules_run.model.secret import Secret

from .test_doors import Scripted

NAMES = yaml.safe_load(Path(__file__).with_name("names.yaml").read_text(encoding="utf-8"))
IDS = (
    *(
        "",
        ".",
        "..",
        "...",
        "../Companies/5",
        "5/../6",
        "5/Notes",
        "/5",
        "//5",
        "5/",
        "\\5",
        "..\\5",
        "%2e%2e",
        "%2E%2e/5",
    ),
    *("5%2F..", "%35", "5?x=1", "5#x", "5&x=1", " 5", "5 ", "5\n", "\n5", "5\0", "5\r\nHost: x", "５", "٥", "Ⅴ", "5é"),
    *("-5", "+5", "0x5", "5e3", "5.0", "9" * 20, "null", "5' or '1'='1", "{id}", "{{id}}"),
)
LOGIN = {"user": "me", "secret": Secret("swordfish"), "integration_code": Secret("CODE27")}
SHOP = """\
connector: shop
kind: rest
title: A shop
settings:
  url: {description: Where it is.}
server: {api: api/}
query:
  style: parameters
  call: GET {path}
  items: data
  operators: {eq: ["{field}"], in: ["{field}"]}
paging: {style: page, position_name: page, size: {name: per_page, most: 100}}
write: {create: {call: "POST {path}"}, update: {call: "PUT {path}/{id}"}, id: data.id, record: data}
errors: {texts: error}
"""
ORDERS = """\
resource: Orders
path: orders
operations: [read, create, update]
id: {field: id, pattern: '[\\s\\S]*'}
fields: {id: {type: text}, customer: {type: text}, paid: {type: boolean}}
"""


def shop(tmp_path, transport):
    """Open a system whose manifest lets any text be an id."""
    folder = tmp_path / "connectors" / "shop"
    (folder / "catalogue").mkdir(parents=True)
    (folder / "manifest.yaml").write_text(SHOP, encoding="utf-8")
    (folder / "catalogue" / "Orders.yaml").write_text(ORDERS, encoding="utf-8")
    return open_connector("shop", "shop", {"url": "http://127.0.0.1/"}, tmp_path, transport)


def written(connector, resource, values, target_id=None):
    """Return the request of a write, None where it is refused."""
    write = Write(
        resource=resource, verb="update" if target_id is not None else "create", values=values, target_id=target_id
    )
    try:
        return connector.prepare(write)
    except ValueFault:
        return None


@pytest.mark.parametrize("record_id", IDS)
def test_an_id_is_refused_or_stays_one_segment_of_the_path_whatever_a_catalogue_allows(tmp_path, record_id):
    request = written(shop(tmp_path, Scripted(lambda outgoing: {})), "Orders", {"paid": True}, record_id)
    if request is not None:
        url = requests.Request("PUT", f"http://127.0.0.1/api/{request.path}").prepare().url
        assert urlsplit(url) == ("http", "127.0.0.1", f"/api/orders/{record_id}", "", "")


def changeable():
    for found in list_connectors(None):
        manifest = load_manifest(bundled("connectors") / found.type, check=False)
        catalogue = load_catalogue(found.folder)
        if manifest.rest is not None:
            for name in catalogue.names():
                resource = catalogue.resource(name)
                if not resource.virtual and "update" in resource.operations and resource.child is None:
                    yield pytest.param(resource, id=f"{found.type}.{name}")


@pytest.mark.parametrize("resource", list(changeable()))
def test_every_resource_that_ships_says_how_its_ids_look(resource):
    assert [each for each in IDS if re.fullmatch(resource.id_pattern, each)] == []
    assert re.fullmatch(resource.id_pattern, "5")


@pytest.mark.parametrize("parent", IDS)
def test_the_id_of_a_parent_cannot_lead_to_another_record(parent):
    connector = open_connector("autotask", "psa", LOGIN, None, Scripted(lambda outgoing: {}))
    contact = {"firstName": "Vik", "lastName": "N", "companyID": parent, "isActive": 1}
    assert written(connector, "Contacts", {**contact, "companyID": 5}).path == "Companies/5/Contacts"
    request = written(connector, "Contacts", contact)
    assert request is None or request.path == f"Companies/{int(parent)}/Contacts"


def found(connector, resource, field, op, value):
    query = Query(resource=resource, where=(Condition(field=field, op=op, value=value),))
    return [record[field] for page in connector.read(query) for record in page]


def test_every_name_is_found_again_alone_by_the_filter_of_autotask():
    login = {name: value.reveal() if isinstance(value, Secret) else value for name, value in LOGIN.items()}
    company = {"companyType": "Customer", "phone": "1", "isActive": True, "ownerResourceID": 29}
    companies = [{"id": number, "companyName": f"C{number}", **company} for number in range(1, len(NAMES) + 1)]
    data = {"users": [login], "records": {"Companies": companies, "Resources": [{"id": 29, "userName": "vik"}]}}
    app = load_sandbox("autotask")(data, open_catalogue("autotask", None))
    settings = {**LOGIN, "url": "http://127.0.0.1/"}
    connector = open_connector("autotask", "psa", settings, None, WsgiTransport(app))
    for number, name in enumerate(NAMES, 1):
        request = written(connector, "Companies", {"companyName": name}, str(number))
        assert connector.send(request, lambda: None).outcome is Outcome.APPLIED
    assert [found(connector, "Companies", "companyName", "eq", name) for name in NAMES] == [[name] for name in NAMES]
    assert sorted(found(connector, "Companies", "companyName", "in", tuple(NAMES))) == sorted(NAMES)


def test_every_name_is_found_again_alone_by_the_parameters_of_an_address(tmp_path):
    def answer(outgoing):
        asked = parse_qs(urlsplit(outgoing.url).query, strict_parsing=True)
        assert set(asked) <= {"customer", "page", "per_page"}
        wanted = asked.get("customer", NAMES)
        return {"data": [{"id": str(n), "customer": name} for n, name in enumerate(NAMES) if name in wanted]}

    transport = Scripted(answer)
    connector = shop(tmp_path, transport)
    assert [found(connector, "Orders", "customer", "eq", name) for name in NAMES] == [[name] for name in NAMES]
    assert {urlsplit(each.url).path for each in transport.asked} == {"/api/orders"}
    # A name with a comma could be taken for a list of two: it is looked for here, among all.
    assert len([each for each in transport.asked if "customer=" not in each.url]) == sum("," in each for each in NAMES)


@pytest.mark.parametrize("file", ["orders.csv", "orders.json", "orders.jsonl", "orders.xlsx"])
def test_every_name_comes_back_from_a_file_and_is_found_alone(tmp_path, file):
    fields = {"number": "text", "customer": "text"}
    spec = {"resources": {"Orders": {"file": file, "key": "number", "fields": fields}}}
    connector = open_connector("files", "out", spec, tmp_path)
    for number, name in enumerate(NAMES):
        request = connector.prepare(
            Write(resource="Orders", verb="create", values={"number": f"N{number}", "customer": name})
        )
        assert connector.send(request, lambda: None).outcome is Outcome.APPLIED
    again = open_connector("files", "out", spec, tmp_path)
    assert [found(again, "Orders", "customer", "eq", name) for name in NAMES] == [[name] for name in NAMES]


def test_every_name_travels_as_json_unchanged():
    connector = open_connector("autotask", "psa", LOGIN, None, Scripted(lambda outgoing: {"fields": []}))
    for name in NAMES:
        request = connector.prepare(
            Write(resource="Companies", verb="update", values={"companyName": name}, target_id="7")
        )
        assert json.loads(request.body) == {"id": 7, "companyName": name}
