"""Where the ledger of a tenant is kept, by its tenant file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rules_run.errors import InvalidFiles, LedgerUnusable
from rules_run.ledger.home import Home
from rules_run.model.rules import Tenant
from rules_run.model.secret import Secret
from rules_run.runtime.workspace import Workspace


def home_of(workspace: Workspace, tenant: Tenant) -> Home:
    """Return the place of a tenant's ledger: a file of the workspace, or the database that the tenant names."""
    url = None if tenant.ledger is None else _address(tenant.ledger, workspace.root)
    return Home(
        tenant=tenant.name,
        file=workspace.ledger_file(tenant.name),
        lineage_file=workspace.lineage_file(tenant.name),
        url=url,
    )


def home_by_name(workspace: Workspace, name: str) -> Home:
    """Return the place of a ledger when nothing else of the tenant is needed; its file is read and no other."""
    from rules_run.language.validate import load_tenant

    loaded = load_tenant(workspace.tenant_file(name))
    if loaded.tenant is None:
        raise InvalidFiles(loaded.problems)
    return home_of(workspace, loaded.tenant)


def _address(stated: str | Mapping[str, str], folder: Path) -> Secret:
    if isinstance(stated, str):
        return Secret(stated)
    kind, target = next(iter(stated.items()), ("", ""))
    if kind == "env":
        text = os.environ.get(target, "")
        missing = f"stands in the environment variable {target}, which is not set"
    else:
        missing = f"stands in the file {target}, which cannot be read or is empty"
        try:
            text = (folder / target).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            text = ""
    if not text:
        raise LedgerUnusable(f"The address of the ledger {missing}.")
    return Secret(text)
