"""Rules as they run: what a value gives, how a failing one ends, and at which place of the file."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_run.errors import Hold, ValueFault
from rules_run.language.validate import load_integration
from rules_run.mapping.compiled import CompiledRule, RuleCompiler, closure
from rules_run.mapping.point import Setting
from rules_run.mapping.tables import MissingRow, Skip
from rules_run.model.problem import Problem

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("values.yaml").read_text(encoding="utf-8"))
HEAD = """\
language: 1
name: small
version: 1.0.0
description: Small.
connectors: {shop: shop, books: books}
tables:
  kinds: {file: kinds.csv, key: kind, columns: [code], one_to_one: true}
  accounts: {file: accounts.csv, key: account, columns: [export, company], only: {export: "yes"}}
rules:
  small:
    from: {read: shop.Items, as: item}
"""
LINE = "        field: "


def compiled(folder: Path, *lines: str) -> tuple[CompiledRule, int]:
    """Return a rule of some further lines, and the number of the first of them."""
    (folder / "kinds.csv").write_text("kind,code\nsale,S1\ngift,G1\n", encoding="utf-8")
    (folder / "accounts.csv").write_text("account,export,company\n7,no,\n8,yes,174\n", encoding="utf-8")
    file = folder / "small.rules.yaml"
    file.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    loaded = load_integration(file)
    assert loaded.integration is not None
    assert [str(problem) for problem in loaded.problems] == []
    rule = loaded.integration.rules[0]
    return RuleCompiler(Setting(loaded.tables)).rule(rule), HEAD.count("\n") + 1


def with_fields(folder: Path, *fields: str) -> tuple[CompiledRule, int]:
    rule, first = compiled(
        folder,
        "    key: item.id",
        "    to:",
        "      write: books.Bills",
        "      set:",
        *(f"        {each}" for each in fields),
    )
    return rule, first + 4


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_what_a_value_gives(case: dict[str, Any], tmp_path: Path) -> None:
    rule, line = with_fields(tmp_path, f"field: {case['value']}")
    scope = {"item": None, **case["scope"]}
    kinds = {"fails": ValueFault, "holds": Hold, "skips": Skip}
    ends = next((word for word in kinds if word in case), None)
    if ends is None:
        given = rule.target.set.all(scope)
        assert given == ({"field": case["gives"]} if "gives" in case else {})
        return
    with pytest.raises(kinds[ends]) as caught:
        rule.target.set.all(scope)
    if isinstance(caught.value, Skip):
        assert str(caught.value) == case["skips"]
        return
    fault = caught.value
    assert isinstance(fault, ValueFault)
    assert isinstance(fault, Hold) == (ends == "holds")
    assert fault.code == case[ends]
    assert (Path(fault.origin.file).name, fault.origin.line) == ("small.rules.yaml", line)
    if "at" in case:
        assert fault.origin.column == len("        ") + case["at"]


def test_each_line_alone_names_every_failure_at_its_place(tmp_path: Path) -> None:
    rule, line = with_fields(
        tmp_path, "a: {select: item.a, type: integer}", "b: item.b", "c: {select: item.c, type: integer}"
    )
    scope = {"item": {"a": "x", "b": "y", "c": "z"}}
    failed = []
    for single in rule.target.set.single:
        try:
            single(scope)
        except ValueFault as fault:
            failed.append(fault.origin.line)
    assert failed == [line, line + 2]


def test_a_rule_becomes_plain_python_without_imports_or_attributes_of_strangers(tmp_path: Path) -> None:
    rule, _ = with_fields(tmp_path, 'a: {when: "item.n > `1`", select: item.kind, map: kinds}', 'b: "{{ item.name }}!"')
    source = rule.target.set.all.source()
    tree = ast.parse(source)
    assert [type(node).__name__ for node in tree.body] == ["FunctionDef"]
    assert not any(isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Lambda) for node in ast.walk(tree))
    assert source == rule.target.set.all.source()


def test_a_missing_row_says_which_line_to_add_with_its_values_quoted(tmp_path: Path) -> None:
    rule, _ = with_fields(tmp_path, "field: {select: item.id, map: {table: accounts, give: company}}")
    with pytest.raises(MissingRow) as caught:
        rule.target.set.all({"item": {"id": 'nine, "9"'}})
    assert Path(caught.value.file).name == "accounts.csv"
    assert caught.value.row() == '"nine, ""9""",yes,'
    assert caught.value.row("174") == '"nine, ""9""",yes,174'


def test_checks_note_what_does_not_hold_by_level(tmp_path: Path) -> None:
    rule, first = compiled(
        tmp_path,
        "    key: item.id",
        "    check:",
        '      - {that: "item.n > `1`", message: "Too few: {{ item.n }}."}',
        '      - {that: "item.n > `2`", level: hold, message: Wait.}',
        '      - {that: "item.n > `3`", level: warning, message: Hm.}',
        '      - {that: "item.n > `0`", message: Never.}',
        "    to: {write: books.Bills, set: {n: item.n}}",
    )
    notes: list[Problem] = []
    rule.checks({"item": {"n": 1}}, notes)
    assert [(note.code, note.level, note.message) for note in notes] == [
        ("M020", "error", "Too few: 1."),
        ("M021", "error", "Wait."),
        ("M022", "warning", "Hm."),
    ]
    assert [note.origin.line for note in notes] == [first + 2, first + 3, first + 4]


def test_a_block_with_look_ups_takes_what_was_found_for_each_member(tmp_path: Path) -> None:
    rule, _ = compiled(
        tmp_path,
        "    key: item.id",
        "    to:",
        "      write: books.Bills",
        "      set:",
        "        lines:",
        "          - each: item.rows",
        "            as: row",
        "            with: {code: {read: books.Codes, where: {name: row.kind}}}",
        "            set: {code: code.id, n: row.n}",
    )
    (block,) = rule.target.set.each
    assert set(block.definitions) == {"code"}
    scope = {"item": {"rows": [{"kind": "x", "n": 1}, {"kind": "y", "n": 2}]}}
    asked = [rule.target.set.each[0].definitions["code"].needs]
    assert asked == [frozenset({"row"})]
    found = {**scope, block.scope_name: [{"code": {"id": 5}}, {"code": {"id": 6}}]}
    assert rule.target.set.all(found) == {"lines": [{"code": 5, "n": 1}, {"code": 6, "n": 2}]}


def test_only_what_is_asked_for_is_resolved_and_each_name_after_what_it_needs(tmp_path: Path) -> None:
    rule, _ = compiled(
        tmp_path,
        "    with:",
        "      client: {read: books.Clients, where: {id: number}}",
        "      owner: {read: books.People, where: {id: client.owner}}",
        "      other: {read: books.People, where: {id: item.other}}",
        "    let: {number: item.client}",
        "    key: item.id",
        "    to: {write: books.Bills, set: {owner: owner.name, other: other.name}}",
    )
    assert closure({"owner"}, rule.definitions) == ["number", "client", "owner"]
    assert rule.target.set.needs == {"owner", "other"}
    assert rule.definitions["client"].needs == {"number"}
    assert closure({"item"}, rule.definitions) == []
