"""Settings: what the command line says wins over the tenant, the tenant over the rule file."""

from __future__ import annotations

import pytest

from .desk import Desk

TENANT = "tenants/testcompany.yaml"


def charge_type(said: str) -> str:
    line = next(line for line in said.splitlines() if line.strip().startswith("chargeType"))
    return line.split()[-1]


def test_the_command_line_wins_over_the_tenant_and_the_tenant_over_the_rule_file(small: Desk) -> None:
    assert charge_type(small.plan().out) == "Operational"
    small.edit(TENANT, "default_manager: mreyes", "default_manager: mreyes\n      charge_type: Capital")
    assert charge_type(small.plan().out) == "Capital"
    assert charge_type(small.plan("--set", "charge_type=Operational").out) == "Operational"


def test_a_setting_of_the_command_line_holds_for_that_run_alone(small: Desk) -> None:
    assert "ContractCharges" not in small.plan("--set", "export_contracts=false").out
    assert "ContractCharges" in small.plan().out


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("window_day=30", "has no setting 'window_day'"),
        ("window_day=30", "Did you mean `window_days`?"),
        ("window_days=a month", '--set window_days: it must be a whole number, not "a month"'),
        ("export_services=yes", '--set export_services: it must be true or false, not "yes"'),
        ("credits=refund", '--set credits: it must be one of hold, charge, not "refund"'),
        ("window_days=0", "--set window_days: it must be at least 1, not 0"),
        ("window_days", "is not NAME=VALUE"),
    ],
)
def test_a_wrong_setting_on_the_command_line_is_refused(small: Desk, given: str, says: str) -> None:
    refused = small.apply("--set", given)
    assert refused.code == 1, refused.said
    assert says in refused.err
    assert small.app.history.entries() == ()


@pytest.mark.parametrize("date", ["04/06/2019", "2019-06-31", "today"])
def test_a_date_that_is_none_is_refused(small: Desk, date: str) -> None:
    refused = small.run("plan", "--date", date)
    assert refused.code == 1
    assert "is not a date like 2019-06-04" in refused.err


def test_an_integration_that_is_off_or_only_planned_is_not_applied(small: Desk) -> None:
    small.edit(TENANT, "state: live", "state: plan_only")
    assert "6 to create" in small.plan().out
    applied = small.apply()
    assert applied.code == 0
    assert "intermedia-autotask is plan_only for testcompany: nothing is written." in applied.out

    small.edit(TENANT, "state: plan_only", "state: off")
    for verb in ("plan", "apply"):
        assert small.run(verb).code == 0
    assert small.writes() == []


def test_an_integration_or_tenant_that_is_not_there_is_refused_with_the_nearest_name(small: Desk) -> None:
    assert "Did you mean `intermedia-autotask`?" in small.run("plan", "intermedia-autotsk").err
    assert "Did you mean `testcompany`?" in small.run("plan", "--tenant", "testcompny").err


def test_of_several_tenants_one_has_to_be_named(small: Desk) -> None:
    other = (small.folder / TENANT).read_text(encoding="utf-8").replace("tenant: testcompany", "tenant: nordlys")
    (small.folder / "tenants" / "nordlys.yaml").write_text(other, encoding="utf-8")
    asked = small.plan()
    assert asked.code == 1
    assert "There are: nordlys, testcompany." in asked.err
    assert small.plan("--tenant", "nordlys").code == 0
