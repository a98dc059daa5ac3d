"""One case under way: its systems, its ledger and its clock, run by run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules_run.errors import ConnectorUnusable
from rules_run.failpoints import watched
from rules_run.language.tables import table_from_rows
from rules_run.ledger.ledger import Ledger
from rules_run.mapping.spots import Mark
from rules_run.model.plan import Action
from rules_run.model.problem import Problem
from rules_run.model.rule_tests import Case, RuleTests, Step
from rules_run.model.rules import Assignment, Integration, Limits, Table, Tenant
from rules_run.runtime.ready import Ready
from rules_run.runtime.run import Result, Run, apply_integration
from rules_run.runtime.summary import in_order
from rules_run.testing.clock import TestClock, moment
from rules_run.testing.comparing import Happened, compare, counted, nothing_more
from rules_run.testing.crashing import Crash, Crasher
from rules_run.testing.ending import Ending, ending
from rules_run.testing.recording import Sent
from rules_run.testing.systems import Systems

TENANT = "rule-test"
NO_LIMITS = Limits(creates=1_000_000)
WAIT = 20.0
DAY = 25 * 3600.0
SETTLING_WAITS = (20.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
"""Seconds that pass before each further run: what a busy system asks for is over by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the cases of a file try: an integration with its own tables; `reached` takes what they come to of it."""

    tests: RuleTests
    integration: Integration
    tables: Mapping[str, Table]
    workspace: Path
    reached: set[Mark] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a case went: what was not as expected, and how everything stands in the end."""

    problems: tuple[Problem, ...]
    ending: Ending


def play(subject: Subject, case: Case, crasher: Crasher) -> Played:
    """Play a case; with a crash in it only what is written too often is a problem, the rest is for the ending."""
    tests = subject.tests
    clock = TestClock(moment(case.first.now or tests.now, tests.time_zone))
    aliases = subject.integration.connectors
    systems = Systems(
        aliases,
        workspace=subject.workspace,
        clock=clock,
        picklists=dict(tests.picklists),
        words={alias: {**tests.sandboxes.get(alias, {}), **case.sandboxes.get(alias, {})} for alias in aliases},
    )
    ledger = Ledger.in_memory(tenant=TENANT, clock=clock)
    tenant = Tenant(name=TENANT, time_zone=tests.time_zone, connectors=(), integrations=())
    run = Run(tenant=tenant, open_ledger=lambda: ledger, clock=clock, opener=lambda alias: systems.connectors[alias])
    systems.give(tests.given)
    with run:
        under_way = _Play(subject=subject, case=case, clock=clock, systems=systems, run=run, crasher=crasher)
        problems = under_way.all()
        return Played(problems=tuple(problems), ending=ending(systems, ledger))


@dataclass(slots=True, kw_only=True)
class _Play:
    subject: Subject
    case: Case
    clock: TestClock
    systems: Systems
    run: Run
    crasher: Crasher
    settings: dict[str, object] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def all(self) -> list[Problem]:
        """Play step after step, up to one that goes wrong."""
        tests = self.subject.tests
        defaults = {setting.name: setting.default for setting in self.subject.integration.settings}
        self.settings = {**defaults, **tests.settings}
        self.tables = dict(self.subject.tables)
        problems = self._add_tables(tests.tables)
        self.systems.script(self.case.reply)
        for step in (self.case.first, *self.case.then):
            self.clock.move_to(moment(step.now or self.case.first.now or tests.now, tests.time_zone))
            problems += self._step(step)
            if problems:
                break
        return problems

    def _step(self, step: Step) -> list[Problem]:
        """Run once and compare, let time pass until no answer is open, then run again: it must write nothing."""
        self.systems.give(step.given)
        self.systems.give(step.replace, replace=True)
        self.settings.update(step.settings)
        problems = self._add_tables(step.tables)
        if problems:
            return problems
        origin = step.origin if step.origin.file else self.case.origin
        found, happened = self._try()
        sent = [each for each in self.systems.taken() if self._counts(each)]
        for wait in SETTLING_WAITS:
            if found is not None and not _open(found):
                break
            self.clock.advance(wait)
            found, _unused = self._try()
            self.systems.taken()
        # What nobody could find out by then stands before a person in a day.
        self.clock.advance(DAY if self.crasher.crashed and (found is None or _open(found)) else WAIT)
        self._try()
        problems += nothing_more(self.systems.taken(), origin)
        if self.crasher.crashed:
            return problems
        found_now = {name: self.systems.count(name) for name in step.records}
        return [*compare(step.expect, sent, happened, origin), *problems, *counted(step.records, found_now, origin)]

    def _try(self) -> tuple[Result | None, list[Happened]]:
        """Run once; a crash leaves no result, and nothing but the ledger and what the systems have kept."""
        try:
            with watched(self.crasher):
                return self._apply()
        except Crash:
            self.systems.restart()
            self.run.connectors.clear()
            return None, []

    def _apply(self) -> tuple[Result | None, list[Happened]]:
        run, integration = self.run, self.subject.integration
        run_id = run.ledger.runs.start()
        delivery = run.delivery(run_id, integration.connectors)
        delivery.settle()
        ready = Ready(
            tenant=run.tenant,
            integration=integration,
            tables=self.tables,
            settings=dict(self.settings),
            assignment=Assignment(integration=integration.name, limits=NO_LIMITS),
            reached=self.subject.reached,
        )
        try:
            result = apply_integration(run, ready, delivery)
        except ConnectorUnusable as error:
            run.ledger.runs.end(run_id, error.exit_code)
            return None, [self._unusable(str(error))]
        run.ledger.runs.end(run_id, result.exit_code)
        return result, [*self._stops(result), *self._outcomes(result)]

    def _stops(self, result: Result) -> Iterator[Happened]:
        stopped = result.plan.stopped
        for each in self.subject.integration.preconditions:
            if stopped is not None and each.that.origin == stopped.origin:
                yield Happened(outcome="stop", of=each.name, key="", says=stopped.message)

        if result.applied.stopped:
            yield self._unusable(result.applied.stopped)

    def _unusable(self, says: str) -> Happened:
        """Return that the run ended at a system, which its message names first."""
        aliases = self.subject.integration.connectors
        named = (alias for alias in aliases if says.startswith((f"{alias}.", f"{alias}:", f"{alias} ")))
        return Happened(outcome="stop", of=next(named, ""), key="", says=says)

    def _outcomes(self, result: Result) -> Iterator[Happened]:
        words = {Action.HOLD: "hold", Action.FAIL: "fail", Action.SKIP: "skip"}
        for document in in_order(result.planner) if result.planner is not None else ():
            rule = document.rule.rule.name
            if self.case.only and rule not in self.case.only:
                continue
            if document.action in words:
                said = str(document.problem) if document.problem else document.cause
                yield Happened(outcome=words[document.action], of=rule, key=document.key, says=said)
            for warning in document.warnings:
                yield Happened(outcome="warning", of=rule, key=document.key, says=warning.message)

    def _counts(self, sent: Sent) -> bool:
        """Say whether a write belongs to the rules that the case looks at."""
        if not self.case.only:
            return True
        rules = [rule for rule in self.subject.integration.rules if rule.name in self.case.only]
        named = {rule.to.resource for rule in rules}
        further = {each.to.resource for rule in rules for each in (*rule.on_success, *rule.on_failure)}
        virtual = any(isinstance(each, str) and each.endswith("ServiceQuantities") for each in named)
        return sent.resource in named | further or (virtual and sent.resource.endswith("ContractServiceAdjustments"))

    def _add_tables(self, rows: Mapping[str, Any]) -> list[Problem]:
        problems: list[Problem] = []
        for name, listed in rows.items():
            spec = next((spec for spec in self.subject.integration.tables if spec.name == name), None)
            if spec is None:
                continue
            table, faults = table_from_rows(spec, listed, spec.file, [self.case.origin] * len(listed))
            problems += faults
            if table is not None:
                self.tables[name] = table
        return problems


def _open(result: Result) -> bool:
    """Say whether something is still to be found out or sent."""
    waiting = {"Queued", "Sending"}
    return bool(result.applied.checking) or any(each.word in waiting for each in result.applied.unfinished)
