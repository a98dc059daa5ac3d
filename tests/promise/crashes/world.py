"""A small world that outlives any number of processes: source, ledger, target and clock, and how a run goes over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from rules_run.delivery.deciding import Decider
from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import Marker, StepOrder
from rules_run.errors import NotPossible
from rules_run.ledger.history import What
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import (
    AdoptedDocument,
    Claim,
    Digests,
    DocState,
    Link,
    Payload,
    QueuedDocument,
    marker_for,
)
from rules_run.ledger.states import State
from rules_run.model.clock import Clock
from rules_run.model.exchange import Safety, Write

from ...delivery.books import MARKER
from ...delivery.small_run import RULE, key_of
from ...delivery.target import Target

SENDABLE = frozenset({State.QUEUED, State.RETRY})
OLD, NEW = Decimal("1000.00"), Decimal("1284.50")
SETTLED = 200.0
"""Seconds after which nothing of a send can arrive any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a run has to do: documents of one class, each with the writes that follow it.

    `standing` documents are in the target and have changed at their source; `brought_back` is a ledger from a backup,
    whose target knows more than it does; `members` are source records that a document spends.
    """

    name: str
    safety: Safety = Safety.PROBE
    source_ids: tuple[str, ...] = ("1",)
    follows: tuple[str, ...] = ("ticket",)
    standing: bool = False
    brought_back: bool = False
    members: bool = False

    def __str__(self) -> str:
        return self.name


SCENARIOS = (
    Scenario(name="invoice-and-ticket-P"),
    Scenario(name="invoice-and-ticket-K", safety=Safety.KEY),
    Scenario(name="invoice-and-ticket-U", safety=Safety.UNIQUE),
    Scenario(name="invoice-and-ticket-W", safety=Safety.NOTHING),
    Scenario(name="two-invoices-P", source_ids=("1", "2"), follows=(), members=True),
    Scenario(name="changed-invoice-I", standing=True),
    Scenario(name="invoice-with-lines-P", follows=("line-1", "line-2", "ticket")),
    Scenario(name="ledger-brought-back-P", source_ids=("1", "2"), brought_back=True),
)


@dataclass(slots=True, kw_only=True)
class World:
    """What lasts. A run takes its ledger from `open_ledger`, as a process does when it starts."""

    scenario: Scenario
    target: Target
    clock: Clock
    open_ledger: Callable[[], Ledger]
    close_ledger: Callable[[Ledger], object] = lambda _: None
    lock: Callable[[], AbstractContextManager[object]] = nullcontext

    def prepare(self) -> None:
        """Make what was there before the first run."""
        scenario, ledger = self.scenario, self.open_ledger()
        self.target.all_seen = True
        if scenario.standing:
            for number, source_id in enumerate(scenario.source_ids, start=500):
                self._stands(source_id, number, OLD)
                ledger.adopt([self._adopted(source_id, str(number), "old")])
        if scenario.brought_back:
            self._stands(scenario.source_ids[-1], 500, NEW)
            ledger.history.write(What.RESTORED, who="marie", why="the disk broke")
            self.clock.advance(SETTLED)  # type: ignore[attr-defined]
        self.close_ledger(ledger)

    def run(self) -> None:
        """Do one whole run, as one process does."""
        with self.lock():
            ledger = self.open_ledger()
            self._run(ledger)
            self.close_ledger(ledger)

    def _run(self, ledger: Ledger) -> None:
        run_id = ledger.runs.start()
        delivery = Delivery(
            ledger=ledger, connectors={"erp": self.target}, clock=self.clock, run_id=run_id, jitter=lambda: 1.0
        )
        delivery.settle()
        delivery.watch()
        for doc in self._queued(ledger):
            self._take(ledger, delivery, doc)
        ledger.runs.end(run_id, 0)

    def answer(self) -> bool:
        """Be the person: say truthfully of each document in doubt what stands in the target; say whether one was."""
        ledger, asked = self.open_ledger(), False
        for doc in ledger.known(RULE, self.scenario.source_ids).values():
            asked |= self._answered(ledger, doc)
        self.close_ledger(ledger)
        return asked

    def give_up(self) -> None:
        """Be a person who gives up whatever may be given up."""
        ledger = self.open_ledger()
        for doc in ledger.known(RULE, self.scenario.source_ids).values():
            if doc.state in {State.QUEUED, State.HELD, State.RETRY, State.PARKED}:
                self._decider(ledger).cancel(doc)
        self.close_ledger(ledger)

    def collect(self, ledger: Ledger) -> None:
        """Take into a ledger what stands in the target, as one does that was lost."""
        found = {source_id: self.made(source_id) for source_id in self.scenario.source_ids}
        ledger.adopt([self._adopted(each, str(made[0]["id"]), "new") for each, made in found.items() if made])

    def _decider(self, ledger: Ledger) -> Decider:
        return Decider(
            ledger=ledger, connectors={"erp": self.target}, clock=self.clock, zone=UTC, who="marie", why="looked"
        )

    def _answered(self, ledger: Ledger, doc: DocState) -> bool:
        decider = self._decider(ledger)
        if doc.state is State.HELD and doc.hold_code:
            decider.try_again(doc)
            return True
        if doc.state is not State.PARKED:
            return False
        there = self._truth(ledger, doc)
        try:
            if there is None:
                decider.not_there(doc)
            else:
                decider.there(doc, there)
        except NotPossible:
            return False  # it may still arrive: said again later
        return True

    def _truth(self, ledger: Ledger, doc: DocState) -> str | None:
        """Return the id under which the write in doubt really stands, None where it does not."""
        step, _ = ledger.operator("marie", "looked").in_doubt(doc)
        if step.intent.main:
            made = [record for record in self.made(doc.key.source_id) if str(record["Total"]) == str(NEW)]
            return str(made[0]["id"]) if made else None
        if step.intent.kind == "ticket":
            return doc.key.source_id if self._follows(doc, "ticket") else None
        lines = self.target.books.live(step.intent.marker, "Lines")
        return str(lines[0]["id"]) if lines else None

    def made(self, source_id: str) -> list[dict[str, object]]:
        """Return what the target really holds of a document, also where nobody can search for it."""
        marker = marker_for(key_of(source_id))
        with self.target.books.shared():
            self.target.books.arrive()
        return [
            record
            for record in self.target.records["Invoices"].values()
            if record.get(MARKER) == marker or record.get("Memo") == f"for {source_id}"
        ]

    def _queued(self, ledger: Ledger) -> Iterator[DocState]:
        """Bring the source's records into the ledger, two of them a page."""
        known = ledger.known(RULE, self.scenario.source_ids)
        due = [self._document(each) for each in self.scenario.source_ids if self._changed(known.get(each))]
        known |= {doc.key.source_id: doc for doc in ledger.enqueue(due)}
        yield from (known[source_id] for source_id in self.scenario.source_ids)

    def _changed(self, doc: DocState | None) -> bool:
        return doc is None or doc.state is State.HELD or (doc.state is State.DONE and doc.digests.plan != "new")

    def _take(self, ledger: Ledger, delivery: Delivery, doc: DocState) -> None:
        if doc.state in SENDABLE:
            doc = delivery.send(doc, self._main(doc), last=not self.scenario.follows).doc
        if doc.state is not State.APPLIED:
            return
        left = [name for name in self.scenario.follows if not self._follows(doc, name)]
        if not left:
            ledger.finish([doc.id])
        for name in left:
            result = delivery.send(doc, self._further(doc, name), last=name == left[-1])
            doc = result.doc
            if result.status != "applied":
                return

    def _follows(self, doc: DocState, name: str) -> bool:
        """Say whether a write that follows a document stands already."""
        if name == "ticket":
            ticket = self.target.records["Tickets"][int(doc.key.source_id)]
            return ticket.get("invoiceNumber") == doc.target_id
        return bool(self.target.books.live(f"{doc.marker}-{name}", "Lines"))

    def _main(self, doc: DocState) -> StepOrder:
        source_id, safety = doc.key.source_id, self.target.kind
        if self.scenario.standing:
            write = Write(resource="Invoices", verb="update", values={"Total": NEW}, target_id=doc.target_id)
            return StepOrder(
                kind="update", alias="erp", write=write, safety=Safety.IDEMPOTENT, expected={"Total": OLD}, money=True
            )
        marked = safety is not Safety.NOTHING
        values = {"Customer": "Northwind", "Total": NEW, "Date": "2026-06-04", "Memo": f"for {source_id}"}
        claim = Claim(integration="autotask-acomba", resource="psa.BillingItems", members=(source_id,))
        return StepOrder(
            kind="create",
            alias="erp",
            write=Write(resource="Invoices", verb="create", values=values | ({MARKER: doc.marker} if marked else {})),
            safety=safety,
            marker=Marker(field=MARKER, value=doc.marker) if marked else None,
            money=True,
            link=Link(name="invoice"),
            claim=claim if self.scenario.members else None,
        )

    def _further(self, doc: DocState, name: str) -> StepOrder:
        if name == "ticket":
            now = self.target.records["Tickets"][int(doc.key.source_id)].get("invoiceNumber")
            values = {"invoiceNumber": doc.target_id}
            write = Write(resource="Tickets", verb="update", values=values, target_id=doc.key.source_id)
            expected = {"invoiceNumber": now}
            return StepOrder(kind=name, alias="erp", write=write, safety=Safety.IDEMPOTENT, expected=expected)
        marker = f"{doc.marker}-{name}"
        write = Write(resource="Lines", verb="create", values={MARKER: marker, "Invoice": int(doc.target_id or 0)})
        return StepOrder(
            kind=name, alias="erp", write=write, safety=self.target.kind, marker=Marker(field=MARKER, value=marker)
        )

    def _document(self, source_id: str) -> QueuedDocument:
        return QueuedDocument(key=key_of(source_id), digests=_digests("new"), payload=Payload(source={"id": source_id}))

    def _adopted(self, source_id: str, target_id: str, plan: str) -> AdoptedDocument:
        return AdoptedDocument(
            key=key_of(source_id),
            digests=_digests(plan),
            payload=Payload(source={"id": source_id}),
            target_id=target_id,
        )

    def _stands(self, source_id: str, number: int, total: Decimal) -> None:
        values = {"Customer": "Northwind", "Total": total, "Date": "2026-06-04", "Memo": f"for {source_id}"}
        with self.target.books.shared():
            self.target.books.enter("Invoices", {"id": number, MARKER: marker_for(key_of(source_id)), **values})


def _digests(plan: str) -> Digests:
    return Digests(plan=plan, source="s1", rule="r1", rule_version="1.0.0")
