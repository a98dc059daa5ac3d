"""What a person sees in an editor: the real yaml-language-server with our schemas, over its standard input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_run.bundled import bundled
from rules_run.cli import starting

from .server import LanguageServer

VERSION = "1.23.0"
TOP = Path(__file__).parents[2]
SHIPPED = [
    file
    for pattern in (
        "rules/*/*.yaml",
        "examples/*/tenants/*.yaml",
        "connectors/*/manifest.yaml",
        "connectors/*/overrides.yaml",
    )
    for file in sorted(TOP.glob(pattern))
]
OVERRIDES = "connectors/crm/overrides.yaml"
LINE = "# yaml-language-server: $schema=../../schemas/overrides.schema.json"
RULES, TENANT, TEST = "rules/sync/sync.rules.yaml", "tenants/acme.yaml", "rules/sync/sync.test.yaml"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editor")
    for begin in (
        lambda start: starting.workspace(start, "intermedia-autotask", "acme"),
        lambda start: starting.integration(start, "sync"),
        lambda start: starting.connector(start, "crm"),
    ):
        start = starting.Start(folder)
        begin(start)
        start.write()
    (folder / OVERRIDES).write_text(
        f"{LINE}\nCustomers:\n  phone: {{length: 20, because: tried on a live account}}\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def server(clients, workspace: Path) -> Iterator[LanguageServer]:
    with LanguageServer(clients.npm("yaml-language-server", VERSION), workspace) as server:
        yield server


def broken(workspace: Path, name: str, old: str, new: str) -> tuple[Path, int]:
    """Write a copy of a file with a mistake, and return it with the mistake's line."""
    text = (workspace / name).read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    file = (workspace / name).with_name(f"broken-{abs(hash(new))}.yaml")
    file.write_text(changed, encoding="utf-8")
    return file, changed[: changed.index(new) + len(new)].count("\n") + 1


@pytest.mark.parametrize(
    "name", [RULES, TEST, TENANT, "connectors/crm/manifest.yaml", "connectors/crm/catalogue/Customers.yaml", OVERRIDES]
)
def test_nothing_is_wrong_with_the_files_that_people_start_from(
    server: LanguageServer, workspace: Path, name: str
) -> None:
    assert server.diagnostics(workspace / name) == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_nothing_is_wrong_with_the_files_that_ship(server: LanguageServer, file: Path) -> None:
    assert server.diagnostics(file) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (RULES, "    key: account.id", "    ky: account.id", "ky"),
        (RULES, "      write: psa.Companies", "      write: psa.Companies\n      mode: crate", "upsert"),
        (RULES, "language: 1", "language: 2", "1"),
        (RULES, "        phone: account.ownerPhone", "        phone: [account.ownerPhone]", "Incorrect type"),
        (TENANT, "    state: plan_only", "    state: maybe", "plan_only"),
        (TEST, "      - create: psa.Companies", "      - creates: psa.Companies", "creates"),
        ("connectors/crm/manifest.yaml", "kind: rest", "kind: soap", "rest"),
        ("connectors/crm/catalogue/Customers.yaml", "created: {type: datetime", "created: {type: time", "datetime"),
        (OVERRIDES, "length: 20", "length: long", "integer"),
    ],
)
def test_a_mistake_is_shown_at_its_line(
    server: LanguageServer, workspace: Path, name: str, old: str, new: str, said: str
) -> None:
    file, line = broken(workspace, name, old, new)
    found = server.diagnostics(file)
    here = [each for each in found if each["range"]["start"]["line"] + 1 == line]
    assert any(said in each["message"] for each in here), found


def test_the_words_of_a_rule_are_offered(server: LanguageServer, workspace: Path) -> None:
    file, line = broken(workspace, RULES, "    key: account.id", "    key: account.id\n    ")
    server.diagnostics(file)
    assert {"when", "let", "check", "on_success", "group_by"} <= set(server.completions(file, line, 5))


def test_the_choices_of_a_word_are_offered(server: LanguageServer, workspace: Path) -> None:
    file, line = broken(workspace, RULES, "      match:", "      mode: \n      match:")
    server.diagnostics(file)
    assert {"upsert", "create", "update"} <= set(server.completions(file, line - 1, 13))


def test_the_states_of_an_integration_are_offered_to_a_tenant(server: LanguageServer, workspace: Path) -> None:
    file, line = broken(
        workspace, TENANT, "    state: plan_only # live once a plan shows what you expect", "    state: "
    )
    server.diagnostics(file)
    offered = {each.strip('"') for each in server.completions(file, line, 12)}
    assert {"off", "plan_only", "live"} <= offered


def test_a_word_is_explained_where_the_pointer_rests(server: LanguageServer, workspace: Path) -> None:
    file, line = broken(workspace, RULES, "    from: {", "    from:  {")
    server.diagnostics(file)
    assert "What the rule reads." in server.hover(file, line, 6)


def test_overrides_take_the_flags_of_a_catalogue() -> None:
    catalogue, overrides = (
        json.loads((bundled("schemas") / f"{name}.schema.json").read_text("utf-8"))
        for name in ("catalogue", "overrides")
    )
    flags = overrides["additionalProperties"]["additionalProperties"]["properties"]
    of_fields = catalogue["$defs"]["field"]["properties"]
    assert set(flags) - {"because"} <= set(of_fields)
    assert all(flags[name] == of_fields[name] for name in ("type", "length", "reference"))
