"""Every step of a value is told as it is computed, and the last one is what the rule would write."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules_run.mapping.compiled import RuleCompiler
from rules_run.mapping.point import Setting
from rules_run.mapping.tracing import Tracer
from rules_run.model.problem import Origin
from rules_run.model.rules import Table, TableSpec
from rules_run.model.trace import Line
from rules_run.model.unknown import Unknown
from rules_run.model.values import (
    Branch,
    Check,
    Choose,
    Const,
    Each,
    FieldLine,
    Item,
    ItemChoice,
    Lines,
    Named,
    Select,
    TableMap,
    Template,
    Type,
    Value,
)

HERE = Origin(file="x.rules.yaml", line=3, column=1)
KINDS = Table(
    spec=TableSpec(name="kinds", file="kinds.csv", key="kind", columns=("name",)),
    rows={"a": {"kind": "a", "name": "Apple"}},
    left_out=frozenset({"z"}),
    file="kinds.csv",
)
SCOPE = {"inv": {"kind": "a", "total": Decimal("12.345"), "note": None, "lines": [{"n": 1}, {"n": 2}], "z": "z"}}
COMPILER = RuleCompiler(Setting({"kinds": KINDS}))


def select(text: str) -> Select:
    return Select(text=text, origin=HERE)


def value(text: str, **more: object) -> Value:
    return Value(producer=select(text), origin=HERE, **more)  # type: ignore[arg-type]


def trace(traced: Value, scope: dict[str, object] | None = None) -> Line:
    return Tracer(COMPILER).value("set", "field", traced, scope or dict(SCOPE), HERE)


def steps(line: Line) -> list[tuple[str, object]]:
    return [(step.word, step.problem.code if step.problem else step.value) for step in line.steps]


KIND = TableMap(table="kinds", give="name")
CASES = [
    (value("inv.total", type=Type(name="money")), [("select", Decimal("12.345")), ("type", Decimal("12.35"))]),
    (value("inv.kind", map=KIND), [("select", "a"), ("map", "Apple")]),
    (value("inv.z", map=KIND, type=Type(name="text")), [("select", "z"), ("map", "M060")]),
    (value("inv.note", default=Value(producer=Const(value="none"))), [("select", None), ("default const", "none")]),
    (value("inv.kind", default=Value(producer=Const(value="none"))), [("select", "a")]),
    (value("inv.kind", when=select("inv.kind == 'b'")), [("when", False), ("nothing", None)]),
    (value("inv.kind", when=select("inv.kind == 'a'")), [("when", True), ("select", "a")]),
    (value("inv.kind", when=select("inv.total")), [("when", "M010"), ("nothing", "M010")]),
    (value("inv.kind", type=Type(name="integer")), [("select", "a"), ("type", "E013")]),
    (Value(producer=Template(text="{{ inv.kind }}!", origin=HERE)), [("template", "a!")]),
    (Value(producer=Template(text="{{ inv.note }}!", origin=HERE)), [("template", "T004")]),
    (
        Value(
            producer=Choose(
                branches=(
                    Branch(when=select("inv.kind == 'b'"), value=value("inv.z")),
                    Branch(when=None, value=value("inv.kind", map=KIND)),
                )
            ),
            type=Type(name="text", max=3, overflow="cut"),
        ),
        [("when", False), ("otherwise", True), ("select", "a"), ("map", "Apple"), ("type", "App")],
    ),
]


@pytest.mark.parametrize(("traced", "told"), CASES)
def test_steps_are_told_in_the_order_in_which_they_are_applied(traced: Value, told: list[tuple[str, object]]) -> None:
    assert steps(trace(traced)) == told


@pytest.mark.parametrize("traced", [traced for traced, told in CASES if not str(told[-1][1])[1:].isdigit()])
def test_the_last_step_is_what_the_rule_computes(traced: Value) -> None:
    assert trace(traced).value == COMPILER.value(traced)(dict(SCOPE))


def test_inputs_are_the_longest_paths_with_what_stands_there() -> None:
    line = trace(value("[inv.lines[].n, inv.lines]"))
    assert [(each.path, each.value) for each in line.inputs] == [("inv.lines[].n", [1, 2])]
    unknown = trace(value("inv.id"), {"inv": Unknown("inv")})
    assert unknown.inputs[0].value == Unknown("inv")


def test_a_name_that_was_not_worked_out_is_said() -> None:
    line = trace(value("client.id"))
    assert (line.steps, line.note) == ((), "not worked out: it needs client")


def test_lists_are_followed_item_by_item() -> None:
    single = Item(fields=(FieldLine(path="a", value=value("inv.kind")),), when=select("inv.kind == 'b'"))
    choice = ItemChoice(
        branches=(
            Item(fields=(FieldLine(path="b", value=value("inv.kind")),), when=select("inv.kind == 'b'")),
            Item(fields=(FieldLine(path="c", value=value("inv.kind")),)),
        )
    )
    each = Each(
        items=value("inv.lines"),
        name="line",
        let=(Named(name="double", value=value("multiply(line.n, `2`)")),),
        check=(Check(that=select("line.n > `0`"), message=Value(producer=Const(value="x"))),),
        when=select("line.n == `2`"),
        body=Item(fields=(FieldLine(path="n", value=value("double")),)),
    )
    fields = (FieldLine(path="Line", value=Lines(blocks=(single, choice, each))),)
    found = list(Tracer(COMPILER).fields("set", fields, dict(SCOPE)))
    assert [(line.name, line.value) for line in found] == [
        ("Line[0].when", False),
        ("Line[0].when", False),
        ("Line[0].c", "a"),
        ("Line[] line", [{"n": 1}, {"n": 2}]),
        ("Line[1].let double", 2),
        ("Line[1].check", True),
        ("Line[1].when", False),
        ("Line[1].let double", 4),
        ("Line[1].check", True),
        ("Line[1].when", True),
        ("Line[1].n", 4),
    ]


def test_a_condition_that_cannot_be_said_ends_a_choice() -> None:
    branches = (Branch(when=select("inv.total"), value=value("inv.kind")), Branch(when=None, value=value("inv.z")))
    assert steps(trace(Value(producer=Choose(branches=branches)))) == [("when", "M010")]


def test_a_list_whose_lines_nobody_wants_has_none() -> None:
    never = Item(fields=(FieldLine(path="a", value=value("inv.kind")),), when=select("inv.kind == 'b'"))
    each = Each(items=value("inv.lines"), name="line", body=Item(fields=(FieldLine(path="n", value=value("line.n")),)))
    fields = (FieldLine(path="Line", value=Lines(blocks=(never, each))),)
    found = list(Tracer(COMPILER).fields("set", fields, dict(SCOPE)))
    assert [(line.name, line.value) for line in found[:1]] == [("Line[0].when", False)]
    assert [(line.name, line.value) for line in found[2:]] == [("Line[0].n", 1), ("Line[1].n", 2)]


def test_a_named_value_that_fails_is_not_known_to_what_follows() -> None:
    named = (
        Named(name="bad", value=value("inv.kind", type=Type(name="integer"))),
        Named(name="next", value=value("bad")),
    )
    scope = dict(SCOPE)
    bad, after = Tracer(COMPILER).named("let", named, scope)
    assert (bad.problem is not None, after.note) == (True, "not worked out: it needs bad")


def test_inputs_inside_records_are_found_by_any_name() -> None:
    scope: dict[str, object] = {"inv": {"of": {"x": {"n": 1}, "y": {"n": 2}}, "plain": "text", "list": "none"}}
    assert trace(value("inv.of.*.n"), scope).inputs[0].value == [1, 2]
    assert trace(value("inv.plain.x"), scope).inputs[0].value is None
    assert trace(value("inv.list[].x"), scope).inputs[0].value is None
