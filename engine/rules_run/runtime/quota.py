"""A system's quota for commands that only look: they keep to the share of a run, and write nothing down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from rules_run.connect.contract import Usage
from rules_run.connect.registry import Budgets
from rules_run.errors import RulesRunError
from rules_run.ledger.ledger import Ledger
from rules_run.model.rules import Tenant
from rules_run.runtime.clock import SystemClock
from rules_run.runtime.homes import home_of
from rules_run.runtime.workspace import Workspace


@contextmanager
def looking(workspace: Workspace, tenant: Tenant) -> Iterator[Budgets]:
    """Give what counts requests on top of those that the ledger knows, where there is one that can be read."""
    clock = SystemClock()
    try:
        ledger = home_of(workspace, tenant).open(clock, read_only=True)
    except RulesRunError:
        ledger = Ledger.in_memory(tenant=tenant.name, clock=clock)
    try:
        yield partial(ledger.rate, keep=False)
    finally:
        ledger.close()


def near(usages: Mapping[str, Usage]) -> Iterator[str]:
    """Yield a sentence for every account that has used more than half of its share."""
    for alias, usage in usages.items():
        if usage.used * 2 > usage.most * usage.share / 100:
            yield f"{alias}: {told(usage)}"


def told(usage: Usage) -> str:
    """Return how much of a quota is used, in words."""
    used = (
        f"{usage.used:,} of the {usage.most:,} requests that all its clients have in {usage.minutes} minutes are used"
    )
    rest = "so that others are not locked out; the next run goes on" if usage.spent else "and that is near"
    if usage.used * 2 <= usage.most * usage.share / 100:
        return f"{used}. At {usage.share} % nothing more is asked."
    return f"{used}. At {usage.share} % nothing more is asked, {rest}."
