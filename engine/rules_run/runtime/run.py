"""One run over one tenant: opens what it needs, plans, applies, and counts what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from rules_run.connect.contract import Connector, Usage
from rules_run.delivery.deciding import Decider
from rules_run.delivery.delivery import Delivery
from rules_run.errors import LedgerUnusable
from rules_run.ledger.ledger import Ledger
from rules_run.model.clock import Clock
from rules_run.model.plan import Action, Plan
from rules_run.model.rules import Tenant
from rules_run.runtime.applied import Applied
from rules_run.runtime.applying import Applier, Told
from rules_run.runtime.intended import Document
from rules_run.runtime.limits import check_limits, check_memory
from rules_run.runtime.planner import Planner
from rules_run.runtime.planning import PlannedIntegration, plan_integration
from rules_run.runtime.ready import Ready
from rules_run.runtime.saved_plan import Identity, identity_of
from rules_run.runtime.scratch import AT_ONCE, Scratch
from rules_run.runtime.shelf import Keep, everything, unfinished
from rules_run.runtime.summary import planned

Opener = Callable[[str], Connector]
"""Opens the tenant's account of an alias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one integration came to in an apply."""

    plan: Plan
    applied: Applied
    planner: Planner | None = None
    stale: tuple[Identity, ...] = ()

    @property
    def exit_code(self) -> int:
        """Return the code by which the command leaves for this integration alone."""
        if self.plan.stopped is not None or self.applied.stopped or self.applied.unfinished or self.applied.checking:
            return 3
        return 6 if self.stale else 0


@dataclass(slots=True, kw_only=True)
class Run:
    """A run: use it as a context manager."""

    tenant: Tenant
    open_ledger: Callable[[], Ledger]
    clock: Clock
    opener: Opener
    date: str = ""
    lock: AbstractContextManager[object] | None = None
    folder: Path | None = None
    """Where may be put what does not fit into memory; the system's own folder for such files without one."""
    at_once: int = AT_ONCE
    """How many records are worked on together."""
    title: Callable[[str], str] = str
    """Names the system behind an alias, for people."""
    connectors: dict[str, Connector] = field(default_factory=dict)
    _ledger: Ledger | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Take the run lock, if there is one, and open the ledger under it."""
        with ExitStack() as opening:
            if self.lock is not None:
                opening.enter_context(self.lock)
            self._ledger = self.open_ledger()
            opening.callback(self._ledger.close)
            self._stack = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what was opened."""
        self._stack.close()

    @property
    def ledger(self) -> Ledger:
        """Return the ledger of the open run."""
        if self._ledger is None:
            raise LedgerUnusable("The run is not open.")
        return self._ledger

    def now(self) -> datetime:
        """Return the time in the tenant's zone."""
        return self.clock.now().astimezone(ZoneInfo(self.tenant.time_zone))

    def plan(
        self, ready: Ready, *, check_targets: bool = False, applying: bool = False, keep: Keep = everything
    ) -> PlannedIntegration:
        """Plan one integration; `keep` says which documents are needed afterwards."""
        now, scratch = self.now(), Scratch(self.folder, self.at_once)
        self._stack.callback(scratch.close)
        return plan_integration(
            ready,
            connectors=self._open(ready.integration.connectors),
            ledger=self.ledger,
            now=now,
            date=self.date or now.date().isoformat(),
            check_targets=check_targets,
            applying=applying,
            keep=keep,
            scratch=scratch,
        )

    def delivery(self, run_id: str, aliases: Iterable[str]) -> Delivery:
        """Return what sends in this run."""
        connectors = self._open(aliases)
        return Delivery(
            ledger=self.ledger,
            connectors=connectors,
            clock=self.clock,
            run_id=run_id,
            zone=ZoneInfo(self.tenant.time_zone),
            names={alias: self.title(alias) for alias in connectors},
        )

    def decider(self, aliases: Iterable[str], *, who: str, why: str) -> Decider:
        """Return what carries out the decisions of one person."""
        return Decider(
            ledger=self.ledger,
            connectors=self._open(aliases),
            clock=self.clock,
            zone=ZoneInfo(self.tenant.time_zone),
            who=who,
            why=why,
        )

    def calls(self) -> Mapping[str, int]:
        """Return how many requests each account saw."""
        return {alias: connector.calls() for alias, connector in self.connectors.items()}

    def usage(self) -> Mapping[str, Usage]:
        """Return how much of its system's quota each account has used, where there is one."""
        found = {alias: connector.usage() for alias, connector in self.connectors.items()}
        return {alias: usage for alias, usage in found.items() if usage is not None}

    def _open(self, aliases: Iterable[str]) -> Mapping[str, Connector]:
        for alias in aliases:
            if alias not in self.connectors:
                connector = self.opener(alias)
                self.connectors[alias] = connector
                self._stack.callback(connector.close)
        return self.connectors


def apply_integration(
    run: Run,
    ready: Ready,
    delivery: Delivery,
    *,
    saved: Mapping[Identity, str] | None = None,
    approved: str | None = None,
    check_targets: bool = False,
    before: Callable[[PlannedIntegration], None] = lambda _: None,
    told: Told = lambda _document, _what: None,
) -> Result:
    """Plan one integration and write it; with a saved plan, exactly that and nothing that has moved since."""
    found = run.plan(ready, check_targets=check_targets, applying=True, keep=unfinished)
    before(found)
    if found.planner is None:
        return Result(plan=found.plan, applied=Applied())
    days = run.ledger.runs.creates_by_day(ready.integration.name)
    busiest = max(days.values(), default=0)
    check_limits(found.plan, ready.integration, ready.assignment, busiest_day=busiest, approved=approved)
    check_memory(found.plan, run.ledger, approved=approved)
    applier = Applier(found.planner, run.ledger, delivery, rule_digest=ready.integration.digest, told=told)
    if saved is None:
        return Result(plan=found.plan, applied=applier.apply(lambda _: True), planner=found.planner)
    planner = found.planner

    def unchanged(document: Document) -> bool:
        value = planned(planner, document)
        return saved.get(identity_of(value)) == value.digest

    applied = applier.apply(unchanged)
    stale = (*_stale(found.plan, saved), *applied.left_out)
    return Result(plan=found.plan, applied=applied, planner=planner, stale=stale)


def _stale(plan: Plan, saved: Mapping[Identity, str]) -> tuple[Identity, ...]:
    """Return the documents of a saved plan that would be written otherwise by now, or not at all."""
    writing = {Action.CREATE, Action.UPDATE, Action.ADOPT, Action.FINISH}
    moved = {identity: digest for identity, digest in saved.items() if identity[2] in writing}
    for each in plan.documents:
        if moved.get(identity_of(each)) == each.digest:
            del moved[identity_of(each)]
    return tuple(moved)
