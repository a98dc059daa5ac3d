"""Which values may stand for a setting."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules_run.language.settings import is_pattern, setting_fault
from rules_run.model.rules import Setting

CASES: list[tuple[dict[str, Any], object, str]] = [
    ({"type": "decimal"}, Decimal("1.5"), ""),
    ({"type": "decimal"}, 2, ""),
    ({"type": "decimal"}, True, "must be a number, not true"),
    ({"type": "decimal", "minimum": Decimal("0.5")}, Decimal("0.4"), "must be at least 0.5, not 0.4"),
    ({"type": "integer"}, Decimal("1.0"), "must be a whole number, not 1.0"),
    ({"type": "date"}, "2026-01-31", ""),
    ({"type": "date"}, "2026-02-30", 'must be a date like 2026-01-31, not "2026-02-30"'),
    ({"type": "date"}, "20260131", 'must be a date like 2026-01-31, not "20260131"'),
    ({"type": "date"}, 20260131, "must be a date like 2026-01-31, not 20260131"),
    ({"type": "list", "enum": ("a", "b")}, ["a", "b"], ""),
    ({"type": "list", "enum": ("a", "b")}, ["a", "c"], 'must be one of a, b, not "c"'),
    ({"type": "list"}, {"a": 1}, "must be a list, not a mapping"),
    ({"type": "text"}, ["a"], "must be a text, not a list"),
    ({"type": "text"}, None, "must be a text, not nothing"),
    ({"type": "text", "pattern": "^[A-Z]"}, "kari", 'must match ^[A-Z], and "kari" does not'),
    ({"type": "integer", "enum": (0, 1)}, True, "must be a whole number, not true"),
    ({"type": "boolean", "enum": (True,)}, False, "must be one of True, not false"),
]


@pytest.mark.parametrize(("said", "value", "fault"), CASES)
def test_a_value_fits_its_setting_or_it_is_said_why_not(said: dict[str, Any], value: object, fault: str) -> None:
    assert (setting_fault(Setting(name="x", **said), value) or "") == fault


def test_a_pattern_that_is_none_is_known_as_such() -> None:
    assert is_pattern("^[A-Z]{2}$")
    assert not is_pattern("[A-Z")
