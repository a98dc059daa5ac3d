"""How much one run may do, judged before its first write."""

from __future__ import annotations

from decimal import Decimal

from rules_run.errors import LimitReached
from rules_run.ledger.ledger import Ledger
from rules_run.mapping.difference import digest
from rules_run.model.plan import Action, Plan
from rules_run.model.rules import Assignment, Integration, Limits

LEAST_CREATES = 50
TIMES_THE_MONTH = 3


def check_limits(
    plan: Plan, integration: Integration, assignment: Assignment, *, busiest_day: int, approved: str | None
) -> None:
    """Raise LimitReached when a plan would pass a limit that nobody has approved.

    `busiest_day` is the most documents that one day of the last thirty saw made: where no limit is stated, creates may
    be three times that, and at least 50.
    """
    limits = effective(integration.limits, assignment.limits)
    creates = plan.count(Action.CREATE)
    updates = plan.count(Action.UPDATE)
    most = limits.creates if limits.creates is not None else max(LEAST_CREATES, TIMES_THE_MONTH * busiest_day)
    money = plan.tally.money
    known = sum(plan.count(action) for action in (Action.UPDATE, Action.NOTHING, Action.FINISH))
    passed = [
        f"{creates} documents to create, the limit is {most}" if creates > most else "",
        f"{updates} documents to update, the limit is {limits.updates}"
        if limits.updates is not None and updates > limits.updates
        else "",
        f"{updates} of {known} known documents change, the limit is {limits.percent} percent"
        if limits.percent is not None and known and updates * 100 > limits.percent * known
        else "",
        f"{plan.count(Action.FAIL)} documents fail, the limit is {limits.failures}"
        if limits.failures is not None and plan.count(Action.FAIL) > limits.failures
        else "",
        f"{money:,.2f} in new documents, the limit is {limits.money}"
        if isinstance(limits.money, int | Decimal) and money > limits.money
        else "",
    ]
    said = [text for text in passed if text]
    if said and approved != plan_digest(plan):
        raise LimitReached(
            f"{plan.integration} stopped before its first write: {'; '.join(said)}.\n"
            f"If that is right, apply once with --approve {plan_digest(plan)}"
        )


def check_memory(plan: Plan, ledger: Ledger, *, approved: str | None) -> None:
    """Raise LimitReached when a ledger that was in use knows nothing at all: what it forgot would be made again."""
    creates = plan.count(Action.CREATE)
    forgetful = creates and ledger.was_in_use and ledger.empty() and not ledger.runs.earlier()
    if forgetful and approved != plan_digest(plan):
        raise LimitReached(
            f"{plan.integration} stopped before its first write: the ledger of {plan.tenant} was in use and is empty, "
            f"and {creates} documents would be created.\n"
            "If none of them can be in the target already, apply once with "
            f"--approve {plan_digest(plan)}"
        )


def effective(stated: Limits, tenant: Limits | None) -> Limits:
    """Return the file's limits with the tenant's values in their place."""
    if tenant is None:
        return stated
    names = ("creates", "updates", "percent", "failures", "money")
    values = {name: getattr(tenant, name) for name in names}
    return Limits(**{name: getattr(stated, name) if value is None else value for name, value in values.items()})


def plan_digest(plan: Plan) -> str:
    """Return the short digest by which a person approves exactly this plan."""
    return digest([plan.tenant, plan.integration, [each.digest for each in plan.documents]])[:12]
