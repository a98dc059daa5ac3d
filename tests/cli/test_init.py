"""`init` starts a workspace, an integration or a connector: what it writes works as it stands."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from .desk import Ran, call


def run(folder: Path, *words: str) -> Ran:
    return call(["-C", str(folder), *words], {})


def test_a_workspace_from_a_shipped_integration_is_valid(tmp_path: Path) -> None:
    started = run(tmp_path, "init", "workspace", "intermedia-autotask", "--tenant", "acme")
    assert started.code == 0
    tenant = yaml.safe_load((tmp_path / "tenants" / "acme.yaml").read_text("utf-8"))
    assert tenant["integrations"]["intermedia-autotask"]["state"] == "plan_only"
    assert tenant["connectors"]["psa"]["secret"] == {"env": "ACME_PSA_SECRET"}
    assert (tmp_path / "tables" / "accounts.csv").read_text("utf-8").startswith("account,export,company,contract")
    checked = run(tmp_path, "validate")
    assert (checked.code, "no problem" in checked.out) == (0, True), checked.said


def test_the_files_name_schemas_that_are_there(tmp_path: Path) -> None:
    run(tmp_path, "init", "workspace", "intermedia-autotask")
    run(tmp_path, "init", "integration", "sync")
    run(tmp_path, "init", "connector", "crm")
    files = [
        *tmp_path.glob("rules/sync/*.yaml"),
        *tmp_path.glob("tenants/*.yaml"),
        *tmp_path.glob("connectors/**/*.yaml"),
    ]
    assert len(files) == 5
    for file in files:
        first = file.read_text("utf-8").partition("\n")[0]
        schema = file.parent / first.partition("$schema=")[2]
        assert json.loads(schema.read_text("utf-8"))["$id"], file


def test_a_new_integration_is_valid_and_its_rule_tests_pass(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "integration", "crm-sync").code == 0
    assert run(tmp_path, "validate", "crm-sync").code == 0
    assert run(tmp_path, "test", "crm-sync").out == "2 passed, 0 failed\n"


def test_a_new_connector_can_be_listed_and_read_by_a_rule(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "connector", "crm").code == 0
    assert "crm            workspace" in run(tmp_path, "connectors").out
    assert (
        "name                               text      required, at most 100"
        in run(tmp_path, "connectors", "crm", "Customers").out
    )
    run(tmp_path, "init", "integration", "sync")
    file = tmp_path / "rules" / "sync" / "sync.rules.yaml"
    text = (
        file.read_text("utf-8").replace("cloud: intermedia", "cloud: crm").replace("cloud.Accounts", "cloud.Customers")
    )
    text = text.replace("account.companyName", "account.name").replace("account.ownerPhone", "account.phone")
    file.write_text(text, encoding="utf-8")
    (tmp_path / "rules" / "sync" / "sync.test.yaml").unlink()
    checked = run(tmp_path, "validate", "sync")
    assert checked.code == 0, checked.said


def test_nothing_is_ever_overwritten_or_half_written(tmp_path: Path) -> None:
    file = tmp_path / "rules" / "sync" / "sync.test.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("mine", encoding="utf-8")
    refused = run(tmp_path, "init", "integration", "sync")
    assert refused.code == 1
    assert "W040" in refused.err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    assert file.read_text("utf-8") == "mine"


def test_names_that_are_none_are_refused(tmp_path: Path) -> None:
    for words in (("integration", "My Sync"), ("connector", "../crm"), ("workspace", "intermedia-autotsk")):
        refused = run(tmp_path, "init", *words)
        assert (refused.code, "W041" in refused.err) == (1, True)
    assert "Did you mean `intermedia-autotask`?" in refused.err
    assert list(tmp_path.iterdir()) == []
