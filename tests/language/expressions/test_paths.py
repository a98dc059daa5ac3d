"""The paths that an expression is known to follow, for checking against a catalogue."""

from __future__ import annotations

import pytest

from rules_run.language.expressions import is_template, parse_select, parse_template


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("inv.company.name", "inv.company.name"),
        ("inv", "inv"),
        ("'x'", ""),
        ("g.items[*].price", "g.items[].price"),
        ("g.items[].price", "g.items[].price"),
        ("g.items[0].price", "g.items[].price"),
        ("g.items[1:].price", "g.items[].price"),
        ("g.items[]", "g.items[]"),
        ("g.items[].tags[].name", "g.items[].tags[].name"),
        ("g.items[*].tags[*].name", "g.items[].tags[].name"),
        ("g.items[?sku == 'A'].price | [0]", "g.items[].price g.items[].sku"),
        ("g.items | [0].price", "g.items[].price"),
        ("g.{a: b, c: d.e}", "g.b g.d.e"),
        ("[g.a, inv.b]", "g.a inv.b"),
        ("g.rates.*.value", "g.rates.*.value"),
        ("g.a && inv.b || !(inv.c)", "g.a inv.b inv.c"),
        ("sort_by(g.items, &price)[0].sku", "g.items[].price g.items[].sku"),
        ("max_by(g.items, &price).sku", "g.items[].price g.items[].sku"),
        ("map(&length(name), g.items)", "g.items[].name"),
        ("unique(g.items[].sku)[0]", "g.items[].sku"),
        ("sum(g.items[].price)", "g.items[].price"),
        ("levels(g.items, &from, &to, &q, c.start, c.end)", "c.end c.start g.items[].from g.items[].q g.items[].to"),
        ("Services, {{ company.name | upper }}{% if inv.paid %} {{ inv.on[0].x }}{% endif %}", ""),
    ],
)
def test_the_paths_of_an_expression_are_known(text: str, paths: str) -> None:
    if is_template(text):
        found, paths = parse_template(text), "company.name inv.on[].x inv.paid"
    else:
        found = parse_select(text)
    assert sorted({str(path) for path in found.paths}) == sorted(set(paths.split()))


def test_each_name_of_a_path_has_its_column() -> None:
    for text in ("inv.company.name", "upper(inv.items[0].name)", "x{{ inv.company['name'] }}", "é {{ inv.a.b }}"):
        expression = parse_template(text) if is_template(text) else parse_select(text)
        for path in expression.paths:
            for name, column in zip(path.names, path.columns, strict=True):
                assert name == "[]" or text[column:].lstrip("['").startswith(name)


def test_the_scope_names_are_told() -> None:
    assert parse_select("inv.a && (g.b || inv.c)").roots == ("inv", "g")
