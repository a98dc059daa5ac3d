"""A system that filters by one text, as OData does, needs no line of Python; a small library shows each word."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator

from rules_run.bundled import bundled
from rules_run.connect.manifest_file import load_manifest
from rules_run.connect.registry import catalogue_of, open_connector
from rules_run.errors import ConnectorUnusable, InvalidFiles
from rules_run.model.exchange import Condition, Outcome, Query, Write
from rules_run.model.secret import Secret

LIBRARY = """\
connector: library
kind: rest
title: A library
settings:
  url: {description: Where it is.}
  user: {description: User name., required: true}
  password: {description: Password., secret: true, required: true}
  branch: {description: Branch., type: integer}
  plain: {description: "Without shelves.", type: boolean}
depends:
  - {setting: plain, is: true, changes: {Books: {shelf: {filterable: false, length: 5}}}}
server: {api: odata/}
basic: {user: user, password: password}
headers: {X-Branch: branch}
parameters: {branch: branch}
query:
  style: expression
  call: GET {path}
  filter: $filter
  items: .
  operators:
    eq: ["{field} eq {value}"]
    not: ["{field} ne {value}", "{field} eq null"]
    in: ["{field} in ({values})"]
    not_in: ["{field} ne {value}"]
    gt: ["{field} gt {value}"]
    contains: ["contains({field},{value})"]
    empty: ["{field} eq null"]
  expression:
    all: " and "
    any: " or "
    group: "[{any}]"
    literals: {text: "'{value}'", date: "date'{value}'"}
    escape: {"\\\\": "\\\\\\\\", "'": "\\\\'"}
  most_conditions: 4
paging: {style: keyset, order: {$orderby: "{id} asc"}}
write:
  create: {call: "POST {path}", headers: {If-None-Match: "*"}}
  update: {call: "PUT {path}/{id}", whole: true, headers: {If-Match: "*"}}
  id: id
  record: .
errors: {texts: error}
"""
BOOKS = """\
resource: Books
path: books
operations: [read, create, update]
id: {field: id, pattern: "[0-9]+"}
wrap: book
fields:
  id: {type: integer, read_only: true}
  title: {type: text}
  price: {type: decimal}
  bought: {type: date}
  lent: {type: boolean}
  shelf: {type: text}
  place: {type: object, fields: {row: {type: integer}, name: {type: text, length: 3}}}
  pages: {type: list, fields: {number: {type: integer}}}
  made: {type: datetime, read_only: true}
"""
DAY = "2019-06-04"
ROWS = [
    {
        "id": n,
        "title": f"T{n}",
        "price": n + 0.5,
        "lent": False,
        "bought": DAY,
        "shelf": "A",
        "place": {"row": n, "name": None},
    }
    for n in (1, 2, 3)
]


def library(folder: Path, url: str, manifest: str = LIBRARY, **settings: object):
    made = folder / "connectors" / "library"
    (made / "catalogue").mkdir(parents=True)
    (made / "manifest.yaml").write_text(manifest, encoding="utf-8")
    (made / "catalogue" / "Books.yaml").write_text(BOOKS, encoding="utf-8")
    given = {"url": url, "user": "ina", "password": Secret("pass:wörter"), **settings}
    return open_connector("library", "library", given, folder)


def answering(link):
    """Answer reads with what lies above the last id, two at a time, and writes with what they hold."""
    while seen := link.receive():
        if seen.method == "GET":
            text = parse_qs(urlsplit(seen.target).query).get("$filter", [""])[0]
            above = int(text.rpartition("id gt ")[2].rstrip("]") or 0) if "id gt " in text else 0
            link.reply(json.dumps([row for row in ROWS if row["id"] > above][:2]).encode())
        else:
            link.reply(json.dumps({"id": 9, **json.loads(seen.body)["book"], "lent": None}).encode())


def asked(server) -> list[dict[str, str]]:
    """Return the parameters of every read."""
    reads = [each.target for each in server.seen if each.method == "GET"]
    return [{name: texts[0] for name, texts in parse_qs(urlsplit(target).query).items()} for target in reads]


def read(connector, *where):
    query = Query(resource="Books", where=tuple(Condition(field=f, op=op, value=v) for f, op, v in where))
    return [record["id"] for page in connector.read(query) for record in page]


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ((), None),
        ((("title", "eq", "T1"),), "title eq 'T1'"),
        ((("title", "eq", "O'B\\n"),), "title eq 'O\\'B\\\\n'"),
        ((("price", "gt", "1.50"),), "price gt 1.5"),
        ((("bought", "eq", "2019-06-04"),), "bought eq date'2019-06-04'"),
        ((("lent", "eq", True), ("title", "contains", "T")), "lent eq true and contains(title,'T')"),
        ((("title", "not", "T1"), ("id", "gt", 0)), "[title ne 'T1' or title eq null] and id gt 0"),
        ((("title", "in", ("a", "b")),), "title in ('a','b')"),
        ((("title", "not_in", ("a", "b")),), "title ne 'a' and title ne 'b'"),
        ((("shelf", "empty", True),), "shelf eq null"),
        ((("place.row", "eq", 1),), None),
        ((("title", "starts_with", "T"),), None),
    ],
)
def test_conditions_become_one_text_in_the_words_of_the_manifest(serve, tmp_path, where, text):
    server = serve(answering)
    read(library(tmp_path, server.url), *where)
    assert asked(server)[0].get("$filter") == text


def test_pages_are_asked_for_by_the_last_id_until_one_is_empty(serve, tmp_path):
    server = serve(answering)
    connector = library(tmp_path, server.url)
    assert read(connector, ("lent", "eq", False)) == [1, 2, 3]
    assert [each["$filter"] for each in asked(server)] == [
        "lent eq false",
        "lent eq false and id gt 2",
        "lent eq false and id gt 3",
    ]
    assert {each["$orderby"] for each in asked(server)} == {"id asc"}


def test_a_system_without_a_further_address_and_without_ids_to_ask_for_is_not_half_read(serve, tmp_path):
    server = serve(answering)
    manifest = LIBRARY.replace('    gt: ["{field} gt {value}"]\n', "")
    with pytest.raises(ConnectorUnusable, match="nothing tells where its last page is"):
        read(library(tmp_path, server.url, manifest))
    assert server.seen == []


def test_a_long_list_is_split_by_its_length_where_the_manifest_says_how_long_an_address_may_be(serve, tmp_path):
    server = serve(answering)
    manifest = LIBRARY.replace("    all:", "    longest: 100\n    all:").replace(
        "most_conditions: 4", "most_conditions: 99"
    )
    connector = library(tmp_path, server.url, manifest)
    assert read(connector, ("title", "in", ("T1", "T2", "x" * 90, "T3"))) == [1, 2, 3]
    assert {each["$filter"].partition(" and ")[0] for each in asked(server)} == {
        "title in ('T1')",
        "title in ('T2')",
        f"title in ('{'x' * 90}')",
        "title in ('T3')",
    }


def test_a_user_name_a_password_and_parameters_are_shown_with_every_call(serve, tmp_path):
    server = serve(answering)
    connector = library(tmp_path, server.url, branch=7)
    read(connector)
    connector.send(connector.prepare(Write(resource="Books", verb="create", values={"title": "New"})), lambda: None)
    assert {b64decode(each.headers["authorization"].removeprefix("Basic ")).decode() for each in server.seen} == {
        "ina:pass:wörter"
    }
    assert {parse_qs(urlsplit(each.target).query)["branch"][0] for each in server.seen} == {"7"}
    assert {each.headers["x-branch"] for each in server.seen} == {"7"}
    assert server.seen[-1].target == "/odata/books?branch=7"


def test_what_is_not_given_is_not_shown(serve, tmp_path):
    server = serve(answering)
    read(library(tmp_path, server.url))
    assert "x-branch" not in server.seen[0].headers
    assert "branch" not in asked(server)[0]


def test_the_form_in_which_a_log_in_is_shown_is_hidden_in_what_the_system_says(serve, tmp_path):
    def echo(link):
        while seen := link.receive():
            shown = {"error": f"no entry for {seen.headers['authorization']}, and pass:wörter"}
            link.reply(json.dumps(shown).encode(), status="422 No")

    connector = library(tmp_path, serve(echo).url)
    with pytest.raises(ConnectorUnusable, match="no entry for Basic") as refused:
        read(connector)
    assert "pass:wörter" not in str(refused.value)
    assert "aW5h" not in str(refused.value)


def test_a_record_is_sent_under_its_key_with_the_headers_of_its_verb(serve, tmp_path):
    server = serve(answering)
    connector = library(tmp_path, server.url)
    made = connector.send(
        connector.prepare(
            Write(
                resource="Books", verb="create", values={"title": "New", "place.row": "4", "pages": [{"number": "1"}]}
            )
        ),
        lambda: None,
    )
    assert made.outcome is Outcome.APPLIED
    assert made.record == {"id": 9, "title": "New", "place": {"row": 4}, "pages": [{"number": 1}]}
    assert json.loads(server.seen[-1].body) == {"book": {"title": "New", "place": {"row": 4}, "pages": [{"number": 1}]}}
    assert server.seen[-1].headers["if-none-match"] == "*"
    assert "if-match" not in server.seen[-1].headers


def test_a_change_carries_the_rest_of_the_record_where_what_is_left_out_would_be_blanked(serve, tmp_path):
    server = serve(answering)
    connector = library(tmp_path, server.url)
    write = Write(resource="Books", verb="update", target_id="1", values={"title": "Other", "place.name": "x"})
    connector.send(connector.prepare(write), lambda: None)
    assert server.seen[-1].target == "/odata/books/1"
    assert json.loads(server.seen[-1].body)["book"] == {
        "title": "Other",
        "price": 1.5,
        "lent": False,
        "bought": DAY,
        "shelf": "A",
        "place": {"row": 1, "name": "x"},
    }
    assert server.seen[-1].headers["if-match"] == "*"


def test_a_setting_changes_what_the_catalogue_says(tmp_path):
    connector = library(tmp_path, "http://127.0.0.1:9/", plain=True)
    assert connector.catalogue.resource("Books").fields["shelf"].filterable is False
    for settings, filterable in (({"plain": True}, False), ({"plain": False}, True), ({}, True)):
        shelf = catalogue_of("library", settings, tmp_path).resource("Books").fields["shelf"]
        assert (shelf.filterable, shelf.length) == (filterable, None if filterable else 5)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("  expression:\n    all", "  expression:\n    wombat: x\n    all"), "wombat"),
        (('    all: " and "\n', ""), "'all' is a required property"),
        (("  filter: $filter\n", ""), "'filter' is a required property"),
        (("style: expression", "style: parameters"), "has no place here"),
        (("is: true", "is: [1]"), "is not of type"),
        (("password: password}", "password: password, x: y}"), "'x' was unexpected"),
    ],
)
def test_a_mistake_in_these_words_is_told_at_its_line(tmp_path, change, place):
    folder = tmp_path / "library"
    folder.mkdir()
    assert change[0] in LIBRARY
    (folder / "manifest.yaml").write_text(LIBRARY.replace(*change), encoding="utf-8")
    with pytest.raises(InvalidFiles) as wrong:
        load_manifest(folder)
    assert any(place in problem.message for problem in wrong.value.problems)


def test_the_library_keeps_to_the_schemas():
    for name, text in (("manifest", LIBRARY), ("catalogue", BOOKS)):
        schema = json.loads((bundled("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
        assert list(Draft202012Validator(schema).iter_errors(yaml.safe_load(text))) == []
