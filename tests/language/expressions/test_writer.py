"""The code that is written: read once, attributed to its place, and without a word that people may not write."""

from __future__ import annotations

from typing import Any

import pytest

from rules_run.errors import ExpressionError, ValueFault
from rules_run.language.expressions import CodeWriter, condition_problem, emit, parse_select, parse_template, search
from rules_run.model.problem import Origin


def compiled(*texts: str) -> tuple[Any, CodeWriter]:
    writer = CodeWriter()
    with writer.block("def run(inv):"):
        values = [emit(parse_select(text), writer, {"inv": "inv"}) for text in texts]
        writer.line(f"return [{', '.join(values)}]")
    return writer.run()["run"], writer


def test_a_shared_path_is_read_once() -> None:
    run, writer = compiled("inv.company.name", "inv.company.phone", "upper(inv.company.name)")
    assert run({"company": {"name": "a", "phone": 1}}) == ["a", 1, "A"]
    assert writer.source().count(".get('company')") == 1
    assert writer.source().count(".get('name')") == 1


def test_a_path_read_in_one_branch_is_read_again_outside_it() -> None:
    run, _ = compiled("inv.a && inv.b.c", "inv.b.c")
    assert run({"b": {"c": 5}}) == [None, 5]


def test_a_constant_call_is_worked_out_when_the_code_is_written() -> None:
    run, writer = compiled("upper('abc')", "add_days('2024-02-28', `2`)")
    assert run({}) == ["ABC", "2024-03-01"]
    assert "upper" not in writer.source()


def test_a_line_knows_the_place_it_was_written_for() -> None:
    writer = CodeWriter()
    places = [Origin(file="a.rules.yaml", line=line, column=5) for line in (3, 4)]
    with writer.block("def run(inv):"):
        for place, text in zip(places, ("inv.a", "upper(inv.b)"), strict=True):
            writer.mark(place)
            value = emit(parse_select(text), writer, {"inv": "inv"})
        writer.line(f"return {value}")
    with pytest.raises(ValueFault) as fault:
        writer.run()["run"]({"b": 1})  # type: ignore[operator]
    frames = [frame for frame in fault.traceback if str(frame.path) == "<rules>"]
    assert writer.origin_at(1) is None
    assert writer.origin_at(frames[-1].lineno + 1) == places[1]


def test_loops_may_nest_deeper_than_python_allows() -> None:
    data: Any = {"a": 5}
    for _ in range(24):
        data = {"a": [data, None]}
    found = compiled("inv.a" + "[*].a" * 24)[0](data)[0]
    assert str(found) == "[" * 24 + "5" + "]" * 24
    filtered = compiled("inv.a" + "[?a].a" * 12)[0](data)[0]
    assert filtered == search("a" + "[?a].a" * 12, data)


@pytest.mark.parametrize("name", ["a b", "class", "'", '"', "\\", "{x}", "\n", "é", "None", "__import__('os')"])
def test_any_field_name_and_text_survives_being_written(name: str) -> None:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    assert search(quoted, {name: 1}) == 1
    assert search(f"{{{quoted}: @}}", 1) == {name: 1}
    text = name.replace("\\", "\\\\").replace("'", "\\'")
    assert search(f"@ == '{text}'", text.replace("\\'", "'")) is True


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("inv.total > `0`", False),
        ("inv.company", False),
        ("inv.a == 'x' || inv.b", False),
        ("!(inv.a)", False),
        ("contains(inv.a, 'x')", False),
        ("not_null(inv.a, `false`)", False),
        ("`true`", False),
        ("`0`", True),
        ("'x'", True),
        ("length(inv.a)", True),
        ("inv.items[?a]", True),
        ("[inv.a]", True),
        ("'a' || upper(inv.b)", True),
    ],
)
def test_a_condition_that_can_never_be_boolean_is_told(text: str, wrong: bool) -> None:
    problem = condition_problem(parse_select(text))
    assert isinstance(problem, ExpressionError) is wrong
    assert problem is None or problem.code == "E006"


def test_a_template_is_no_condition() -> None:
    assert condition_problem(parse_template("{{ inv.a }}")) is not None
