"""Writes that were ruled absent, watched for a while: should they arrive after all, there are two."""

from __future__ import annotations

from sqlalchemy import select, update

from rules_run.ledger import tables
from rules_run.ledger.journal import Journal, legible
from rules_run.ledger.records import DocState, OpenAttempt
from rules_run.ledger.sending import locked, read_attempt
from rules_run.ledger.states import MOVES, State


class Watches:
    """The watched attempts of a tenant."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def open(self) -> list[OpenAttempt]:
        """Return every attempt that is still watched, one for each step."""
        attempt, doc, watch = tables.attempt.c, tables.doc.c, tables.watch.c
        query = (
            select(attempt.id)
            .select_from(tables.watch.join(tables.attempt).join(tables.step).join(tables.doc))
            .where(watch.until > self._journal.clock.now(), doc.tenant == self._journal.tenant)
            .order_by(attempt.intent_wall)
        )
        with self._journal.store.read() as connection:
            found = [read_attempt(connection, attempt_id) for attempt_id in connection.execute(query).scalars().all()]
        return list({each.step.id: each for each in found}.values())

    def alarm(self, found: OpenAttempt, code: str, text: str) -> DocState:
        """Ask a person to look at a document that stands twice; one that is still to be sent is parked."""
        journal, text = self._journal, legible(text)
        with journal.store.write("alarm") as connection:
            doc = locked(connection, found.doc.id)
            if (doc.hold_code, doc.hold_text) == (code, text):
                return doc
            state = State.PARKED if doc.state in {State.QUEUED, State.RETRY} else doc.state
            values = {"hold_code": code, "hold_text": text, "due": None}
            if state is State.PARKED:
                connection.execute(update(tables.step).where(tables.step.c.id == found.step.id).values(state=state))
            if state in MOVES[doc.state]:
                journal.move(connection, doc, state, text, values=values)
            else:
                journal.record(connection, [(doc.id, doc.state, doc.state, text)])
            return locked(connection, doc.id)
