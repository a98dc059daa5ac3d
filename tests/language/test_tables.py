"""Mapping tables are text from the first cell to the last, and every slip of a spreadsheet is told with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules_run.language.tables import parse_table, read_table, table_from_rows
from rules_run.model.problem import Origin
from rules_run.model.rules import TableSpec

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "broken_tables.yaml").read_text(encoding="utf-8"))


def spec(**options: Any) -> TableSpec:
    return TableSpec(name="cities", file="cities.csv", key="city", columns=("code", "region"), **options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['codes']} {case.get('text', '')[:40]!r}")
def test_a_table_is_read_or_each_mistake_is_told_with_its_line(case: dict[str, Any]) -> None:
    content = case["text"].encode() if "text" in case else case["bytes"].encode("latin-1")
    table, problems = parse_table(spec(one_to_one=case.get("one_to_one", False)), content, "cities.csv")
    assert [problem.code for problem in problems] == case["codes"]
    assert [f"{problem.origin.line}:{problem.origin.column}" for problem in problems] == case.get("places", [])
    assert case.get("says", "") in "\n".join(map(str, problems))
    assert (table is None) == bool(problems)


def test_values_stay_text() -> None:
    table, _ = parse_table(spec(), b"city,code,region\nBern,0123,1.10\n", "cities.csv")
    assert table is not None
    assert table.rows == {"Bern": {"city": "Bern", "code": "0123", "region": "1.10"}}


def test_rows_that_only_leaves_out_are_kept_apart() -> None:
    table, _ = parse_table(spec(only={"region": "north"}), b"city,code,region\nBern,BE,middle\nBasel,BS,north\n", "c")
    assert table is not None
    assert (list(table.rows), table.left_out) == (["Basel"], {"Bern"})


def test_a_table_of_only_its_header_is_empty() -> None:
    table, problems = parse_table(spec(), b"city,code,region\n", "cities.csv")
    assert table is not None
    assert (table.rows, problems) == ({}, [])


def test_a_missing_file_is_told_where_it_is_named(tmp_path: Path) -> None:
    named = Origin(file="x.rules.yaml", line=4, column=20)
    _, problems = read_table(spec(at=named), tmp_path / "none.csv")
    assert [(problem.code, problem.origin) for problem in problems] == [("C001", named)]


def test_a_file_of_more_than_twenty_megabytes_is_refused() -> None:
    _, problems = parse_table(spec(), b"x" * 20_000_001, "cities.csv")
    assert [problem.code for problem in problems] == ["C002"]


def test_rows_from_a_rule_test_meet_the_same_rules() -> None:
    places = [Origin(file="a.test.yaml", line=line, column=5) for line in (7, 8, 9)]
    rows = [{"city": "Bern", "code": "BE"}, {"city": "Basel"}, {"city": "Bern"}]
    table, problems = table_from_rows(spec(), rows[:2], "a.test.yaml", places)
    assert table is not None
    assert table.rows["Basel"] == {"city": "Basel", "code": "", "region": ""}
    _, problems = table_from_rows(spec(), rows, "a.test.yaml", places)
    assert [str(problem) for problem in problems] == [
        "a.test.yaml:9:5: C011 The key Bern stands twice: in line 7 and in line 9.\n    Keep one of the rows."
    ]


@given(st.one_of(st.binary(max_size=120), st.text(max_size=120).map(lambda text: f"city,code,region\n{text}".encode())))
def test_any_bytes_are_a_table_or_problems(content: bytes) -> None:
    table, problems = parse_table(spec(one_to_one=True), content, "cities.csv")
    assert (table is None) == bool(problems)
