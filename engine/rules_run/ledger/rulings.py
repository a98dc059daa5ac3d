"""What a ruling does to attempt, step and document."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, bindparam, insert, select, update

from rules_run.errors import Invariant
from rules_run.ledger import tables
from rules_run.ledger.documents import POISON
from rules_run.ledger.journal import Journal, legible
from rules_run.ledger.links import write_links
from rules_run.ledger.records import Attempt, DocState, Ruling, Step, sought_by
from rules_run.ledger.states import MOVES, State
from rules_run.model.exchange import Outcome

UNDER_WAY = frozenset({State.SENDING, State.UNKNOWN})
_CLOSE = update(tables.attempt).where(tables.attempt.c.id == bindparam("attempt_id"))
_CHANGE_STEP = update(tables.step).where(tables.step.c.id == bindparam("step_id"))
_TWIN = select(tables.attempt.c.target_id).where(
    tables.attempt.c.step == bindparam("step_id"),
    tables.attempt.c.outcome == Outcome.APPLIED,
    tables.attempt.c.target_id != bindparam("found"),
)
_PROVEN = frozenset({"probe", "operator"})


def close_attempt(connection: Connection, doc: DocState, attempt: Attempt, ruling: Ruling) -> None:
    """Write the outcome of an attempt."""
    if doc.state is State.UNKNOWN and ruling.state is State.RETRY and ruling.resolved_by not in _PROVEN:
        raise Invariant(f"Document {doc.id} may not be sent again: nobody has looked whether it is there.")
    values: dict[str, object] = {"outcome": ruling.outcome, "resolved_by": ruling.resolved_by}
    if ruling.status is not None:
        values["http_status"] = ruling.status
    if ruling.target_id is not None:
        values["target_id"] = ruling.target_id
    connection.execute(_CLOSE, {"attempt_id": attempt.id, **values})
    if ruling.watch_until is not None:
        connection.execute(insert(tables.watch).values(attempt=attempt.id, until=ruling.watch_until))


def apply_ruling(journal: Journal, connection: Connection, doc: DocState, step: Step, ruling: Ruling) -> None:
    """Move step and document to where the ruling puts them."""
    if step.state is not State.APPLIED or ruling.resolved_by == "probe":
        target = {} if ruling.target_id is None else {"target_id": ruling.target_id}
        connection.execute(_CHANGE_STEP, {"step_id": step.id, "state": ruling.state, **target})
    if ruling.state is State.APPLIED:
        _applied(journal, connection, doc, step, ruling)
    elif ruling.state in UNDER_WAY or ruling.state is State.PARKED:
        kept = ("", "") if step.intent.main else (doc.hold_code, doc.hold_text)
        hold = kept if ruling.state is State.UNKNOWN else (ruling.code or "L004", legible(ruling.text))
        _move(journal, connection, doc, ruling.state, ruling, hold)
    elif step.intent.main:
        hold = (
            (ruling.code or "L004", legible(ruling.text)) if ruling.state is State.HELD else ("", legible(ruling.text))
        )
        _move(journal, connection, doc, ruling.state, ruling, hold)
    else:
        _leave(journal, connection, doc, step, ruling)


def _leave(journal: Journal, connection: Connection, doc: DocState, step: Step, ruling: Ruling) -> None:
    """Return a document to where it stood before a write-back that did not succeed."""
    hold = _hold_before(doc)
    if ruling.state is State.HELD and step.resume is not State.HELD:
        hold = (ruling.code or "L004", legible(f"{step.intent.kind}: {ruling.text}"))
    _move(journal, connection, doc, step.resume, ruling, hold)


def _applied(journal: Journal, connection: Connection, doc: DocState, step: Step, ruling: Ruling) -> None:
    twin = _twin(connection, doc, step, ruling)
    if twin is not None:
        text = f"Two were created: {twin} and {ruling.target_id}. Remove one in the target."
        _remark(journal, connection, doc, replace(ruling, code="L005", text=text))
        return
    late = ruling.resolved_by == "response" and not (doc.state in UNDER_WAY and step.state in UNDER_WAY)
    if late and (not step.intent.main or doc.target_id is not None or State.APPLIED not in MOVES[doc.state]):
        _remark(journal, connection, doc, replace(ruling, text=f"a late answer: {ruling.target_id} was written"))
        return
    if not step.intent.main:
        _move(journal, connection, doc, _after_write_back(step, ruling), ruling, _kept_hold(doc, step))
        return
    target_id = doc.target_id or ruling.target_id
    if target_id is None:
        raise Invariant(f"Document {doc.id} cannot be called written: nobody knows its id in the target.")
    if step.intent.link:
        write_links(connection, step.intent.link, {doc.key: target_id})
    state = State.DONE if step.intent.last and ruling.final and not late else State.APPLIED
    reference = ruling.target_ref or doc.target_ref
    target = {"target_id": target_id, "target_ref": reference, "sought": sought_by(doc.key, target_id, reference)}
    _move(journal, connection, doc, state, ruling, ("", ""), **target)


def _remark(journal: Journal, connection: Connection, doc: DocState, ruling: Ruling) -> None:
    """Keep a fact about a document that has moved on: it stays where it is, and a code asks a person to look."""
    if ruling.code and doc.state in MOVES[doc.state]:
        _move(journal, connection, doc, doc.state, replace(ruling, due=doc.due), (ruling.code, ruling.text))
    else:
        journal.record(connection, [(doc.id, doc.state, doc.state, ruling.text)])


def _after_write_back(step: Step, ruling: Ruling) -> State:
    if step.resume is State.APPLIED and step.intent.last and ruling.final:
        return State.DONE
    return step.resume


def _kept_hold(doc: DocState, step: Step) -> tuple[str, str]:
    return ("", "") if step.resume is State.APPLIED else _hold_before(doc)


def _hold_before(doc: DocState) -> tuple[str, str]:
    """Return what a document was held for before its write-back; the question about that one is answered now."""
    return ("", "") if doc.state is State.PARKED else (doc.hold_code, doc.hold_text)


def _twin(connection: Connection, doc: DocState, step: Step, ruling: Ruling) -> str | None:
    """Return another object that this creation made as well, if an answer that came too late tells of one."""
    if not step.intent.main or step.intent.kind != "create" or ruling.target_id is None:
        return None
    twin = connection.execute(_TWIN, {"step_id": step.id, "found": ruling.target_id}).scalars().first()
    return twin or (doc.target_id if doc.target_id != ruling.target_id else None)


def _move(
    journal: Journal,
    connection: Connection,
    doc: DocState,
    state: State,
    ruling: Ruling,
    hold: tuple[str, str],
    **target: str,
) -> None:
    why = ruling.text or f"{ruling.outcome}, by {ruling.resolved_by or 'nobody yet'}"
    values: dict[str, object] = {"hold_code": hold[0], "hold_text": hold[1], "due": ruling.due, **target}
    journal.move(connection, doc, state, why, values={**values, "lease_until": None, **_counted(doc)})


def _counted(doc: DocState) -> dict[str, object]:
    """Start counting anew, but for a document that was put aside: only a person takes that back."""
    return {} if doc.started_without_outcome >= POISON else {"started_without_outcome": 0}
