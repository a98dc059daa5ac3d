"""Short forms mean their long forms, and the model says what the file says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from rules_run.language.parse.reading import Reading
from rules_run.language.parse.values import read_condition, read_text, read_value
from rules_run.language.schema_check import Faulty
from rules_run.language.validate import load_integration
from rules_run.language.yaml_nodes import MappingNode, Node
from rules_run.language.yaml_read import parse_yaml
from rules_run.model.problem import NOWHERE
from rules_run.model.rules import Integration, Rule
from rules_run.model.values import Choose, Const, Each, Item, Lines, Select, Template, Type, Value

HERE = Path(__file__).parent


def node_of(text: str) -> Node:
    node, problems = parse_yaml(f"x: {text}\n".encode(), "file")
    assert not problems
    assert isinstance(node, MappingNode)
    return node.entries["x"].node


def value_of(text: str) -> Value:
    reading = Reading(faulty=Faulty())
    value = read_value(reading, node_of(text))
    assert reading.problems == []
    return value


@pytest.fixture(scope="module")
def integration() -> Integration:
    found = load_integration(HERE / "files" / "shop-erp.rules.yaml").integration
    assert found is not None
    return found


def rule_of(integration: Integration, name: str) -> Rule:
    rule = integration.rule(name)
    assert rule is not None
    return rule


@pytest.mark.parametrize(
    ("written", "form", "holds"),
    [
        ("acct.phone", Select, "acct.phone"),
        ("'a text'", Select, "a text"),
        ('"{{ acct.name }}"', Template, "{{ acct.name }}"),
        ('"{% if a %}b{% endif %}"', Template, "{% if a %}b{% endif %}"),
        ("5", Const, 5),
        ("1.10", Const, Decimal("1.10")),
        ("true", Const, True),
        ("null", Const, None),
        ("{const: x}", Const, "x"),
        ("{const: [a, {b: 1}]}", Const, ["a", {"b": 1}]),
        ("{select: a.b}", Select, "a.b"),
        ("{template: plain}", Template, "plain"),
    ],
)
def test_a_value_in_its_short_or_long_form(written: str, form: type, holds: object) -> None:
    producer = value_of(written).producer
    assert isinstance(producer, form)
    assert (producer.value if isinstance(producer, Const) else producer.text) == holds  # type: ignore[union-attr]


def test_modifiers_stand_beside_the_producer() -> None:
    value = value_of("{when: a, select: b, map: {table: t, from: c, give: key, missing: fail}, default: 0, type: date}")
    assert value.when is not None
    assert value.when.text == "a"
    assert value.map is not None
    assert (value.map.table, value.map.source, value.map.give, value.map.missing) == ("t", "c", "key", "fail")
    assert value.default is not None
    assert value.default.producer == Const(value=0, origin=value.default.origin)
    assert value.type == Type(name="date")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("date", Type(name="date")),
        ("{text: {max: 40, overflow: cut}}", Type(name="text", max=40, overflow="cut")),
        ("{decimal: {places: 3}}", Type(name="decimal", places=3)),
    ],
)
def test_a_conversion_in_its_short_or_long_form(written: str, meant: Type) -> None:
    assert value_of(f"{{select: a, type: {written}}}").type == meant


def test_a_choice_keeps_the_order_and_the_conditions_of_its_branches() -> None:
    producer = value_of("{choose: [{when: a, const: 1}, {when: b, select: c}, {const: 2}]}").producer
    assert isinstance(producer, Choose)
    assert [branch.when.text if branch.when else None for branch in producer.branches] == ["a", "b", None]
    assert all(branch.value.when is None for branch in producer.branches)


@pytest.mark.parametrize(("written", "meant"), [("true", "`true`"), ("false", "`false`"), ("a && b", "a && b")])
def test_a_condition_is_an_expression_or_a_boolean(written: str, meant: str) -> None:
    condition = read_condition(node_of(written))
    assert condition is not None
    assert condition.text == meant


def test_a_message_is_itself_unless_it_holds_braces() -> None:
    assert isinstance(read_text(node_of("The totals differ."), NOWHERE).producer, Const)
    assert isinstance(read_text(node_of('"{{ a }} differs."'), NOWHERE).producer, Template)


def test_a_rule_takes_the_conditions_of_its_source_and_its_own(integration: Integration) -> None:
    from_ = rule_of(integration, "invoice").from_
    assert from_ is not None
    assert from_.source.resource == "shop.Orders"
    assert [(test.field, test.op) for test in from_.source.where] == [
        ("date", "gte"),
        ("category", "in"),
        ("paid", "eq"),
        ("status", "not"),
    ]


def test_keys_and_matches_may_be_one_or_a_list(integration: Integration) -> None:
    client, invoice = rule_of(integration, "client"), rule_of(integration, "invoice")
    assert (len(client.key), len(invoice.key)) == (1, 2)
    assert [len(client.to.match), len(invoice.to.match)] == [2, 1]
    assert [line.path for line in client.to.match[1].fields] == ["name"]


def test_lines_are_blocks_and_items_in_file_order(integration: Integration) -> None:
    lines = next(line.value for line in rule_of(integration, "invoice").to.set if line.path == "lines")
    assert isinstance(lines, Lines)
    each, item = lines.blocks
    assert isinstance(each, Each)
    assert isinstance(item, Item)
    assert isinstance(each.body, Item)
    assert (each.name, each.when.text if each.when else None) == ("item", "item.total != `0`")
    assert [line.path for line in each.body.fields] == ["text", "amount"]
    assert item.when is not None


def test_further_writes_carry_their_own_target(integration: Integration) -> None:
    invoice = rule_of(integration, "invoice")
    assert [(each.name, each.to.resource, each.to.mode) for each in (*invoice.on_success, *invoice.on_failure)] == [
        ("mark", "erp.Clients", "update"),
        ("line", "erp.Clients", "upsert"),
    ]


def test_settings_tables_and_limits_are_read(integration: Integration) -> None:
    days, owner = integration.settings[1], integration.settings[3]
    assert (days.default, days.minimum, days.required) == (30, 1, False)
    assert (owner.required, owner.pattern) == (True, "^[A-Z]")
    assert (integration.tables[0].key, integration.tables[0].one_to_one) == ("category", True)
    assert (integration.limits.creates, integration.limits.percent, integration.limits.money) == (100, 20, None)


def test_every_part_knows_its_place(integration: Integration) -> None:
    invoice = rule_of(integration, "invoice")
    assert (invoice.origin.line, invoice.origin.column) == (58, 3)
    assert (invoice.to.at.line, invoice.to.at.column) == (82, 14)
    assert invoice.when is not None
    assert (invoice.when.at(8).line, invoice.when.at(8).column) == (72, 19)
