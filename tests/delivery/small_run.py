"""The least that a run does around delivery: settle, queue, send, write back, finish."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import Marker, StepOrder, StepResult
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import Digests, DocKey, DocState, Link, Payload, QueuedDocument, marker_for
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety, Write

from .clock import TestClock
from .target import MARKER, Target

RULE = "autotask-acomba/invoice"
Pause = Callable[[float], object]
SENDABLE = {State.QUEUED, State.RETRY}


def key_of(source_id: str, part: str = "") -> DocKey:
    return DocKey(
        tenant="nordlys", rule_id=RULE, source_system="psa", entity="Invoices", source_id=source_id, part=part
    )


def queued(source_id: str, plan: str = "p1") -> QueuedDocument:
    return QueuedDocument(
        key=key_of(source_id),
        digests=Digests(plan=plan, source="s1", rule="r1", rule_version="1.0.0"),
        payload=Payload(source={"id": source_id}, transformed={"Total": Decimal("1284.50")}),
    )


def create(source_id: str, safety: Safety, *, total: str = "1284.50", money: bool = False) -> StepOrder:
    marker = marker_for(key_of(source_id))
    values = {"Customer": "Northwind", "Total": Decimal(total), "Date": "2026-06-04"}
    marked = safety is not Safety.NOTHING
    return StepOrder(
        kind="create",
        alias="erp",
        write=Write(resource="Invoices", verb="create", values=values | ({MARKER: marker} if marked else {})),
        safety=safety,
        marker=Marker(field=MARKER, value=marker) if marked else None,
        money=money,
        link=Link(name="invoice"),
        says=f"Invoice INV-{source_id} (Northwind, 1 284.50)",
    )


def write_back(ticket: int, number: str, before: object = None) -> StepOrder:
    return StepOrder(
        kind="ticket",
        alias="erp",
        write=Write(resource="Tickets", verb="update", values={"invoiceNumber": number}, target_id=str(ticket)),
        safety=Safety.IDEMPOTENT,
        expected={"invoiceNumber": before},
    )


def delivery_of(ledger: Ledger, target: Target, clock: TestClock, pause: Pause = time.sleep) -> Delivery:
    run_id = ledger.runs.start()
    return Delivery(
        ledger=ledger, connectors={"erp": target}, clock=clock, run_id=run_id, jitter=lambda: 1.0, pause=pause
    )


def run(
    ledger: Ledger,
    target: Target,
    clock: TestClock,
    source_ids: list[str],
    *,
    tickets: bool = True,
    pause: Pause = time.sleep,
) -> Delivery:
    """Do one whole run over the source records; `pause` waits for a store that does not answer."""
    delivery = delivery_of(ledger, target, clock, pause)
    delivery.settle()
    known = ledger.known(RULE, source_ids)
    due = [queued(i) for i in source_ids if i not in known or known[i].state is State.HELD]
    known |= {doc.key.source_id: doc for doc in ledger.enqueue(due)}
    for doc in known.values():
        _take(ledger, delivery, target, doc, tickets=tickets)
    return delivery


def _take(ledger: Ledger, delivery: Delivery, target: Target, doc: DocState, *, tickets: bool) -> None:
    if doc.state in SENDABLE:
        result = delivery.send(doc, create(doc.key.source_id, target.kind, money=True), last=not tickets)
        doc = result.doc
    if doc.state is State.APPLIED and tickets:
        finish(ledger, delivery, target, doc)
    elif doc.state is State.APPLIED:
        ledger.finish([doc.id])


def finish(ledger: Ledger, delivery: Delivery, target: Target, doc: DocState) -> StepResult | None:
    """Write the number back into the ticket, if it is not there yet."""
    ticket = int(doc.key.source_id)
    now = target.records["Tickets"][ticket].get("invoiceNumber")
    if now == doc.target_id:
        ledger.finish([doc.id])
        return None
    return delivery.send(doc, write_back(ticket, str(doc.target_id), now), last=True)
