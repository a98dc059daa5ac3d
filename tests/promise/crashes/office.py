"""The same deaths in whole runs: rules are planned, documents made, written and finished by everything there is."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rules_run.failpoints import watched
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.sqlite import MemoryStore
from rules_run.model.plan import Action
from rules_run.testing.clock import TestClock, moment

from ...delivery.target import Died
from ...runtime.memory import NOW, Office, System
from .oracle import Flaw
from .simulation import EMPTY, Watch

WAIT, CLEAN_RUNS = 4000.0, 6
JOBS = """
rules:
  job:
    from: {read: crm.Tickets, as: ticket, where: {job: {empty: true}}}
    key: ticket.id
    check: [{that: "ticket.company != `null`", message: "Ticket {{ ticket.id }} has no company."}]
    to: {write: erp.Jobs, match: {ref: "T{{ ticket.id }}"}, set: {title: ticket.title, ticket: ticket.id}}
    on_success:
      number: {write: crm.Tickets, mode: update, match: {id: ticket.id}, set: {job: "{{ result.id }}"}}
    on_failure:
      card: {write: erp.Cards, match: {code: error.id}, set_once: {name: error.message}}
"""
INVOICES = """
rules:
  invoice:
    from: {read: crm.Items, as: item}
    group_by: {keys: {company: item.company}, sort: [item.id], as: g}
    claim: g.items[].id
    to:
      write: erp.Invoices
      mode: create
      marker: {memo: "Items {{ key }}"}
      narrow_by: [customer]
      set:
        customer: g.company
        total: sum(g.items[].price)
        lines: [{each: g.items, as: item, set: {text: item.text, price: item.price}}]
"""
CARDS = """
rules:
  card:
    from: {read: crm.Companies, as: company, cursor: changed}
    key: company.id
    to: {write: erp.Cards, set: {name: company.name, code: company.code}}
"""
STORIES = {"jobs": JOBS, "invoices": INVOICES, "cards": CARDS}
ENDINGS = {
    "jobs": {"Jobs": 2, "Cards": 1, "tickets with a job": 2},
    "invoices": {"Invoices": 2, "lines": 3},
    "cards": {"Cards": 3},
}


@dataclass(slots=True)
class OfficeLab:
    """An office that is set up anew for each trial of one story."""

    folder: Path
    story: str
    office: Office = field(init=False)
    store: MemoryStore = field(init=False)
    lineage: str = field(init=False)

    def __post_init__(self) -> None:
        self.office, self.store = Office(folder=self.folder), MemoryStore()
        self.lineage = self.store.set_up()
        problems = self.office.rules(STORIES[self.story])
        assert problems == (), problems

    def play(self, *deaths: int) -> tuple[list[list[str]], list[Flaw]]:
        """Let one run after the other die at the place of its turn, then run until it is quiet."""
        self._anew()
        passed, wrong = [], []
        for at in deaths or (None,):
            passed.append(self._run(at))
            wrong += self._early()
        for _ in range(CLEAN_RUNS):
            before = self._sent()
            passed.append(self._run(None))
            if self._sent() == before and not self.office.ledger.sending.unsettled():
                break
        return passed, [*wrong, *self._flaws()]

    def _sent(self) -> int:
        return len(self.office.crm.sent) + len(self.office.erp.sent)

    def trials(self) -> Iterator[int]:
        """Yield every place at which a first run can die."""
        passed, _ = self.play()
        yield from range(len(passed[0]))

    def _anew(self) -> None:
        with self.store.engine.connect() as connection:
            session = connection.connection.driver_connection
            assert session is not None
            session.executescript(EMPTY)
        office = self.office
        office.clock = clock = TestClock(moment(NOW, "Etc/UTC"))
        office.crm, office.erp = System(alias="crm", clock=clock), System(alias="erp", clock=clock)
        for number in (1, 2, 3):
            office.crm.give("Tickets", id=number, title=f"T{number}", company=7 if number < 3 else None)
            # Days apart: what a cursor has passed is not read again for having changed a moment before.
            changed = f"2026-06-0{number}T08:00:00Z"
            office.crm.give("Companies", id=number, name=f"C{number}", code=f"N{number}", vip=True, changed=changed)
            office.crm.give("Items", id=number, company=7 if number < 3 else 8, text=f"T{number}", price=10)

    def _run(self, at: int | None) -> list[str]:
        office, watch = self.office, Watch(at)
        office.ledger = Ledger(self.store, tenant="t", clock=office.clock, lineage=self.lineage)
        with watched(watch), contextlib.suppress(Died):
            office.apply()
        office.clock.advance(WAIT)
        return watch.passed

    def _early(self) -> Iterator[Flaw]:
        """Yield where a ticket speaks of a job that the ledger does not know yet."""
        told = {str(ticket["id"]): ticket["job"] for ticket in self.office.crm.rows("Tickets") if ticket.get("job")}
        known = self.office.ledger.known("crm-erp/job", told)
        for ticket, job in told.items():
            if ticket not in known or known[ticket].target_id != job:
                yield Flaw(kind="false_done", text=f"ticket {ticket} speaks of job {job} before the ledger does")

    def _flaws(self) -> Iterator[Flaw]:
        found = self._found()
        for name, wanted in ENDINGS[self.story].items():
            if found[name] != wanted:
                kind = "duplicates" if found[name] > wanted else "lost"
                yield Flaw(kind=kind, text=f"{found[name]} {name}, not {wanted}")
        plan = self.office.plan()
        for each in plan.documents:
            if each.action in {Action.CREATE, Action.UPDATE, Action.FINISH, Action.ADOPT}:
                yield Flaw(kind="stuck", text=f"{each.rule} {each.key} is still to be {each.action}d")

    def _found(self) -> Counter[str]:
        office = self.office
        found = Counter({name: len(rows) for name, rows in office.erp.records.items()})
        found["tickets with a job"] = sum(1 for ticket in office.crm.rows("Tickets") if ticket.get("job"))
        found["lines"] = sum(len(invoice["lines"]) for invoice in office.erp.rows("Invoices"))  # type: ignore[arg-type]
        return found
