"""Reads and checks the files of a workspace: everything that is wrong, at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rules_run.connect.registry import catalogue_of, list_connectors, open_catalogue, open_manifest
from rules_run.errors import ConnectorUnusable, InvalidFiles
from rules_run.language.suggest import did_you_mean
from rules_run.language.validate import (
    Loaded,
    LoadedTenant,
    check_integration,
    check_rule_tests,
    check_tenant,
    load_integration,
    load_rule_tests,
    load_tenant,
    load_tenant_tables,
)
from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.exchange import Safety, Verb
from rules_run.model.problem import Problem
from rules_run.model.rules import Integration, Table, Tenant
from rules_run.runtime.promises import promises
from rules_run.runtime.workspace import Workspace, shown

if TYPE_CHECKING:
    from rules_run.connect.manifest import Manifest
    from rules_run.runtime.ready import Ready


@dataclass(slots=True)
class Checked:
    """The files that were read, with every problem in them."""

    integrations: dict[str, Loaded] = field(default_factory=dict)
    tenants: dict[str, LoadedTenant] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """Return the problems that are more than warnings."""
        return [problem for problem in self.problems if problem.level == "error"]


class Checker:
    """Checks files of one workspace; `tests` says whether the rule tests beside the rule files are read too."""

    def __init__(self, workspace: Workspace, *, tests: bool = True) -> None:
        self._workspace, self._tests = workspace, tests
        self._catalogues: dict[str, Catalogue | None] = {}
        self._manifests: dict[str, Manifest | None] = {}
        self.checked = Checked()

    def integration(self, name: str) -> Loaded | None:
        """Read and check an integration by name, once."""
        if name in self.checked.integrations:
            return self.checked.integrations[name]
        file = self._workspace.rule_file(name)
        if file is None:
            hint = did_you_mean(name, self._workspace.integrations())
            self._add([Problem(code="W004", message=f"There is no integration {name!r}.", hint=hint)])
            return None
        return self.rule_file(file)

    def rule_file(self, file: Path) -> Loaded:
        """Read and check a rule file, and the rule tests beside it."""
        loaded = load_integration(file)
        self.checked.files.append(str(file))
        self.checked.integrations[file.parent.name] = loaded
        catalogues = self.catalogues(loaded.integration) if loaded.integration else {}
        self._add(check_integration(loaded, catalogues))
        for path in sorted(file.parent.glob("*.test.yaml")) if self._tests else ():
            self.checked.files.append(str(path))
            tests = load_rule_tests(path)
            if loaded.integration is not None:
                self._add(check_rule_tests(tests, loaded.integration, catalogues))
            else:
                self._add(tests.problems)
        return loaded

    def tenant(self, name: str) -> LoadedTenant:
        """Read and check a tenant file, the integrations that it names and the tables that it replaces."""
        loaded = load_tenant(self._workspace.tenant_file(name))
        self.checked.files.append(str(self._workspace.tenant_file(name)))
        self.checked.tenants[name] = loaded
        tenant = loaded.tenant
        if tenant is None:
            self._add(loaded.problems)
            return loaded
        named = {each.integration: self.integration(each.integration) for each in tenant.integrations}
        integrations = {key: each.integration for key, each in named.items() if each and each.integration}
        types = [each.type for each in list_connectors(self._workspace.root)]
        secrets = self._secret_settings(tenant, types)
        self._add(check_tenant(loaded, integrations, secret_settings=secrets, connector_types=types))
        for integration in integrations.values():
            self.tables(loaded, integration)
            if own := self._own_catalogues(integration, tenant):
                catalogues = {**self.catalogues(integration), **own}
                self._add(check_integration(self.checked.integrations[integration.name], catalogues))
        return loaded

    def tables(self, loaded: LoadedTenant, integration: Integration) -> Mapping[str, Table]:
        """Return the tables of an integration, those of the tenant in the place of the file's."""
        own = load_tenant_tables(loaded, integration.name, integration.tables, shown(self._workspace.root))
        self._add(own[1])
        return {**self.checked.integrations[integration.name].tables, **own[0]}

    def catalogues(self, integration: Integration) -> Mapping[str, Catalogue]:
        """Return the catalogue behind each alias of a rule file, for those connectors that have one for all tenants."""
        known = {alias: self._catalogue(kind) for alias, kind in integration.connectors.items()}
        return {alias: catalogue for alias, catalogue in known.items() if catalogue and catalogue.names()}

    def _catalogue(self, kind: str) -> Catalogue | None:
        if kind not in self._catalogues:
            try:
                self._catalogues[kind] = open_catalogue(kind, self._workspace.root)
            except ConnectorUnusable as error:
                self._catalogues[kind] = None
                self._add([Problem(code="W005", message=str(error))])
        return self._catalogues[kind]

    def _manifest(self, kind: str) -> Manifest | None:
        if kind not in self._manifests:
            try:
                self._manifests[kind] = open_manifest(kind, self._workspace.root)
            except InvalidFiles as error:
                self._manifests[kind] = None
                self._add(error.problems)
        return self._manifests[kind]

    def _own_catalogues(self, integration: Integration, tenant: Tenant) -> Mapping[str, Catalogue]:
        """Return the catalogues of those accounts whose tenant says what resources there are, as with files."""
        found: dict[str, Catalogue] = {}
        for alias, kind in integration.connectors.items():
            catalogue, account = self._catalogue(kind), tenant.account(alias)
            if catalogue is not None and not catalogue.names() and account is not None and account.type == kind:
                with suppress(ConnectorUnusable):  # a run that opens it says why it cannot be used
                    found[alias] = catalogue_of(kind, account.settings, self._workspace.root)
        return found

    def promises(self, integration: Integration) -> Iterator[str]:
        """Yield what is promised of the writes of an integration, for systems whose manifest tells their classes."""
        catalogues = self.catalogues(integration)

        def safety(alias: str, resource: str, verb: Verb, marked: bool) -> Safety | None:
            if alias not in catalogues:
                return None
            manifest = self._manifest(integration.connectors[alias])
            rest = manifest.rest if manifest else None
            return rest.safety.of(resource, verb, marked=marked) if rest else None

        def described(resource: str) -> Resource | None:
            alias, _, name = resource.partition(".")
            return catalogues[alias].resource(name) if alias in catalogues else None

        for rule in integration.rules:
            yield from promises(rule, integration, safety, described)

    def _secret_settings(self, tenant: Tenant, known: Collection[str]) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for account in tenant.connectors:
            if account.type in known and account.type not in found:
                manifest = self._manifest(account.type)
                settings = manifest.settings.values() if manifest else ()
                found[account.type] = frozenset(each.name for each in settings if each.secret)
        return found

    def _add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if problem not in self.checked.problems:
                self.checked.problems.append(problem)


def open_tenant(
    workspace: Workspace, tenant_name: str | None, names: Iterable[str], given: Mapping[str, str]
) -> tuple[Tenant, list[Ready]]:
    """Return a tenant and its integrations, checked and ready; raise InvalidFiles with all problems."""
    from rules_run.runtime.ready import Ready
    from rules_run.runtime.settings import settings_of

    checker = Checker(workspace, tests=False)
    loaded = checker.tenant(workspace.the_tenant(tenant_name))
    tenant = loaded.tenant
    wanted = list(names)
    if tenant is not None:
        checker.checked.problems += _unassigned(tenant, wanted)
    if checker.checked.errors or tenant is None:
        raise InvalidFiles(checker.checked.errors)
    ready: list[Ready] = []
    for assignment in tenant.integrations:
        integration = checker.checked.integrations[assignment.integration].integration
        if integration is None or (wanted and assignment.integration not in wanted) or assignment.state == "off":
            continue
        ready.append(
            Ready(
                tenant=tenant,
                integration=integration,
                tables=checker.tables(loaded, integration),
                settings=settings_of(integration, assignment, given),
                assignment=assignment,
            )
        )
    return tenant, ready


def _unassigned(tenant: Tenant, names: Iterable[str]) -> list[Problem]:
    there = [each.integration for each in tenant.integrations]
    return [
        Problem(
            code="W006", message=f"Tenant {tenant.name} has no integration {name!r}.", hint=did_you_mean(name, there)
        )
        for name in names
        if name not in there
    ]
