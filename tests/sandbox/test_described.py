"""A connector without a sandbox of its own has one that does what its manifest and catalogue say."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug.test import Client as WsgiClient

from rules_run.connect.contract import Connector
from rules_run.connect.registry import open_catalogue, open_connector
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import ConnectorUnusable, InvalidFiles
from rules_run.model.exchange import Condition, Outcome, Query, Verdict, Write
from rules_run.model.secret import Secret
from rules_run.sandbox import SandboxApp
from rules_run.sandbox.opening import sandbox_maker

TOKEN = {"token": "t-1"}
PLAIN: dict[str, Any] = {
    "connector": "crm",
    "kind": "rest",
    "title": "CRM",
    "settings": {
        "url": {"required": True, "description": "Address."},
        "token": {"required": True, "secret": True, "description": "Token."},
    },
    "server": {"api": "v1/"},
    "headers": {"Authorization": "Bearer {token}"},
    "query": {
        "style": "parameters",
        "call": "GET {path}",
        "items": "data",
        "operators": {"eq": ["{field}"], "in": ["{field}"], "gt": ["{field}_after"], "empty": ["no_{field}"]},
    },
    "paging": {"style": "page", "position_name": "page", "size": {"name": "per_page", "most": 2}},
    "write": {
        "create": {"call": "POST {path}"},
        "update": {"call": "PATCH {path}/{id}"},
        "id": "data.id",
        "record": "data",
    },
    "errors": {"texts": "error.detail"},
    "safety": {"create": {"marked": "U", "unmarked": "W"}, "update": "I"},
}
BODY = {
    "style": "body",
    "call": "POST {path}/query",
    "items": "items",
    "filter": "filter",
    "condition": {"field": "field", "operator": "op", "value": "value"},
    "any": {"operator": "op", "word": "or", "members": "items"},
    "operators": {"eq": ["eq"], "in": ["in"], "gt": ["gt"], "not": ["ne", "none"], "empty": ["none"]},
    "without_value": ["none"],
}
PEOPLE = {
    "resource": "People",
    "path": "people",
    "operations": ["read", "create", "update"],
    "marker": "ref",
    "id": {"field": "id", "pattern": "[0-9]+"},
    "fields": {
        "id": {"type": "integer", "read_only": True},
        "name": {"type": "text", "length": 20, "required": True},
        "ref": {"type": "text", "length": 20},
        "active": {"type": "boolean"},
        "since": {"type": "date"},
        "note": {"type": "text", "filterable": False},
    },
}
ROWS = [
    {"id": 1, "name": "Ann", "active": True, "since": "2026-01-01"},
    {"id": 2, "name": "Bo, Ek", "active": False},
    {"id": 3, "name": "Cy", "active": True, "since": "2026-03-01", "ref": "R-3"},
    {"id": 4, "name": "Di", "active": True},
    {"id": 5, "name": "Ed", "active": True},
]
PAGINGS: dict[str, Mapping[str, Any]] = {
    "page": PLAIN["paging"],
    "offset": {"style": "offset", "position_name": "skip", "size": {"name": "take", "most": 2}},
    "keyset": {"style": "keyset", "size": {"name": "take", "most": 2}, "order": {"sort": "{id}"}},
    "next_url": {"style": "next_url", "next": "links.next", "size": {"name": "take", "most": 2}},
    "none": {"style": "none"},
}


def written(folder: Path, **changes: Any) -> Path:
    """Write a connector into a workspace."""
    place = folder / "connectors" / "crm"
    (place / "catalogue").mkdir(parents=True)
    (place / "manifest.yaml").write_text(yaml.safe_dump(copy.deepcopy({**PLAIN, **changes})), encoding="utf-8")
    (place / "catalogue" / "People.yaml").write_text(yaml.safe_dump(copy.deepcopy(PEOPLE)), encoding="utf-8")
    return folder


@contextmanager
def opened(folder: Path, shown: str = "t-1", **changes: Any) -> Iterator[tuple[Connector, SandboxApp]]:
    """Open the connector at its stand-in."""
    workspace = written(folder, **changes)
    app = sandbox_maker("crm", workspace)(
        {"settings": TOKEN, "records": {"People": ROWS}}, open_catalogue("crm", workspace)
    )
    settings = {"url": "http://127.0.0.1/", "token": Secret(shown)}
    connector = open_connector("crm", "crm", settings, workspace, WsgiTransport(app), wait=lambda _seconds: None)
    with closing(connector):
        yield connector, app


def names(connector: Connector, *where: Condition) -> list[object]:
    return [row["name"] for page in connector.read(Query(resource="People", where=where)) for row in page]


def send(connector: Connector, write: Write) -> Verdict:
    return connector.send(connector.prepare(write), lambda: None)


def create(connector: Connector, **values: object) -> Verdict:
    return send(connector, Write(resource="People", verb="create", values=values))


@pytest.mark.parametrize("style", PAGINGS)
def test_every_page_comes_once(tmp_path: Path, style: str) -> None:
    with opened(tmp_path, paging=PAGINGS[style]) as (connector, _):
        assert names(connector) == ["Ann", "Bo, Ek", "Cy", "Di", "Ed"]


@pytest.mark.parametrize("query", [PLAIN["query"], BODY], ids=["parameters", "body"])
def test_what_the_manifest_can_ask_is_what_is_found(tmp_path: Path, query: Mapping[str, Any]) -> None:
    with opened(tmp_path, query=query, paging={"style": "none"}) as (connector, app):
        assert names(connector, Condition(field="name", op="eq", value="Cy")) == ["Cy"]
        assert names(connector, Condition(field="name", op="in", value=("Ann", "Di"))) == ["Ann", "Di"]
        assert names(connector, Condition(field="active", op="eq", value=False)) == ["Bo, Ek"]
        assert names(connector, Condition(field="since", op="gt", value="2026-02-01")) == ["Cy"]
        assert names(connector, Condition(field="since", op="empty", value=True)) == ["Bo, Ek", "Di", "Ed"]
        assert {entry.status for entry in app.history.entries()} == {200}


def test_alternatives_in_a_body_are_understood(tmp_path: Path) -> None:
    with opened(tmp_path, query=BODY, paging={"style": "none"}) as (connector, app):
        assert names(connector, Condition(field="ref", op="not", value="R-3")) == ["Ann", "Bo, Ek", "Di", "Ed"]
        assert [entry.status for entry in app.history.entries()] == [200]


def test_a_text_with_a_comma_is_never_asked_for_as_two(tmp_path: Path) -> None:
    with opened(tmp_path) as (connector, _):
        assert names(connector, Condition(field="name", op="eq", value="Bo, Ek")) == ["Bo, Ek"]
        assert names(connector, Condition(field="name", op="in", value=("Bo, Ek", "Cy"))) == ["Bo, Ek", "Cy"]


def test_what_is_written_stands_there(tmp_path: Path) -> None:
    with opened(tmp_path) as (connector, app):
        made = create(connector, name="Flo", ref="R-6", since="2026-04-01")
        assert (made.outcome, made.target_id, (made.record or {})["name"]) == (Outcome.APPLIED, "6", "Flo")
        changed = send(connector, Write(resource="People", verb="update", target_id="6", values={"name": "Florence"}))
        assert changed.outcome is Outcome.APPLIED
        assert app.store.get("People", 6) == {"id": 6, "name": "Florence", "ref": "R-6", "since": "2026-04-01"}
        assert [entry.id for entry in app.history.entries() if entry.committed] == [6, 6]


def test_an_update_of_whole_records_keeps_the_rest(tmp_path: Path) -> None:
    write = {**PLAIN["write"], "update": {"call": "PUT {path}/{id}", "whole": True}}
    with opened(tmp_path, write=write) as (connector, app):
        send(connector, Write(resource="People", verb="update", target_id="3", values={"active": False}))
        row = app.store.get("People", 3)
    assert row is not None
    assert (row["name"], row["active"], row["ref"]) == ("Cy", False, "R-3")


def test_an_id_in_the_body_is_understood(tmp_path: Path) -> None:
    write = {**PLAIN["write"], "update": {"call": "PATCH {path}", "id_in_body": True}}
    with opened(tmp_path, write=write) as (connector, app):
        send(connector, Write(resource="People", verb="update", target_id="3", values={"name": "Cyd"}))
        row = app.store.get("People", 3)
    assert row is not None
    assert row["name"] == "Cyd"


def test_refusals_come_in_the_shape_of_the_manifest(tmp_path: Path) -> None:
    with opened(tmp_path) as (connector, app):
        missing = WsgiClient(app).post("/v1/people", json={"ref": "R-9"}, headers={"Authorization": "Bearer t-1"})
        assert (missing.status_code, missing.get_json()) == (422, {"error": {"detail": "name must be given"}})
        twice = create(connector, name="Cy", ref="R-3")
        assert (twice.outcome, twice.ask_first, twice.message) == (Outcome.REJECTED, True, "There is one with this ref")
        gone = send(connector, Write(resource="People", verb="update", target_id="99", values={"name": "X"}))
        assert (gone.outcome, gone.status) == (Outcome.REJECTED, 404)
        assert not any(entry.committed for entry in app.history.entries())


def test_another_log_in_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path, shown="t-2") as (connector, _):
        with pytest.raises(ConnectorUnusable, match="The log-in is not known"):
            names(connector)
        assert create(connector, name="Flo").pause


def test_a_token_that_is_fetched_opens_the_door(tmp_path: Path) -> None:
    fetched = {"call": "POST oauth/token", "form": {"client_secret": "token"}, "give": "access.token"}
    with opened(tmp_path, headers={}, token=fetched) as (connector, app):
        assert len(names(connector)) == 5
        assert app.history.entries()[0].resource == "token"


def test_a_header_whose_setting_is_not_given_is_left_out(tmp_path: Path) -> None:
    settings = {**PLAIN["settings"], "company": {"description": "Company."}}
    headers = {**PLAIN["headers"], "X-Company": "Company {company}"}
    with opened(tmp_path, settings=settings, headers=headers) as (connector, _):
        assert len(names(connector)) == 5


def test_a_manifest_that_says_more_needs_a_sandbox_of_its_own(tmp_path: Path) -> None:
    query = {
        **{name: BODY[name] for name in ("call", "items", "filter")},
        "style": "expression",
        "expression": {"all": " and ", "any": " or "},
    }
    with pytest.raises(ConnectorUnusable, match="conditions as one text"):
        sandbox_maker("crm", written(tmp_path, query=query))


def test_a_strange_word_in_the_data_is_told(tmp_path: Path) -> None:
    workspace = written(tmp_path)
    with pytest.raises(InvalidFiles) as told:
        sandbox_maker("crm", workspace)({"recods": {}}, open_catalogue("crm", workspace))
    assert "recods" in str(told.value)
