"""Mistakes in files: all of them at once, each at its place, and nothing runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from .desk import DATE, Desk

TENANT = "tenants/testcompany.yaml"
TEN = yaml.safe_load(Path(__file__).with_name("mistakes.yaml").read_text(encoding="utf-8"))
PLACE = re.compile(r"^\S+\.(?:yaml|csv):(\d+:\d+): \S+ .{10,}$", re.MULTILINE)
MARK = "^^"


def spoil(path: Path, changes: list[list[str]]) -> list[str]:
    """Make the mistakes, and return their places as `line:column`, in order."""
    text = path.read_text(encoding="utf-8")
    for good, bad in changes:
        assert good in text, good
        text = text.replace(good, bad, 1)
    places = []
    while (at := text.find(MARK)) >= 0:
        before = text[:at]
        places.append(f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}")
        text = before + text[at + len(MARK) :]
    path.write_text(text, encoding="utf-8")
    return places


def test_ten_mistakes_in_a_rule_file_are_ten_problems_each_at_its_place(desk: Desk) -> None:
    marked = spoil(desk.folder / desk.own_rules(), TEN)
    checked = desk.run("validate")
    assert checked.code == 1
    assert PLACE.findall(checked.out) == marked, checked.out
    assert checked.out.endswith("10 problems.\n")
    assert "Did you mean `vendor_phone`?" in checked.out
    for verb in ("plan", "apply"):
        refused = desk.run(verb, "--date", DATE)
        assert refused.code == 1
        assert PLACE.findall(refused.err) == marked
    assert desk.app.history.entries() == ()


def test_the_same_problems_come_as_json_for_tools(desk: Desk) -> None:
    marked = spoil(desk.folder / desk.own_rules(), TEN)
    problems = json.loads(desk.run("validate", "--output-format", "json").out)
    assert [f"{each['line']}:{each['column']}" for each in problems] == marked
    assert all(each["code"] and each["message"] and each["level"] == "error" for each in problems)


def test_every_code_that_is_told_can_be_explained(desk: Desk) -> None:
    spoil(desk.folder / desk.own_rules(), TEN)
    for problem in json.loads(desk.run("validate", "--output-format", "json").out):
        explained = desk.run("explain-code", problem["code"])
        assert explained.code == 0
        assert explained.out.startswith(problem["code"])


def test_mistakes_in_a_tenant_file_are_told_at_once_and_nothing_runs(desk: Desk) -> None:
    marked = spoil(
        desk.folder / TENANT,
        [
            ["time_zone: America/Los_Angeles", "time_zone: ^^America/Los_Angles"],
            ["state: live", "state: ^^alive"],
            ["default_manager: mreyes", "default_manager: mreyes\n      ^^window_day: 30"],
            ["accounts: tables/accounts.csv", "accounts: ^^tables/acounts.csv"],
        ],
    )
    for words in (["validate"], ["plan", "--date", DATE], ["apply", "--date", DATE]):
        ran = desk.run(*words)
        assert ran.code == 1
        assert sorted(PLACE.findall(ran.said)) == sorted(marked), ran.said
    assert desk.app.history.entries() == ()


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("secret: {env: AUTOTASK_SECRET}", "secret: in-the-clear", "secret"),
        ("type: autotask", "type: autotsk", "Did you mean `autotask`?"),
        ("settle: 1 #", "setle: 1 #", "Did you mean `settle`?"),
        ("  intermedia-autotask:", "  intermedia-autotas:", "Did you mean `intermedia-autotask`?"),
    ],
)
def test_a_mistake_in_a_tenant_file_is_said_with_the_way_out(desk: Desk, good: str, bad: str, says: str) -> None:
    desk.edit(TENANT, good, bad)
    ran = desk.plan()
    assert ran.code in {1, 7}
    assert says in ran.said
    assert "in-the-clear" not in ran.said
    assert desk.app.history.entries() == ()


def test_a_tenant_table_with_a_broken_row_is_told_by_file_and_line(desk: Desk) -> None:
    desk.edit("tables/accounts.csv", "0048213,yes,174,create", "0048213,yes,174,create\n0048213,no,,")
    ran = desk.apply()
    assert ran.code == 1
    assert "tables/accounts.csv:3:" in ran.said
    assert desk.writes() == []


def test_rule_tests_that_are_wrong_stop_no_run(small: Desk) -> None:
    small.own_rules()
    (small.folder / "rules" / "intermedia-autotask" / "half.test.yaml").write_text("rules: intermedia-autotask\n")
    assert small.run("validate").code == 1
    assert small.plan().code == 0
