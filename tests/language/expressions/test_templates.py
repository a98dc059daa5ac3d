"""What templates write, as a table."""

from __future__ import annotations

from typing import Any

CASES = "templates.yaml"


def test_a_template_writes_what_the_table_says(case: dict[str, Any], outcome: Any) -> None:
    expected = {name: case[name] for name in case if name in ("gives", "refused", "fault", "column", "says")}
    found = outcome(case)
    assert found == expected
    assert [type(v) for v in found.values()] == [type(v) for v in expected.values()]
