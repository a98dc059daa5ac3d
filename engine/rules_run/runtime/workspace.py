"""Where a workspace keeps its files."""

from __future__ import annotations

from pathlib import Path

from rules_run.model.frozen import frozen
from rules_run.runtime import layout


@frozen
class Workspace:
    """A folder with `tenants/`, and beside it `rules/` and `connectors/` of its own."""

    root: Path

    def tenant_file(self, name: str) -> Path:
        """Return the file of a tenant."""
        return shown(self.root / "tenants" / f"{name}.yaml")

    def tenants(self) -> list[str]:
        """Return the names of all tenants."""
        return layout.tenant_names(str(self.root))

    def rule_file(self, integration: str) -> Path | None:
        """Return the rule file of an integration: the workspace's own before the one that ships."""
        file = layout.rule_file(str(self.root), integration)
        return shown(Path(file)) if file else None

    def integrations(self) -> list[str]:
        """Return the names of all integrations that can be named here."""
        return layout.integration_names(str(self.root))

    def ledger_file(self, tenant: str) -> Path:
        """Return the file of a tenant's ledger."""
        return self.root / ".rules-run" / f"{tenant}.db"

    def lineage_file(self, tenant: str) -> Path:
        """Return the committed file that names a tenant's ledger."""
        return self.root / "tenants" / f"{tenant}.lineage"

    def the_tenant(self, name: str | None) -> str:
        """Return the named tenant, or the only one; raise InvalidFiles with what there is."""
        names = self.tenants()
        if name is None and len(names) == 1:
            return names[0]
        if name in names:
            return str(name)
        from rules_run.errors import InvalidFiles
        from rules_run.language.suggest import did_you_mean
        from rules_run.model.problem import Problem

        there = ", ".join(names) or "none"
        if name is None:
            message = f"Which tenant is meant? There are: {there}." if names else "This folder has no tenants/."
            hint = "Name one with --tenant." if names else "Run inside a workspace, or name one with -C."
        else:
            message, hint = f"There is no tenant {name!r} in {self.root / 'tenants'}.", did_you_mean(name, names)
        raise InvalidFiles([Problem(code="W001", message=message, hint=hint or f"There are: {there}.")])


def find_workspace(start: Path) -> Workspace:
    """Return the nearest workspace from a folder upwards, or the folder itself where there is none."""
    return Workspace(root=Path(layout.workspace_root(str(start))))


def shown(path: Path) -> Path:
    """Return a path as people write it: from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
