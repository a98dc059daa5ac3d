"""A tenant against the integrations that it names: settings, tables, connectors, secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from rules_run.model.problem import Origin, Problem
from rules_run.model.rules import Account, Assignment, Integration, Tenant

from ..parse.places import Places
from ..settings import setting_fault
from ..suggest import did_you_mean

Secrets = Mapping[str, frozenset[str]]
_PASSWORD = re.compile(r"[a-z]+://[^/@]*:[^/@]*@|.*[?&]password=")


def tenant_problems(
    tenant: Tenant,
    places: Places,
    integrations: Mapping[str, Integration],
    *,
    secret_settings: Secrets,
    connector_types: Collection[str] | None,
    spoken: frozenset[Origin],
) -> list[Problem]:
    """Check a tenant; `secret_settings` by connector type, `spoken` the places that are known to be wrong."""
    check = _TenantCheck(tenant, places, spoken)
    check.ledger()
    for account in tenant.connectors:
        check.account(account, secret_settings.get(account.type, frozenset()), connector_types)
    for assignment in tenant.integrations:
        check.assignment(assignment, integrations)
    check.unused_accounts(integrations.values())
    return check.problems


class _TenantCheck:
    def __init__(self, tenant: Tenant, places: Places, spoken: frozenset[Origin]) -> None:
        self.tenant, self.places, self.spoken = tenant, places, set(spoken)
        self.problems: list[Problem] = []

    def wrong(self, code: str, message: str, origin: Origin, hint: str = "") -> None:
        self.problems.append(Problem(code=code, message=message, origin=origin, hint=hint))

    def ledger(self) -> None:
        stated, place = self.tenant.ledger, self.places.value("ledger")
        if isinstance(stated, Mapping):
            self.reference("ledger", stated, place, at_all=True)
        elif stated is not None and not stated.startswith(("postgresql://", "postgres://")):
            hint = "Write postgresql://host/database, or leave it out: then the ledger is a file of the workspace."
            self.wrong("R101", "The address of a ledger begins with postgresql://.", place, hint)
        elif stated is not None and _PASSWORD.match(stated):
            hint = "Keep the whole address outside: `ledger: {env: NAME}`, or the password where libpq looks for it."
            self.wrong("R092", "The address of the ledger holds a password in plain text.", place, hint)

    def account(self, account: Account, secrets: frozenset[str], types: Collection[str] | None) -> None:
        if types is not None and account.type not in types:
            hint = did_you_mean(account.type, types, "Connectors")
            place = self.places.value("connectors", account.alias, "type")
            self.spoken.add(place)
            self.wrong("R091", f"There is no connector of type `{account.type}`.", place, hint)
        for name, value in account.settings.items():
            place = self.places.value("connectors", account.alias, name)
            if isinstance(value, dict):
                self.reference(name, value, place)
            elif name in secrets:
                hint = f"Keep it outside and name the place: `{name}: {{env: NAME}}` or `{name}: {{file: PATH}}`."
                self.wrong("R092", f"`{name}` is a secret and stands here in plain text.", place, hint)

    def reference(self, name: str, value: Mapping[str, object], place: Origin, *, at_all: bool = False) -> None:
        looks_like_one = at_all or value.keys() & {"env", "file"}
        if looks_like_one and not (len(value) == 1 and all(isinstance(each, str) and each for each in value.values())):
            hint = "Write {env: NAME} or {file: PATH}."
            self.wrong("R093", f"`{name}` does not name one place where its value is kept.", place, hint)

    def assignment(self, assignment: Assignment, integrations: Mapping[str, Integration]) -> None:
        integration = integrations.get(assignment.integration)
        if integration is None:
            hint = did_you_mean(assignment.integration, integrations, "Integrations here")
            message = f"There is no integration `{assignment.integration}`."
            self.wrong("R094", message, assignment.origin, hint or "It would stand in the folder rules/.")
            return
        self.settings(assignment, integration)
        self.tables(assignment, integration)
        self.connectors(assignment, integration)

    def settings(self, assignment: Assignment, integration: Integration) -> None:
        known = {setting.name: setting for setting in integration.settings}
        for name, value in assignment.settings.items():
            words = ("integrations", assignment.integration, "settings", name)
            if name not in known:
                hint = did_you_mean(name, known, "Its settings")
                self.wrong("R095", f"{integration.name} has no setting `{name}`.", self.places.name(*words), hint)
            elif fault := setting_fault(known[name], value):
                self.wrong("R096", f"`{name}` {fault}.", self.places.value(*words), known[name].description)
        unread = self.places.value("integrations", assignment.integration, "settings") in self.spoken
        for setting in integration.settings if not unread else ():
            if setting.required and setting.name not in assignment.settings:
                message = f"{integration.name} needs a value for the setting `{setting.name}`."
                self.wrong("R097", message, assignment.origin, setting.description)

    def tables(self, assignment: Assignment, integration: Integration) -> None:
        known = [table.name for table in integration.tables]
        for name in assignment.tables:
            if name not in known:
                place = self.places.name("integrations", assignment.integration, "tables", name)
                message = f"{integration.name} has no table `{name}`."
                self.wrong("R098", message, place, did_you_mean(name, known, "Its tables"))

    def connectors(self, assignment: Assignment, integration: Integration) -> None:
        for alias, kind in integration.connectors.items():
            account = self.tenant.account(alias)
            if account is None:
                message = f"{integration.name} needs a connector `{alias}` of type {kind}, and this tenant has none."
                self.wrong(
                    "R099", message, assignment.origin, f"Add `{alias}: {{type: {kind}, ...}}` under `connectors`."
                )
            elif account.type != kind:
                place = self.places.value("connectors", alias, "type")
                message = f"{integration.name} needs `{alias}` to be of type {kind}, not {account.type}."
                if place not in self.spoken:
                    self.wrong("R100", message, place)

    def unused_accounts(self, integrations: Iterable[Integration]) -> None:
        named = {assignment.integration for assignment in self.tenant.integrations}
        listed = [integration for integration in integrations if integration.name in named]
        if len(listed) < len(named):
            return
        for account in self.tenant.connectors:
            if not any(account.alias in integration.connectors for integration in listed):
                known = sorted({alias for integration in listed for alias in integration.connectors})
                message = f"No integration of this tenant uses the connector `{account.alias}`."
                hint = did_you_mean(account.alias, known)
                self.problems.append(
                    Problem(code="R062", message=message, origin=account.origin, hint=hint, level="warning")
                )
