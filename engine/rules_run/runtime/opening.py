"""Opens a run: the ledger and the accounts of a tenant."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rules_run.connect.contract import Connector
from rules_run.connect.registry import open_connector, open_manifest
from rules_run.errors import ConnectorUnusable
from rules_run.ledger.ledger import Ledger
from rules_run.model.rules import Tenant
from rules_run.runtime.clock import SystemClock
from rules_run.runtime.homes import home_of
from rules_run.runtime.run import Run
from rules_run.runtime.workspace import Workspace


def open_run(workspace: Workspace, tenant: Tenant, *, date: str, writing: bool) -> Run:
    """Return a run over a tenant; one that writes takes the run lock and may set up the ledger."""
    clock, home = SystemClock(), home_of(workspace, tenant)
    run = run_over(workspace, tenant, partial(home.open, clock, read_only=not writing), date=date, durable=writing)
    if writing:
        run.lock = home.lock(clock)
    return run


def run_over(
    workspace: Workspace, tenant: Tenant, ledger: Callable[[], Ledger], *, date: str, durable: bool = True
) -> Run:
    """Return a run over a tenant with a ledger that the caller has found and locked, `durable` if it may be written."""

    def opener(alias: str) -> Connector:
        account = tenant.account(alias)
        if account is None:
            raise ConnectorUnusable(f"Tenant {tenant.name} has no connector {alias!r}; {tenant.file} names them.")
        budgets = partial(run.ledger.rate, keep=durable)
        return open_connector(account.type, alias, account.settings, workspace.root, budgets=budgets)

    def title(alias: str) -> str:
        account = tenant.account(alias)
        return open_manifest(account.type, workspace.root).title if account else alias

    run = Run(
        tenant=tenant,
        open_ledger=ledger,
        clock=SystemClock(),
        opener=opener,
        title=title,
        date=date,
        folder=workspace.ledger_file(tenant.name).parent,
    )
    return run
