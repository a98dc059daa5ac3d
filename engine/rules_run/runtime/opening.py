"""Opens a run: the ledger and the accounts of a tenant."""

from __future__ import annotations

from rules_run.connect.contract import Connector
from rules_run.connect.registry import open_connector
from rules_run.errors import ConnectorUnusable
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.lock import RunLock
from rules_run.model.rules import Tenant
from rules_run.runtime.clock import SystemClock
from rules_run.runtime.run import Run
from rules_run.runtime.workspace import Workspace


def open_run(workspace: Workspace, tenant: Tenant, *, date: str, writing: bool) -> Run:
    """Return a run over a tenant; one that writes takes the run lock and may set up the ledger."""
    clock = SystemClock()
    file = workspace.ledger_file(tenant.name)
    lock = RunLock(file, clock) if writing else None

    def opener(alias: str) -> Connector:
        account = tenant.account(alias)
        if account is None:
            raise ConnectorUnusable(f"Tenant {tenant.name} has no connector {alias!r}; {tenant.file} names them.")
        return open_connector(account.type, alias, account.settings, workspace.root)

    def ledger() -> Ledger:
        return Ledger.open(
            file,
            tenant=tenant.name,
            lineage_file=workspace.lineage_file(tenant.name),
            clock=clock,
            read_only=not writing,
        )

    return Run(tenant=tenant, open_ledger=ledger, clock=clock, opener=opener, date=date, lock=lock)
