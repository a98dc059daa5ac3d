"""Two small systems in memory and an integration between them, run as a run does: plan, ledger, delivery."""

from __future__ import annotations

import textwrap
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from rules_run.connect.contract import StaleSend, Timing
from rules_run.language.validate import check_integration, load_integration
from rules_run.ledger.ledger import Ledger
from rules_run.mapping.filtering import matches
from rules_run.model.catalogue import Catalogue, Field, Resource
from rules_run.model.exchange import Condition, Outcome, Query, Record, Request, Safety, Verb, Verdict, Write
from rules_run.model.plan import Action, Plan
from rules_run.model.problem import Problem
from rules_run.model.rules import Assignment, Tenant
from rules_run.runtime.applied import Applied
from rules_run.runtime.ready import Ready
from rules_run.runtime.run import Result, Run, apply_integration
from rules_run.testing.clock import TestClock, moment

NOW = "2026-06-04T10:00:00"
RESOURCES = """
crm:
  Companies: {id: integer, name: text, code: text, vip: boolean, card: text, changed: datetime}
  Tickets: {id: integer, title: text, company: integer, job: text, number: text, changed: datetime, made: datetime}
  Items: {id: integer, ticket: integer, company: integer, order: text, text: text, price: decimal, posted: date}
erp:
  Cards: {id: integer, code: text, name: text, blocked: boolean, ref: text}
  Jobs: {id: integer, ref: text, ticket: integer, title: text, invoice: text}
  Stock: {id: integer, job: integer, text: text, price: decimal, ref: text}
  Invoices: {id: integer, memo: text, customer: integer, total: decimal, number: text, void: boolean, lines: list}
"""
MARKERS = {"Cards": "ref", "Stock": "ref", "Invoices": "memo"}
UNSEARCHABLE = {("Invoices", "memo")}
MADE_BY_THE_SYSTEM = {("Jobs", "invoice"), ("Invoices", "number"), ("Invoices", "void")}
HEAD = """
language: 1
name: crm-erp
version: 1.0.0
description: The office and the books.
connectors: {crm: crm, erp: erp}
"""


def catalogue(alias: str) -> Catalogue:
    """Return what a system offers."""
    described = yaml.safe_load(RESOURCES)[alias]
    return Catalogue(loaders={name: _loader(name, fields) for name, fields in described.items()})


def _loader(name: str, fields: dict[str, str]) -> Callable[[], Resource]:
    made = {
        field: Field(
            name=field,
            type=kind,  # type: ignore[arg-type]
            read_only=field == "id" or (name, field) in MADE_BY_THE_SYSTEM,
            filterable=(name, field) not in UNSEARCHABLE,
        )
        for field, kind in fields.items()
        if field != "money"
    }
    return lambda: Resource(
        name=name,
        path=name,
        operations=frozenset({"read", "create", "update"}),
        id_field="id",
        id_pattern="[0-9]+",
        fields=made,
        money=name in {"Invoices", "Stock"},
        marker=MARKERS.get(name),
        void="void" if name == "Invoices" else None,
    )


class Died(BaseException):
    """The process ended here: nothing after it ran."""


@dataclass(kw_only=True)
class System:
    """A system in memory; each send takes the next of `faults`.

    They are refuse, lost (made, no answer), nothing (not made, no answer) and die (before anything is made).
    """

    alias: str
    clock: TestClock
    records: dict[str, dict[int, Record]] = field(default_factory=dict)
    sent: list[Write] = field(default_factory=list)
    asked: list[Query] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    timing: Timing = field(default_factory=lambda: Timing(deadline=5, settle=1, negative_gap=1))
    width: int = 1

    def __post_init__(self) -> None:
        self.catalogue = catalogue(self.alias)
        self._writes: dict[str, Write] = {}

    def give(self, resource: str, **values: object) -> Record:
        """Add a record, or change it where its id is there."""
        table = self.records.setdefault(resource, {})
        number = int(str(values.get("id") or 1000 + len(table)))
        table[number] = {**table.get(number, {}), **values, "id": number}
        return table[number]

    def rows(self, resource: str) -> list[Record]:
        """Return the records of a resource."""
        return list(self.records.get(resource, {}).values())

    def read(self, query: Query) -> Iterator[list[Record]]:
        self.asked.append(query)
        assert all(condition.op != "ours" for condition in query.where)
        yield [dict(record) for record in self.rows(query.resource) if matches(record, query.where)]

    def unpushed(self, query: Query) -> tuple[Condition, ...]:
        return ()

    def canonical(self, resource: str, values: Record) -> Record:
        return dict(values)

    def prepare(self, write: Write) -> Request:
        key = f"{len(self._writes)}"
        self._writes[key] = write
        return Request(resource=write.resource, verb=write.verb, method="POST", path=key, body=b"", digest=key)

    def send(self, request: Request, guard: Callable[[], None]) -> Verdict:
        try:
            guard()
        except StaleSend as stale:
            return Verdict(outcome=Outcome.NOT_SENT, message=str(stale))
        write = self._writes[request.path]
        fault = self.faults.popleft() if self.faults else ""
        self.sent.append(write)
        if fault == "die":
            raise Died
        if fault == "refuse":
            return Verdict(outcome=Outcome.REJECTED, message="no", status=400)
        if fault == "nothing":
            return Verdict(outcome=Outcome.UNKNOWN, message="reset")
        named = {} if write.target_id is None else {"id": write.target_id}
        record = self.give(write.resource, **{**write.values, **named})
        if fault == "lost":
            return Verdict(outcome=Outcome.UNKNOWN, message="reset")
        return Verdict(outcome=Outcome.APPLIED, status=200, target_id=str(record["id"]), record=dict(record))

    def safety(self, resource: str, verb: Verb, *, marked: bool) -> Safety:
        return Safety.IDEMPOTENT if verb == "update" else Safety.PROBE if marked else Safety.NOTHING

    def sees_all(self, resource: str) -> bool:
        return True

    def virtual(self, resource: str) -> None:
        return None

    def calls(self) -> int:
        return len(self.asked) + len(self.sent)

    def usage(self) -> None:
        return None

    def close(self) -> None:
        """Nothing is held."""


@dataclass(kw_only=True)
class Office:
    """An integration with its systems and its ledger, which last over many runs."""

    folder: Path
    clock: TestClock = field(default_factory=lambda: TestClock(moment(NOW, "Etc/UTC")))
    settings: dict[str, object] = field(default_factory=dict)
    at_once: int = 4_000

    def __post_init__(self) -> None:
        self.crm, self.erp = System(alias="crm", clock=self.clock), System(alias="erp", clock=self.clock)
        self.ledger = Ledger.in_memory(tenant="t", clock=self.clock)
        self.tenant = Tenant(name="t", time_zone="Etc/UTC", connectors=(), integrations=())

    def rules(self, text: str) -> tuple[Problem, ...]:
        """Write the rule file below its head, and return what is wrong with it."""
        self.file = self.folder / "crm-erp.rules.yaml"
        self.file.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
        return check_integration(load_integration(self.file), {alias: catalogue(alias) for alias in ("crm", "erp")})

    def plan(self) -> Plan:
        """Plan."""
        return self._run().plan(self._ready()).plan

    def apply(self, *, wait: float = 0.0, check_targets: bool = False) -> Result:
        """Let seconds pass, then run once as `apply` does."""
        self.clock.advance(wait)
        run = self._run()
        run_id = self.ledger.runs.start()
        delivery = run.delivery(run_id, ("crm", "erp"))
        delivery.settle()
        result = apply_integration(run, self._ready(), delivery, check_targets=check_targets)
        self.ledger.runs.end(run_id, result.exit_code)
        return result

    def applied(self, *, wait: float = 0.0) -> Applied:
        """Run once and return what was done."""
        return self.apply(wait=wait).applied

    def writes(self) -> list[tuple[str, str]]:
        """Return what was sent since the last time, as verb and `alias.Resource`."""
        sent = [
            (each.verb, f"{system.alias}.{each.resource}") for system in (self.crm, self.erp) for each in system.sent
        ]
        self.crm.sent.clear()
        self.erp.sent.clear()
        return sent

    def states(self, rule: str, *keys: str) -> list[str]:
        """Return how documents stand in the ledger."""
        known = self.ledger.known(f"crm-erp/{rule}", keys)
        return [known[key].state.value if key in known else "" for key in keys]

    def _run(self) -> Run:
        systems = {"crm": self.crm, "erp": self.erp}
        run = Run(
            tenant=self.tenant,
            open_ledger=lambda: self.ledger,
            clock=self.clock,
            opener=lambda a: systems[a],
            at_once=self.at_once,
        )
        run._ledger = self.ledger
        return run

    def _ready(self) -> Ready:
        loaded = load_integration(self.file)
        assert loaded.integration is not None
        defaults = {each.name: each.default for each in loaded.integration.settings}
        return Ready(
            tenant=self.tenant,
            integration=loaded.integration,
            tables=loaded.tables,
            settings={**defaults, **self.settings},
            assignment=Assignment(integration="crm-erp"),
        )


def actions(plan: Plan, rule: str) -> dict[str, Action]:
    """Return what a plan says about the documents of a rule, by key."""
    return {each.key: each.action for each in plan.documents if each.rule == rule}
