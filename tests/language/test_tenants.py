"""Tenant files: what they may say about accounts and integrations, and what they must not hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_run.language.validate import check_tenant, load_integration, load_tenant, load_tenant_tables
from rules_run.model.rules import Integration

HERE = Path(__file__).parent
GOOD = (HERE / "files" / "nordlys.yaml").read_text(encoding="utf-8")
CASES = yaml.safe_load((HERE / "broken_tenants.yaml").read_text(encoding="utf-8"))
SECRETS = {"shop": frozenset({"secret"})}
Broken = Callable[[str, dict[str, str]], tuple[str, list[str]]]


@pytest.fixture(scope="module")
def integrations() -> dict[str, Integration]:
    integration = load_integration(HERE / "files" / "shop-erp.rules.yaml").integration
    assert integration is not None
    return {"shop-erp": integration}


def test_the_good_tenant_has_no_problem(integrations: dict[str, Integration]) -> None:
    loaded = load_tenant(HERE / "files" / "nordlys.yaml")
    assert check_tenant(loaded, integrations, secret_settings=SECRETS, connector_types={"shop", "erp"}) == ()


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['codes']} {next(iter(case['change'].values()))[:40]!r}"
)
def test_a_mistake_is_told_once_at_its_place(
    case: dict[str, Any], tmp_path: Path, integrations: dict[str, Integration], broken: Broken
) -> None:
    text, places = broken(GOOD, case["change"])
    file = tmp_path / "nordlys.yaml"
    file.write_text(text, encoding="utf-8")
    problems = check_tenant(load_tenant(file), integrations, secret_settings=SECRETS, connector_types={"shop", "erp"})
    found = [f"{problem.origin.line}:{problem.origin.column} {problem.code}" for problem in problems]
    assert found == [f"{place} {code}" for place, code in zip(places, case["codes"], strict=True)]
    assert case.get("says", "") in "\n".join(map(str, problems))


def test_a_secret_in_plain_text_is_not_repeated(tmp_path: Path, integrations: dict[str, Integration]) -> None:
    file = tmp_path / "nordlys.yaml"
    file.write_text(GOOD.replace("{file: /run/secrets/shop}", "hunter2"), encoding="utf-8")
    problems = check_tenant(load_tenant(file), integrations, secret_settings=SECRETS)
    assert "hunter2" not in "\n".join(map(str, problems))


def test_a_tenant_is_read_as_written() -> None:
    tenant = load_tenant(HERE / "files" / "nordlys.yaml").tenant
    assert tenant is not None
    shop, assignment = tenant.account("shop"), tenant.assignment("shop-erp")
    assert shop is not None
    assert assignment is not None
    assert (tenant.name, tenant.time_zone, assignment.state) == ("nordlys", "America/Montreal", "plan_only")
    assert shop.settings["user"] == {"env": "SHOP_USER"}
    assert assignment.limits is not None
    assert assignment.limits.money == Decimal("100.50")


def test_a_tenants_table_is_read_from_the_workspace(tmp_path: Path, integrations: dict[str, Integration]) -> None:
    loaded = load_tenant(HERE / "files" / "nordlys.yaml")
    tables, problems = load_tenant_tables(loaded, "shop-erp", integrations["shop-erp"].tables, HERE / "files")
    assert (list(tables), problems) == (["cities"], ())
    _, problems = load_tenant_tables(loaded, "shop-erp", integrations["shop-erp"].tables, tmp_path)
    assert [(problem.code, problem.origin.line, problem.origin.column) for problem in problems] == [("C001", 12, 22)]
