"""`eval` tries an expression on a record: official semantics, or as in a rule."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .desk import Ran, call

LINES = '[{"price": 7.990, "sku": "A"}, {"price": 4.11, "sku": "Bé"}]'
RECORD = f'{{"invoice": {{"total": 12.10, "lines": {LINES}}}, "big": 12345678901234567890.123456789}}'


@pytest.fixture
def record(tmp_path: Path) -> str:
    file = tmp_path / "record.json"
    file.write_text(RECORD, encoding="utf-8")
    return str(file)


def evaluate(expression: str, record: str, *words: str) -> Ran:
    return call(["eval", expression, "--record", record, *words], {})


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("invoice.total", "12.10"),
        ("big", "12345678901234567890.123456789"),
        ("invoice.lines[].sku", '[\n  "A",\n  "Bé"\n]'),
        ("sum(invoice.lines[].price)", "12.100"),
        ("invoice.lines[?price > `5`] | [0].sku", '"A"'),
        ("invoice.nothing", "null"),
        ("'a' < 'b'", "null"),
        ("Total {{ invoice.total }}", "Total 12.10"),
    ],
)
def test_what_an_expression_finds_is_printed_with_every_digit(record: str, expression: str, result: str) -> None:
    ran = evaluate(expression, record)
    assert (ran.code, ran.out) == (0, f"{result}\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["invoice.[0"], "10: E001"),
        (["nme", "--strict"], "1: E009"),
        (["'a' < 'b'", "--strict"], "E005"),
        (["to_nmber(big)"], "E002"),
        (["Total {{ invoice.nothing }}"], "T004"),
    ],
)
def test_a_mistake_is_told_with_its_code_and_column(record: str, words: list[str], said: str) -> None:
    ran = evaluate(words[0], record, *words[1:])
    assert ran.code == 1
    assert ran.err.startswith(said) or said in ran.err
    assert ran.out == ""


def test_a_list_of_cases_gives_a_list_of_results_whatever_is_in_it(tmp_path: Path) -> None:
    cases = [
        {"record": {"a": 1}, "expression": "a"},
        {"record": {"a": 1}, "expression": "sum(a)"},
        {"record": {"a": 1}, "expression": "a.["},
        {"record": None, "expression": "foo()"},
    ]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases), encoding="utf-8")
    ran = call(["eval", "--file", str(file)], {})
    assert ran.code == 0
    found = json.loads(ran.out)
    assert found[0] == {"result": 1}
    assert [each["error"]["code"] for each in found[1:]] == ["E008", "E001", "E002"]
    assert found[2]["error"]["column"] == 4


@pytest.mark.parametrize("text", ["{", "[]]", '{"a": 1}', '[{"record": 1}]', "[1]", "[" * 5000, "NaN"])
def test_a_file_that_is_no_list_of_cases_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cases.json"
    file.write_text(text, encoding="utf-8")
    ran = call(["eval", "--file", str(file)], {})
    assert ran.code == 1
    assert ran.err.startswith("W050 ")
    assert "Traceback" not in ran.said


def test_a_missing_record_and_missing_words_are_refused(tmp_path: Path) -> None:
    assert "No such file" in evaluate("a", str(tmp_path / "none.json")).err
    assert call(["eval"], {}).code == 1
    assert call(["eval", "a", "--file", "x.json"], {}).code == 1


def test_the_result_goes_to_a_file_as_json(record: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    ran = evaluate("invoice.total", record, "--output-format", "json", "--output-file", str(out))
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(out.read_text("utf-8"), parse_float=Decimal) == {"result": Decimal("12.10")}


def test_the_official_cases_pass_through_the_command(tmp_path: Path) -> None:
    folder = os.environ.get("JMESPATH_CASES")
    if not folder or not Path(folder).is_dir():
        pytest.skip("JMESPATH_CASES does not name the folder of the official cases")
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for file in sorted(Path(folder).glob("*.json")):
        for suite in json.loads(file.read_text("utf-8")):
            cases += [(case, {"record": suite["given"], "expression": case["expression"]}) for case in suite["cases"]]
    asked = tmp_path / "cases.json"
    asked.write_text(json.dumps([each for _, each in cases]), encoding="utf-8")
    found = json.loads(call(["eval", "--file", str(asked)], {}).out)
    wrong = [(case, answer) for (case, _), answer in zip(cases, found, strict=True) if not _agrees(case, answer)]
    assert wrong == []
    assert len(found) >= 892


def _agrees(case: dict[str, Any], answer: dict[str, Any]) -> bool:
    if "error" in case:
        return "error" in answer
    return "bench" in case or answer == {"result": case["result"]}
