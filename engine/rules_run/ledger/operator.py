"""What a person decides about a document: each under a name and with a reason, each in one transaction."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, select, update

from rules_run.errors import NotPossible
from rules_run.ledger import tables
from rules_run.ledger.journal import Journal
from rules_run.ledger.records import Attempt, DocState, Ruling, Step
from rules_run.ledger.rulings import apply_ruling, close_attempt
from rules_run.ledger.sending import locked
from rules_run.ledger.states import State
from rules_run.ledger.steps import attempts, step_of

DOUBTFUL = frozenset({State.PARKED, State.UNKNOWN})
"""States in which nobody knows whether the write is in the target."""
_WAITING = frozenset({State.QUEUED, State.HELD, State.RETRY})


class Operator:
    """The decisions of one person."""

    def __init__(self, journal: Journal, *, who: str, why: str) -> None:
        self._journal, self._why = Journal(journal.store, journal.clock, journal.tenant), why
        self._journal.who = who

    def in_doubt(self, doc: DocState) -> tuple[Step, Attempt | None]:
        """Return the step that nobody knows the end of, with its attempt if one was made."""
        with self._journal.store.read() as connection:
            return _in_doubt(connection, doc)

    def decide(self, doc: DocState, ruling: Ruling) -> DocState:
        """End the doubt about a document as a person says it; refuse one that has moved since it was looked at."""
        with self._journal.store.write("operator") as connection:
            present = _unmoved(connection, doc)
            step, attempt = _in_doubt(connection, present)
            fenced = {"epoch": present.epoch + 1}
            connection.execute(update(tables.doc).where(tables.doc.c.id == doc.id).values(fenced))
            present = replace(present, epoch=present.epoch + 1)
            ruling = replace(ruling, resolved_by="operator", text=f"{ruling.text}: {self._why}")
            if attempt is not None:
                close_attempt(connection, present, attempt, ruling)
            else:
                ruling = replace(ruling, watch_until=None)
            apply_ruling(self._journal, connection, present, step, ruling)
            return locked(connection, doc.id)

    def try_again(self, doc: DocState) -> None:
        """Let a waiting document be tried at once, also one that was refused or that crashes the engine."""
        with self._journal.store.write("operator") as connection:
            present = _unmoved(connection, doc)
            values: dict[str, object] = {"started_without_outcome": 0, "due": None, "lease_until": None}
            values["epoch"] = present.epoch + 1
            if present.state is State.HELD:
                values["hold_code"] = ""  # with a refusal left in place nothing would be sent again
            connection.execute(update(tables.doc).where(tables.doc.c.id == doc.id).values(values))
            self._journal.record(connection, [(doc.id, doc.state, doc.state, f"reprocess: {self._why}")])

    def cancel(self, doc: DocState, seen: str = "") -> DocState:
        """Give a document up that is not known to be written; `seen` is what the target said of it."""
        with self._journal.store.write("operator") as connection:
            present = _unmoved(connection, doc)
            if present.state not in _WAITING | {State.PARKED}:
                raise NotPossible(f"Document {doc.id} is {present.word}: only what was not written can be cancelled.")
            why = f"cancel: {self._why}{f' ({seen})' if seen else ''}"
            values = {"epoch": present.epoch + 1, "hold_code": "", "hold_text": "", "due": None}
            self._journal.move(connection, present, State.CANCELLED, why, values=values)
            return locked(connection, doc.id)

    def clear(self, doc: DocState) -> DocState:
        """Take the mark off a written document that a person has looked at."""
        with self._journal.store.write("operator") as connection:
            present = _unmoved(connection, doc)
            values = {"hold_code": "", "hold_text": ""}
            self._journal.move(connection, present, present.state, f"resolve: {self._why}", values=values)
            return locked(connection, doc.id)

    def look(self, doc: DocState, text: str) -> None:
        """Write down that a person had the target asked, and what it said."""
        with self._journal.store.write("operator") as connection:
            self._journal.record(connection, [(doc.id, doc.state, doc.state, f"looked: {text} ({self._why})")])


def _unmoved(connection: Connection, doc: DocState) -> DocState:
    present = locked(connection, doc.id)
    if (present.state, present.epoch) != (doc.state, doc.epoch):
        raise NotPossible(f"Document {doc.id} has just moved on: it is {present.word} now. Look again.")
    return present


def _in_doubt(connection: Connection, doc: DocState) -> tuple[Step, Attempt | None]:
    columns = tables.step.c
    query = select(tables.step).where(columns.doc_id == doc.id, columns.state.in_(DOUBTFUL)).order_by(columns.n.desc())
    row = connection.execute(query).first()
    if row is None or doc.state not in DOUBTFUL:
        raise NotPossible(f"Document {doc.id} is {doc.word}: nobody has to say whether it is there.")
    step = step_of(row)
    return step, next((each for each in attempts(connection, step.id) if each.open), None)
