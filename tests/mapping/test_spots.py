"""What of a rule was reached: each line that gave a value, each way that a condition went, each row that was used."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_run.errors import ValueFault
from rules_run.language.validate import Loaded, load_integration
from rules_run.mapping.compiled import CompiledRule, RuleCompiler, closure
from rules_run.mapping.point import Setting
from rules_run.mapping.spots import Mark, spots
from rules_run.mapping.tables import Skip
from rules_run.model.exchange import Record
from rules_run.model.problem import Problem
from rules_run.model.rules import Integration
from rules_run.model.unknown import Unknown

RULES = """\
language: 1
name: shop-erp
version: 1.0.0
description: Orders become invoices.
connectors: {shop: shop, erp: erp}
settings:
  export: {type: boolean, default: true}
tables:
  kinds: {file: kinds.csv, key: kind, columns: [code, used], only: {used: "yes"}, one_to_one: true}
  listed: {file: listed.csv, key: kind}
preconditions:
  ready: {that: settings.export, message: Not ready.}
rules:
  invoice:
    active: settings.export
    from: {read: shop.Orders, as: order}
    let:
      code: {select: order.kind, map: kinds}
      known: "contains(table.listed, order.kind)"
    when: order.kind != 'other'
    key: order.id
    check:
      - {that: "order.total > `0`", message: "{{ order.id }} is empty.", level: warning}
    to:
      write: erp.Invoices
      match: {reference: order.id}
      set:
        code: code
        note: {const: null}
        size: {choose: [{when: "order.total > `100`", const: large}, {const: small}]}
        free: {when: "order.total == `0`", const: "yes"}
        always: {when: true, const: 1}
        lines:
          - {when: "order.rounded", set: {text: {const: Rounding}}}
          - each: order.items
            as: item
            with: {article: {read: erp.Articles, where: {sku: item.sku}}}
            check:
              - {that: "item.price > `0`", message: "{{ item.sku }} costs nothing."}
            when: item.sku != 'none'
            choose:
              - {when: "item.price > `5`", set: {price: item.price}}
              - {set: {text: article.name}}
"""
SCOPE: Record = {"settings": {"export": True}, "table": {"listed": ["sale"]}}
ORDER: Record = {"id": "1", "kind": "sale", "total": 7, "rounded": False, "items": []}
ITEMS = [{"sku": "a", "price": 9}, {"sku": "b", "price": 0}, {"sku": "none", "price": 1}]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    (tmp_path / "shop-erp.rules.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "kinds.csv").write_text("kind,code,used\nsale,S,yes\ngift,G,yes\nloan,L,no\n", encoding="utf-8")
    (tmp_path / "listed.csv").write_text("kind\nsale\n", encoding="utf-8")
    return load_integration(tmp_path / "shop-erp.rules.yaml")


def integration_of(loaded: Loaded) -> Integration:
    assert loaded.integration is not None, loaded.problems
    return loaded.integration


class Mapper:
    """Maps orders by the one rule, and keeps what that reached."""

    def __init__(self, loaded: Loaded, *, measured: bool = True) -> None:
        self.reached: set[Mark] = set()
        self._loaded = loaded
        setting = Setting(loaded.tables, 2, self.reached if measured else None)
        self.rule: CompiledRule = RuleCompiler(setting).rule(integration_of(loaded).rules[0])

    def map(self, **changes: object) -> tuple[Record, list[Problem]]:
        """Return what the rule writes for an order, and what its checks say."""
        rule, notes = self.rule, []
        scope: Record = {**SCOPE, "order": {**ORDER, **changes}}
        for name in closure(rule.definitions, rule.definitions):
            scope[name] = rule.definitions[name].value(scope)  # type: ignore[union-attr]
        for block in rule.target.set.each:
            scope[block.scope_name] = [{"article": {"name": item["sku"]}} for item in scope["order"]["items"] or ()]  # type: ignore[index]
        assert rule.active is not None and rule.when is not None
        rule.active(scope), rule.when(scope), rule.checks(scope, notes)
        written = rule.target.set.all(scope, notes)
        assert isinstance(written, dict)
        return written, notes

    def missed(self) -> set[str]:
        """Return what never happened."""
        found = spots(integration_of(self._loaded), self._loaded.tables)
        return {f"{spot.part}: {spot.text}" for spot in found if spot.marks.isdisjoint(self.reached)}


def test_nothing_is_reached_before_anything_is_mapped(loaded: Loaded) -> None:
    all_spots = list(spots(integration_of(loaded), loaded.tables))
    assert [spot.kind for spot in all_spots].count("row") == 3, "rows of a table that nothing maps by are no spots"
    assert len({spot.origin for spot in all_spots if spot.kind == "field"}) == 10
    assert all(spot.origin.line > 1 for spot in all_spots)
    assert Mapper(loaded).missed() == {f"{spot.part}: {spot.text}" for spot in all_spots}


def test_each_case_reaches_what_it_comes_to_and_no_more(loaded: Loaded) -> None:
    mapper = Mapper(loaded)
    written, notes = mapper.map(items=ITEMS[:1])
    assert (written["code"], written["size"], written["lines"]) == ("S", "small", [{"price": 9}])
    assert notes == []
    missed = mapper.missed()
    assert "invoice: takes branch 1 of this choice" in missed
    assert "invoice: fails this check: order.total > `0`" in missed
    assert "invoice: has `active` off: settings.export" in missed
    assert "table kinds: uses the row gift" in missed
    assert "invoice: gives `free` a value" in missed
    assert not {"invoice: gives `size` a value", "invoice: gives `price` a value"} & missed
    assert "invoice: meets this check: order.total > `0`" not in missed


def test_cases_together_reach_everything(loaded: Loaded) -> None:
    mapper = Mapper(loaded)
    mapper.map(items=ITEMS, total=0, rounded=True)
    mapper.map(kind="gift", total=101)
    with pytest.raises(Skip):
        mapper.map(kind="loan")
    assert mapper.missed() == {
        "ready: meets this check: settings.export",
        "ready: fails this check: settings.export",
        "invoice: has `active` off: settings.export",
        "invoice: fails this `when`: order.kind != 'other'",
        "invoice: gives `reference` a value",
    }, "the precondition, the switch and the match were not asked here"


def test_a_rule_that_nobody_measures_is_written_as_if_there_were_no_marks(loaded: Loaded) -> None:
    plain, measured = Mapper(loaded, measured=False), Mapper(loaded)
    assert plain.map(items=ITEMS) == measured.map(items=ITEMS)
    assert "None)" in measured.rule.target.set.all.source()
    assert len(plain.rule.target.set.all.source()) < len(measured.rule.target.set.all.source())
    assert plain.reached == set()


@pytest.mark.parametrize(
    ("items", "code"), [("a text", "M013"), (Unknown("order.items"), "M062")], ids=["no list", "not known yet"]
)
def test_what_is_no_list_has_no_members(loaded: Loaded, items: object, code: str) -> None:
    mapper = Mapper(loaded)
    with pytest.raises(ValueFault) as fault:
        mapper.rule.target.set.all({**SCOPE, "order": {**ORDER, "items": items}, "code": "S"} | blocks(mapper))
    assert fault.value.code == code


def blocks(mapper: Mapper) -> Record:
    return {block.scope_name: [] for block in mapper.rule.target.set.each}
