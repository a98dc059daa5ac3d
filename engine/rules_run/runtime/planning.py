"""Plans one integration for one tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from rules_run.connect.contract import Connector
from rules_run.ledger.ledger import Ledger
from rules_run.mapping.compiled import RuleCompiler
from rules_run.mapping.difference import digest
from rules_run.mapping.point import Scope, Setting
from rules_run.model.plan import Plan
from rules_run.model.problem import Problem
from rules_run.runtime.intended import Holder
from rules_run.runtime.lookups import Lookups
from rules_run.runtime.planner import Planner
from rules_run.runtime.ready import Ready
from rules_run.runtime.resolving import attempt
from rules_run.runtime.scratch import Scratch
from rules_run.runtime.shelf import Keep, everything
from rules_run.runtime.summary import plan_of
from rules_run.runtime.world import World, ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedIntegration:
    """A plan and the planner that can carry it out; there is none where a precondition stopped it."""

    ready: Ready
    plan: Plan
    planner: Planner | None


def plan_integration(
    ready: Ready,
    *,
    connectors: Mapping[str, Connector],
    ledger: Ledger,
    now: datetime,
    date: str,
    check_targets: bool = False,
    applying: bool = False,
    keep: Keep = everything,
    scratch: Scratch | None = None,
) -> PlannedIntegration:
    """Read both sides and plan; nothing is written.

    `applying` keeps the time of the integration's first run, `keep` says which documents are needed afterwards.
    """
    scratch = scratch or Scratch()
    lookups = Lookups(connectors, partial(ledger.authors.last_written, ready.integration.name), scratch)
    first = ledger.cursors.first_run(ready.integration.name, now, note=applying)
    outer = _outer(ready, now, first, date)
    planner = Planner(_world(ready, lookups, ledger, outer, scratch, check_targets=check_targets), keep)
    stopped = _precondition(planner, ready)
    if stopped is not None:
        plan = replace(plan_of(planner, rule_digest=ready.integration.digest, date=date), stopped=stopped)
        return PlannedIntegration(ready=ready, plan=plan, planner=None)
    planner.plan()
    plan = plan_of(planner, rule_digest=ready.integration.digest, date=date)
    return PlannedIntegration(ready=ready, plan=plan, planner=planner)


def _outer(ready: Ready, now: datetime, first: datetime, date: str) -> Scope:
    """Return what every record of the run sees."""
    return {
        "settings": dict(ready.settings),
        "run": {"date": date, "now": now.isoformat(), "first": first.astimezone(now.tzinfo).isoformat()},
        "table": {name: list(table.rows) for name, table in ready.tables.items()},
        "tenant": {"name": ready.tenant.name, "time_zone": ready.tenant.time_zone},
    }


def _world(
    ready: Ready, lookups: Lookups, ledger: Ledger, outer: Scope, scratch: Scratch, *, check_targets: bool
) -> World:
    compiler = RuleCompiler(Setting(ready.tables, ready.tenant.currency_places, ready.reached))
    return World(
        integration=ready.integration,
        tenant=ready.tenant,
        compiler=compiler,
        rules={rule.name: compiler.rule(rule) for rule in ready.integration.rules},
        order=ordered(ready.integration),
        lookups=lookups,
        ledger=ledger,
        outer=outer,
        digest=digest(
            [ready.integration.digest, ready.settings, {name: table.rows for name, table in ready.tables.items()}]
        ),
        check_targets=check_targets,
        scratch=scratch,
    )


def _precondition(planner: Planner, ready: Ready) -> Problem | None:
    """Return what the first precondition that does not hold says."""
    compiler, outer = planner.world.compiler, planner.world.outer
    for each in ready.integration.preconditions:
        if each.active is not None and not compiler.condition(each.active)(outer):
            continue
        definitions = compiler.definitions(each.with_, ())
        that, message = compiler.condition(each.that), compiler.value(each.message)
        holder = Holder(scope=dict(outer))
        planner.resolver.need(that.needs | message.needs, definitions, [holder])
        held = attempt(holder, that) if holder.alive else False
        if held is not True:
            said = attempt(holder, message) if holder.alive else None
            text = str(said) if said is not None else (holder.problem.message if holder.problem else each.name)
            return Problem(code="M080", message=text, origin=each.that.origin)
    return None
