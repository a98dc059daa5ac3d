"""The official JMESPath cases, as they are and with every number a Decimal."""

from __future__ import annotations

import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rules_run.errors import ExpressionError, ValueFault
from rules_run.language.expressions import search

CASES = os.environ.get("JMESPATH_CASES", "")
ERROR_CLASSES = {
    "E001": "syntax",
    "E007": "syntax",
    "E002": "unknown-function",
    "E003": "invalid-arity",
    "E008": "invalid-type",
    "E011": "invalid-value",
}


def outcome(expression: str, data: Any, integers: Any) -> tuple[str, object]:
    try:
        return "result", search(expression, data, integers=integers)
    except (ExpressionError, ValueFault) as error:
        return "error", ERROR_CLASSES.get(error.code, error.code)


def groups(integers: Any) -> list[dict[str, Any]]:
    files = sorted(Path(CASES).glob("*.json"))
    texts = (file.read_text(encoding="utf-8") for file in files)
    return [group for text in texts for group in json.loads(text, parse_float=Decimal, parse_int=integers)]


@pytest.mark.skipif(not CASES, reason="JMESPATH_CASES names no folder with the official JMESPath cases")
@pytest.mark.parametrize("integers", [int, Decimal])
def test_every_official_case_gives_the_official_answer(integers: Any) -> None:
    wrong, count = [], Counter[bool]()
    for group in groups(integers):
        for case in group["cases"]:
            if "bench" in case:
                continue
            expected = ("error", case["error"]) if "error" in case else ("result", case["result"])
            found = outcome(case["expression"], group["given"], integers)
            count[found == expected] += 1
            if found != expected:
                wrong.append((case["expression"], expected, found))
    assert not wrong
    assert count[True] == 892
