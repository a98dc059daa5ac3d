"""What functions and operators do with the largest, the emptiest and the oddest values, as a table."""

from __future__ import annotations

from collections import UserDict
from types import MappingProxyType
from typing import Any

CASES = "limits.yaml"


def test_the_edge_of_what_can_be_done_is_told(case: dict[str, Any], outcome: Any) -> None:
    expected = {name: case[name] for name in case if name in ("gives", "refused", "fault", "says")}
    assert outcome(case) == expected


def test_any_mapping_is_a_record(run: Any) -> None:
    order = MappingProxyType({"id": 1, "client": UserDict(name="Jo")})
    assert run("order.client.name", {"order": order}) == "Jo"
    assert run("order.*", {"order": {"a": 1}}) == [1]
    assert run("[order.client.*, type(order)]", {"order": order}) == [["Jo"], "object"]
    assert run("order == other", {"order": order, "other": MappingProxyType(dict(order))}) is True
