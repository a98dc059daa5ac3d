"""The judge: compares what the target really holds with what the ledger says of it, once everything is quiet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules_run.ledger.records import DocState
from rules_run.ledger.states import State

from ...delivery.small_run import RULE
from .world import NEW, World

WRITTEN = frozenset({State.APPLIED, State.DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One way in which a promise was broken: `kind` is a column of the table."""

    kind: str
    text: str


def flaws(world: World) -> list[Flaw]:
    """Return everything that is wrong."""
    ledger = world.open_ledger()
    try:
        known = ledger.known(RULE, world.scenario.source_ids)
        return [
            flaw for source_id in world.scenario.source_ids for flaw in _judge(world, source_id, known.get(source_id))
        ]
    finally:
        world.close_ledger(ledger)


def early(world: World) -> list[Flaw]:
    """Return where a source speaks of a document that the ledger does not know yet: true at any moment, never later."""
    ledger = world.open_ledger()
    try:
        known = ledger.known(RULE, world.scenario.source_ids)
        tickets = {each: world.target.records["Tickets"][int(each)].get("invoiceNumber") for each in known}
        return [
            Flaw(kind="false_done", text=f"the ticket of {each} says {number}, the ledger {known[each].target_id}")
            for each, number in tickets.items()
            if number is not None and number != known[each].target_id
        ]
    finally:
        world.close_ledger(ledger)


def _judge(world: World, source_id: str, doc: DocState | None) -> Iterator[Flaw]:
    made = world.made(source_id)
    if len(made) > 1:
        yield Flaw(kind="duplicates", text=f"{source_id} was made {len(made)} times")
    if doc is None:
        yield Flaw(kind="lost", text=f"the ledger knows nothing of {source_id}")
        return
    if doc.state is not State.DONE:
        yield Flaw(kind="stuck", text=f"{source_id} is {doc.state} {doc.hold_code} {doc.hold_text}")
    for text in _false(world, doc, made) if doc.state in WRITTEN else ():
        yield Flaw(kind="false_done", text=f"{source_id} is called {doc.state}, but {text}")
    for name in world.scenario.follows:
        lines = world.target.books.live(f"{doc.marker}-{name}", "Lines")
        if len(lines) > 1:
            yield Flaw(kind="duplicates", text=f"{name} of {source_id} was made {len(lines)} times")


def _false(world: World, doc: DocState, made: list[dict[str, object]]) -> Iterator[str]:
    """Yield what does not stand in the target although the ledger says so."""
    if doc.target_id not in {str(record["id"]) for record in made}:
        yield f"there is no {doc.target_id} of it"
    if any(str(record["Total"]) != str(NEW) for record in made):
        yield "its total is not the source's"
    if doc.state is not State.DONE:
        return
    for name in world.scenario.follows:
        if name == "ticket":
            ticket = world.target.records["Tickets"][int(doc.key.source_id)]
            if ticket.get("invoiceNumber") != doc.target_id:
                yield f"its ticket says {ticket.get('invoiceNumber')}"
        elif not world.target.books.live(f"{doc.marker}-{name}", "Lines"):
            yield f"its {name} is missing"
