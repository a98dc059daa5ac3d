"""Known escapes and resource bombs: each is refused, or its result is."""

from __future__ import annotations

from typing import Any

import pytest

from rules_run.errors import ExpressionError, ValueFault
from rules_run.language.expressions import parse_select

CASES = "bombs.yaml"


def test_a_bomb_or_escape_is_refused(case: dict[str, Any], run: Any) -> None:
    text = case["text"] if "repeat" not in case else case["text"].replace("~", case["repeat"] * case["times"])
    with pytest.raises((ExpressionError, ValueFault)) as refusal:
        run(text, case["scope"])
    assert refusal.value.code == case["code"]  # type: ignore[attr-defined]


def test_a_template_sees_data_and_never_the_inside_of_python(run: Any) -> None:
    for name in ("__class__", "format", "upper", "mro", "items", "get"):
        assert run("{{ inv." + name + " | not_null('nothing') }}", {"inv": {}}) == "nothing"
        assert run("{{ inv['" + name + "'] | not_null('nothing') }}", {"inv": "text"}) == "nothing"


def test_a_pattern_that_makes_other_engines_hang_answers_at_once(run: Any) -> None:
    assert run("regex_find(value, '(a+)+$')", {"value": "a" * 50_000 + "b"}) is None


def test_an_endless_word_is_not_quoted_whole() -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse_select("`" + "9-" * 900 + "`")
    assert refusal.value.message.endswith("9-` is not a JSON value.")
    assert len(refusal.value.message) < 500
