"""Files of rule tests: read as written, and their fixtures held against the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_run.language.validate import check_rule_tests, load_integration, load_rule_tests
from rules_run.model.catalogue import Catalogue
from rules_run.model.rules import Integration

HERE = Path(__file__).parent
FILE = HERE / "files" / "shop-erp.test.yaml"
GOOD = FILE.read_text(encoding="utf-8")
CASES = yaml.safe_load((HERE / "broken_rule_tests.yaml").read_text(encoding="utf-8"))
Broken = Callable[[str, dict[str, str]], tuple[str, list[str]]]


@pytest.fixture(scope="module")
def integration() -> Integration:
    found = load_integration(HERE / "files" / "shop-erp.rules.yaml").integration
    assert found is not None
    return found


def test_the_good_file_has_no_problem(integration: Integration, catalogues: dict[str, Catalogue]) -> None:
    assert check_rule_tests(load_rule_tests(FILE), integration, catalogues) == ()


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['codes']} {next(iter(case['change'].values()))[:40]!r}"
)
def test_a_mistake_is_told_once_at_its_place(
    case: dict[str, Any],
    tmp_path: Path,
    integration: Integration,
    catalogues: dict[str, Catalogue],
    broken: Broken,
) -> None:
    text, places = broken(GOOD, case["change"])
    file = tmp_path / "shop-erp.test.yaml"
    file.write_text(text, encoding="utf-8")
    problems = check_rule_tests(load_rule_tests(file), integration, catalogues)
    found = [f"{problem.origin.line}:{problem.origin.column} {problem.code}" for problem in problems]
    assert found == [f"{place} {code}" for place, code in zip(places, case["codes"], strict=True)], list(
        map(str, problems)
    )
    assert case.get("says", "") in "\n".join(map(str, problems))


def test_a_case_is_read_as_written() -> None:
    tests = load_rule_tests(FILE).tests
    assert tests is not None
    first, second = tests.cases
    assert tests.given["shop.Orders"][0]["total"] == Decimal("10.50")
    assert tests.tables["cities"][0] == {"city": "Bern", "code": "BE", "region": "middle"}
    assert [(each.outcome, each.of) for each in first.first.expect] == [
        ("create", "erp.Clients"),
        ("create", "erp.Invoices"),
    ]
    assert (first.reply[0].verb, first.reply[0].fault) == ("create", "reset_after_commit")
    assert first.then[0].replace == {"shop.Orders": ()}
    assert (second.first.expect[0].outcome, second.first.expect[0].says) == ("hold", "city")
