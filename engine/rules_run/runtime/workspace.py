"""Where a workspace keeps its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rules_run.bundled import bundled
from rules_run.errors import InvalidFiles
from rules_run.language.suggest import did_you_mean
from rules_run.model.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A folder with `tenants/`, and beside it `rules/` and `connectors/` of its own."""

    root: Path

    def tenant_file(self, name: str) -> Path:
        """Return the file of a tenant."""
        return shown(self.root / "tenants" / f"{name}.yaml")

    def tenants(self) -> list[str]:
        """Return the names of all tenants."""
        return sorted(path.stem for path in (self.root / "tenants").glob("*.yaml"))

    def rule_file(self, integration: str) -> Path | None:
        """Return the rule file of an integration: the workspace's own before the one that ships."""
        for folder in self.rule_folders():
            file = folder / integration / f"{integration}.rules.yaml"
            if file.is_file():
                return shown(file)
        return None

    def integrations(self) -> list[str]:
        """Return the names of all integrations that can be named here."""
        found = {file.parent.name for folder in self.rule_folders() for file in folder.glob("*/*.rules.yaml")}
        return sorted(found)

    def rule_folders(self) -> list[Path]:
        """Return where rule files are looked for, in order."""
        return [self.root / "rules", bundled("rules")]

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
        there = ", ".join(names) or "none"
        if name is None:
            message = f"Which tenant is meant? There are: {there}." if names else "This folder has no tenants/."
            hint = "Name one with --tenant." if names else "Run inside a workspace, or name one with -C."
        else:
            message, hint = f"There is no tenant {name!r} in {self.root / 'tenants'}.", did_you_mean(name, names)
        raise InvalidFiles([Problem(code="W001", message=message, hint=hint or f"There are: {there}.")])


def find_workspace(start: Path) -> Workspace:
    """Return the nearest workspace from a folder upwards, or the folder itself where there is none."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "tenants").is_dir():
            return Workspace(root=folder)
    return Workspace(root=start)


def shown(path: Path) -> Path:
    """Return a path as people write it: from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
