"""What expressions mean in rules, as a table."""

from __future__ import annotations

from typing import Any

CASES = "meaning.yaml"


def test_an_expression_gives_what_the_table_says(case: dict[str, Any], outcome: Any) -> None:
    expected = {name: case[name] for name in case if name in ("gives", "refused", "fault", "column", "says")}
    found = outcome(case)
    assert found == expected
    assert [type(v) for v in found.values()] == [type(v) for v in expected.values()]
