"""Runs rule tests: each case through plan, ledger, delivery and the systems' own stand-ins, and then once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules_run.language.tables import table_from_rows
from rules_run.ledger.ledger import Ledger
from rules_run.model.plan import Action
from rules_run.model.problem import Problem
from rules_run.model.rule_tests import Case, RuleTests, Step
from rules_run.model.rules import Assignment, Integration, Limits, Table, Tenant
from rules_run.runtime.ready import Ready
from rules_run.runtime.run import Result, Run, apply_integration
from rules_run.runtime.summary import in_order
from rules_run.testing.clock import TestClock, moment
from rules_run.testing.comparing import Happened, compare, counted, nothing_more
from rules_run.testing.systems import Systems

TENANT = "rule-test"
NO_LIMITS = Limits(creates=1_000_000)
WAIT = 20.0
SETTLING_RUNS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What came of one case."""

    name: str
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Say whether everything was as expected."""
        return not self.problems


@dataclass(slots=True, kw_only=True)
class World:
    """What one case runs in."""

    tests: RuleTests
    case: Case
    integration: Integration
    tables: Mapping[str, Table]
    workspace: Path
    settings: dict[str, object] = field(default_factory=dict)


def run_tests(
    tests: RuleTests, integration: Integration, tables: Mapping[str, Table], workspace: Path
) -> Iterator[CaseResult]:
    """Run every case of a file."""
    for case in tests.cases:
        world = World(tests=tests, case=case, integration=integration, tables=dict(tables), workspace=workspace)
        yield CaseResult(name=case.name, problems=tuple(_run_case(world)))


def _run_case(world: World) -> list[Problem]:
    tests, case = world.tests, world.case
    clock = TestClock(moment(case.first.now or tests.now, tests.time_zone))
    systems = Systems(
        world.integration.connectors, workspace=world.workspace, clock=clock, picklists=_plain(tests.picklists)
    )
    ledger = Ledger.in_memory(tenant=TENANT, clock=clock)
    tenant = Tenant(name=TENANT, time_zone=tests.time_zone, connectors=(), integrations=())
    run = Run(tenant=tenant, open_ledger=lambda: ledger, clock=clock, opener=lambda alias: systems.connectors[alias])
    defaults = {setting.name: setting.default for setting in world.integration.settings}
    world.settings = {**defaults, **tests.settings}
    systems.give(tests.given)
    problems = _add_tables(world, tests.tables)
    with run:
        systems.script(case.reply)
        for step in (case.first, *case.then):
            clock.move_to(moment(step.now or case.first.now or tests.now, tests.time_zone))
            problems += _run_step(world, step, run, systems, clock)
            if problems:
                break
    return problems


def _run_step(world: World, step: Step, run: Run, systems: Systems, clock: TestClock) -> list[Problem]:
    """Run once and compare, let time pass until no answer is open, then run again: it must write nothing."""
    systems.give(step.given)
    systems.give(step.replace, replace=True)
    world.settings.update(step.settings)
    problems = _add_tables(world, step.tables)
    if problems:
        return problems
    origin = step.origin if step.origin.file else world.case.origin
    result, happened = _apply(world, run)
    sent = _taken(systems)
    problems += compare(step.expect, [each for each in sent if _counts(world, each.resource)], happened, origin)
    for _ in range(SETTLING_RUNS):
        if not (result.applied.checking or _waiting(result)):
            break
        clock.advance(WAIT)
        result, _ = _apply(world, run)
        _taken(systems)
    clock.advance(WAIT)
    _apply(world, run)
    problems += nothing_more(_taken(systems), origin)
    return problems + counted(step.records, {name: systems.count(name) for name in step.records}, origin)


def _apply(world: World, run: Run) -> tuple[Result, list[Happened]]:
    run_id = run.ledger.runs.start()
    delivery = run.delivery(run_id, world.integration.connectors)
    delivery.settle()
    assignment = Assignment(integration=world.integration.name, limits=NO_LIMITS)
    ready = Ready(
        tenant=run.tenant,
        integration=world.integration,
        tables=world.tables,
        settings=dict(world.settings),
        assignment=assignment,
    )
    happened: list[Happened] = []
    result = apply_integration(run, ready, delivery)
    stopped = result.plan.stopped
    if stopped is not None:
        named = [each.name for each in world.integration.preconditions if each.that.origin == stopped.origin]
        happened.append(Happened(outcome="stop", of=named[0], key="", says=stopped.message))
    happened.extend(_outcomes(world, result))
    run.ledger.runs.end(run_id, result.exit_code)
    return result, happened


def _outcomes(world: World, result: Result) -> Iterator[Happened]:
    words = {Action.HOLD: "hold", Action.FAIL: "fail", Action.SKIP: "skip"}
    if result.planner is None:
        return
    for document in in_order(result.planner):
        rule = document.rule.rule.name
        if world.case.only and rule not in world.case.only:
            continue
        if document.action in words:
            said = str(document.problem) if document.problem else document.cause
            yield Happened(outcome=words[document.action], of=rule, key=document.key, says=said)
        for warning in document.warnings:
            yield Happened(outcome="warning", of=rule, key=document.key, says=warning.message)


def _counts(world: World, resource: str) -> bool:
    """Say whether a write to a resource belongs to the rules that a case looks at."""
    if not world.case.only:
        return True
    named = {rule.to.resource for rule in world.integration.rules if rule.name in world.case.only}
    further = {
        each.to.resource
        for rule in world.integration.rules
        if rule.name in world.case.only
        for each in (*rule.on_success, *rule.on_failure)
    }
    virtual = any(isinstance(each, str) and each.endswith("ServiceQuantities") for each in named)
    return resource in named | further or (virtual and resource.endswith("ContractServiceAdjustments"))


def _taken(systems: Systems) -> list[Any]:
    """Return what was sent since the last time, in order."""
    sent = [each for connector in systems.connectors.values() for each in connector.sent]
    for connector in systems.connectors.values():
        connector.sent.clear()
    return sent


def _waiting(result: Result) -> bool:
    return any(each.word in {"Queued", "Sending"} for each in result.applied.unfinished)


def _add_tables(world: World, rows: Mapping[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    found = dict(world.tables)
    for name, listed in rows.items():
        spec = next((spec for spec in world.integration.tables if spec.name == name), None)
        if spec is None:
            continue
        origins = [world.case.origin] * len(listed)
        table, faults = table_from_rows(spec, listed, spec.file, origins)
        problems += faults
        if table is not None:
            found[name] = table
    world.tables = found
    return problems


def _plain(picklists: Mapping[str, object]) -> dict[str, Any]:
    return dict(picklists)
