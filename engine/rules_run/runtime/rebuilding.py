"""Collects into an empty ledger what stands in the targets: every rule asks for its markers and matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rules_run.ledger.home import Home
from rules_run.model.rules import Tenant
from rules_run.runtime.applying import Applier
from rules_run.runtime.clock import SystemClock
from rules_run.runtime.opening import run_over
from rules_run.runtime.ready import Ready
from rules_run.runtime.workspace import Workspace

Told = Callable[[str, str], None]
"""Told of each integration what came of it."""


def rebuild(
    workspace: Workspace,
    tenant: Tenant,
    home: Home,
    ready: Sequence[Ready],
    *,
    date: str,
    who: str,
    why: str,
    told: Told,
) -> int:
    """Rebuild the ledger of a tenant, and return how many documents were found; nothing is written to a target."""
    clock, number = SystemClock(), 0
    with home.lock(clock), home.rebuilding(clock, who=who, why=why) as ledger:
        run = run_over(workspace, tenant, lambda: ledger, date=date)
        with run:
            for each in ready:
                found = run.plan(each)
                if found.planner is None:
                    told(each.integration.name, f"stopped: {found.plan.stopped}")
                    continue
                delivery = run.delivery("rebuild", each.integration.connectors)
                applier = Applier(
                    found.planner,
                    ledger,
                    delivery,
                    rule_digest=each.integration.digest,
                    told=lambda _document, _what: None,
                )
                collected = applier.collect()
                number += collected
                told(each.integration.name, f"{collected} documents found")
    return number
