"""Where connectors are found, and whose code runs."""

from __future__ import annotations

import sys

import pytest

from rules_run.connect.registry import (
    find_connector,
    list_connectors,
    load_sandbox,
    open_catalogue,
    open_connector,
)
from rules_run.errors import ConnectorUnusable, InvalidFiles
from rules_run.model.exchange import Query

CODE = "connector: {name}\nkind: code\ntitle: Mine\n"
HOOKS = """\
from rules_run.connect.local import ReadOnlyConnector
from .words import WORD
def create_connector(account, catalogue):
    return ReadOnlyConnector(account.alias, catalogue, lambda name: [{"id": WORD}])
"""
THINGS = """\
resource: Things
path: Things
operations: [read]
id: {field: id, pattern: "[a-z]+"}
fields:
  id: {type: text}
"""


def connector(folder, name="mine", word="own"):
    folder = folder / name
    (folder / "catalogue").mkdir(parents=True)
    (folder / "manifest.yaml").write_text(CODE.format(name=name), encoding="utf-8")
    (folder / "hooks.py").write_text(HOOKS, encoding="utf-8")
    (folder / "words.py").write_text(f"WORD = {word!r}\n", encoding="utf-8")
    (folder / "catalogue" / "Things.yaml").write_text(THINGS, encoding="utf-8")
    return folder


def read(opened):
    return [record["id"] for page in opened.read(Query(resource="Things")) for record in page]


def test_those_that_ship_are_listed():
    assert {"autotask", "files", "intermedia"} <= {
        each.type for each in list_connectors(None) if each.origin == "bundled"
    }


def test_a_workspace_comes_before_an_installed_package_and_that_before_what_ships(tmp_path, monkeypatch):
    site = tmp_path / "site"
    connector(site, "rules_run_mine")
    (site / "rules_run_mine" / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    info = site / "rules_run_mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rules-run-mine\nVersion: 1.0\n", encoding="utf-8")
    entries = "[rules_run.connectors]\nmine = rules_run_mine\nintermedia = rules_run_mine\nfiles = rules_run_mine\n"
    (info / "entry_points.txt").write_text(entries, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    workspace = tmp_path / "workspace"
    connector(workspace / "connectors", "files")

    origins = {each.type: each.origin for each in list_connectors(workspace)}

    assert origins["files"] == "workspace"
    assert origins["intermedia"] == origins["mine"] == "rules-run-mine"
    assert origins["autotask"] == "bundled"
    assert "rules_run_mine" not in sys.modules
    assert read(open_connector("mine", "x", {}, workspace)) == ["own"]


def test_code_of_a_workspace_runs_only_where_the_tenant_allows_it(tmp_path):
    connector(tmp_path / "connectors")
    with pytest.raises(ConnectorUnusable, match="allow_hooks"):
        open_connector("mine", "x", {}, tmp_path)
    assert read(open_connector("mine", "x", {"allow_hooks": True}, tmp_path)) == ["own"]


def test_two_workspaces_may_have_connectors_of_one_name(tmp_path):
    words = []
    for name in ("one", "two"):
        connector(tmp_path / name / "connectors", word=name)
        words += read(open_connector("mine", "x", {"allow_hooks": True}, tmp_path / name))
    assert words == ["one", "two"]


def test_the_manifest_of_a_workspace_is_checked(tmp_path):
    (connector(tmp_path / "connectors") / "manifest.yaml").write_text("connector: mine\nkind: code\n", encoding="utf-8")
    with pytest.raises(InvalidFiles, match="title"):
        open_connector("mine", "x", {}, tmp_path)


def test_an_unknown_type_gets_the_nearest_one():
    with pytest.raises(ConnectorUnusable, match="Did you mean `autotask`"):
        find_connector("autotsk", None)


def test_a_catalogue_is_open_without_an_account_and_a_missing_sandbox_is_said():
    assert open_catalogue("autotask", None).resource("Contracts").marker == "contractNumber"
    with pytest.raises(ConnectorUnusable, match="has no sandbox"):
        load_sandbox("files")
