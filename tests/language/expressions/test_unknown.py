"""Values that are known only after apply pass through expressions."""

from __future__ import annotations

from typing import Any

import pytest

from rules_run.model.unknown import Unknown

ID = Unknown("company.id")
SCOPE: dict[str, Any] = {"company": {"id": ID, "name": "a"}, "made": ID, "one": 1, "none": None, "items": [{"id": ID}]}


@pytest.mark.parametrize(
    "text",
    [
        "company.id",
        "made.name",
        "made.a[0].b",
        "made[*].id",
        "made[]",
        "made[1:]",
        "made.*",
        "made | [?a]",
        "items[?id == `1`]",
        "company.id == `1`",
        "`1` != company.id",
        "company.id == null_like",
        "company.id == 'x'",
        "company.id == company.name",
        "company.id == `null`",
        "company.id < `3`",
        "one >= made",
        "!(made)",
        "made && company.name",
        "company.id == `1` && company.name",
        "company.id == `1` || company.name",
        "made || company.name",
        "upper(made)",
        "contains(items[].id, `1`)",
        "[company.id] == [`1`]",
        "items[0] == {id: `1`}",
        "{{ made }}",
        "Company {{ company.name }} {{ company.id }}",
        "{{ company.name ~ made }}",
        "{% if made %}x{% endif %}",
        "{% if company.id == 1 %}x{% endif %}",
        "a {{ 'x' if made else 'y' }}",
        "{{ made | upper }}",
    ],
)
def test_what_depends_on_an_unknown_value_is_unknown(text: str, run: Any) -> None:
    assert run(text, {**SCOPE, "null_like": None}) == ID


def test_what_does_not_depend_on_it_is_known(run: Any) -> None:
    assert run("company.name", SCOPE) == "a"
    assert run("none && made", SCOPE) is None
    assert run("one == `1` || made", SCOPE) is True
    assert run("[company.id, company.name]", SCOPE) == [ID, "a"]
    assert run("items[*].id", SCOPE) == [ID]
    assert run("{% if one == 1 %}x{% else %}{{ made }}{% endif %}", SCOPE) == "x"


def test_an_unknown_value_says_what_it_is() -> None:
    assert str(ID) == "company.id (known after apply)"
