"""YAML means what a reader sees, and nothing else is accepted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules_run.language.yaml_nodes import MappingNode, ScalarNode, plain
from rules_run.language.yaml_read import parse_yaml, read_yaml
from rules_run.model.values import place_in

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "broken_yaml.yaml").read_text(encoding="utf-8"))
Broken = Callable[[str, dict[str, str]], tuple[str, list[str]]]


def value_of(text: str) -> object:
    node, problems = parse_yaml(text.encode(), "file")
    assert not problems, problems
    return plain(node)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['code']} {case['text'][:30]!r}")
def test_a_text_that_nobody_should_write_has_one_problem_at_its_place(case: dict[str, Any], broken: Broken) -> None:
    text, places = broken(case["text"], {})
    node, problems = parse_yaml(text.encode(), "file")
    found = [f"{problem.origin.line}:{problem.origin.column} {problem.code}" for problem in problems]
    assert (node, found) == (None, [f"{places[0]} {case['code']}"]), list(map(str, problems))
    assert case.get("says", "") in str(problems[0])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("NO", "NO"),
        ("true", True),
        ("false", False),
        ("~", None),
        ("null", None),
        ("0123", "0123"),
        ("00", "00"),
        ("0", 0),
        ("-5", -5),
        ("+15145551212", "+15145551212"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("007.50", "007.50"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("2024-01-02", "2024-01-02"),
        ("12345678901234567890", 12345678901234567890),
        ("=", "="),
        ("'5'", "5"),
    ],
)
def test_a_plain_scalar_means_what_a_reader_sees(written: str, meant: object) -> None:
    assert value_of(f"a: {written}\n") == {"a": meant}


def test_a_decimal_keeps_its_digits() -> None:
    found = value_of("a: 1.10\n")
    assert isinstance(found, dict)
    assert isinstance(found["a"], Decimal)
    assert str(found["a"]) == "1.10"


def test_names_are_text_as_written() -> None:
    assert value_of("on: 1\n0123: 2\ntrue: 3\n1.10: 4\n") == {"on": 1, "0123": 2, "true": 3, "1.10": 4}


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    node, problems = parse_yaml(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\n", "file")
    assert (plain(node), problems) == ({"a": 1, "b": "x\ny\n"}, [])


@pytest.mark.parametrize("content", [b"a: \xff\n", "a: é\n".encode("latin-1"), "a: 1\n".encode("utf-16")])
def test_another_encoding_is_refused(content: bytes) -> None:
    _, problems = parse_yaml(content, "file")
    assert [problem.code for problem in problems] == ["Y002"]


@pytest.mark.parametrize("content", [b"[" * 5000 + b"]" * 5000, b"[" * 41 + b"]" * 41, b"- " * 41 + b"a", b"{a: " * 50])
def test_deep_nesting_is_refused(content: bytes) -> None:
    _, problems = parse_yaml(content, "file")
    assert [problem.code for problem in problems] == ["Y006"]


def test_nesting_of_forty_is_read() -> None:
    assert value_of("[" * 40 + "]" * 40) is not None


def test_a_large_file_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_bytes(b"a: b\n" * 250_000)
    _, problems = read_yaml(file)
    assert [problem.code for problem in problems] == ["Y005"]


def test_many_repeated_names_are_each_told() -> None:
    _, problems = parse_yaml(b"a: 1\na: 2\na: 3\nb: {c: 1, c: 2}\n", "file")
    assert [(problem.code, problem.origin.line) for problem in problems] == [("Y007", 2), ("Y007", 3), ("Y007", 4)]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    _, problems = read_yaml(tmp_path / "none.yaml", "none.yaml")
    assert [str(problem) for problem in problems] == [
        "none.yaml:1:1: Y014 The file cannot be read: no such file or directory."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x: plain text\n",
        "x: 'it''s  é ''quoted'''\n",
        'x: "a \\"b\\" \\u00e9 \\x41 c\\td"\n',
        'x: "joined \\\n     here"\n',
        "x: plain\n  goes on\n\n  here\n",
        "x: 'quoted\n   goes on\n\n   here'\n",
        "x: |\n  first\n\n    indented\n  last\n",
        "x: >-\n  folded\n  here\n\n  and here\n",
        "x:\n- y: |\n    deep\n    text\n  z: 1\n",
    ],
)
def test_each_visible_character_of_a_text_is_found_where_it_stands(text: str) -> None:
    node, _ = parse_yaml(text.encode(), "file")
    lines = text.split("\n")
    for scalar in scalars(node):
        assert isinstance(scalar.value, str)
        for offset, character in enumerate(scalar.value):
            place = place_in(scalar.origin, scalar.spots, offset)
            written = lines[place.line - 1][place.column - 1 :]
            assert character.isspace() or written[0] == character or written[0] == "\\"


def scalars(node: object) -> list[ScalarNode]:
    if isinstance(node, ScalarNode):
        return [node] if isinstance(node.value, str) else []
    children = [entry.node for entry in node] if isinstance(node, MappingNode) else getattr(node, "items", ())
    return [found for child in children for found in scalars(child)]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_a_value_or_a_problem(content: bytes) -> None:
    node, problems = parse_yaml(content, "file")
    assert (node is None) == bool(problems)


@given(st.text(alphabet="ab:-[]{}'\"|>&*!#%@ \n\t,?<~0.\\", max_size=80))
def test_any_mixture_of_signs_is_a_value_or_a_problem(text: str) -> None:
    node, problems = parse_yaml(text.encode(), "file")
    assert (node is None) == bool(problems)
    assert all(problem.origin.line >= 1 and problem.origin.column >= 1 for problem in problems)
