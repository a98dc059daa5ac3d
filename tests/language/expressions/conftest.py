"""Runs a test once for each case of the YAML file that its module names in CASES, with exact numbers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_run.errors import ExpressionError, ValueFault
from rules_run.language.expressions import evaluate, is_template, parse_select, parse_template
from rules_run.model.unknown import Unknown

FOLDER = Path(__file__).parent / "cases"


class ExactLoader(yaml.SafeLoader):
    """Reads 1.50 as the Decimal 1.50, and `!unknown label` as a value that is known after apply."""


ExactLoader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(node.value))
ExactLoader.add_constructor("!unknown", lambda loader, node: Unknown(node.value))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        text = (FOLDER / metafunc.module.CASES).read_text(encoding="utf-8")
        content = yaml.load(text, ExactLoader)  # a safe loader with two more constructors
        cases = [{"scope": content.get("scope", {})} | case for case in content["cases"]]
        names = [str(case.get("name") or case.get("text"))[:60] for case in cases]
        metafunc.parametrize("case", cases, ids=names)


@pytest.fixture
def run() -> Any:
    """Return a function that reads an expression or template and gives its value over a scope."""

    def read_and_run(text: str, scope: dict[str, Any]) -> object:
        expression = parse_template(text) if is_template(text) else parse_select(text)
        return evaluate(expression, scope)

    return read_and_run


@pytest.fixture
def outcome(run: Any) -> Any:
    """Return a function that gives what a case says it gives, or the refusal or fault as the case tells it."""

    def outcome_of(case: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"gives": run(case["text"], case["scope"])}
        except ExpressionError as error:
            told = {"refused": error.code, "column": error.column, "says": f"{error.message} {error.hint}"}
        except ValueFault as fault:
            told = {"fault": fault.code, "says": f"{fault.message} {fault.hint}"}
        if "says" in case and case["says"] in told["says"]:
            told["says"] = case["says"]
        return {name: told[name] for name in told if name in case or name in ("refused", "fault")}

    return outcome_of
