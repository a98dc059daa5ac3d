"""What people and later runs see of the ledger: pages of documents by the word they read, and one document whole."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select

from rules_run.ledger import tables
from rules_run.ledger.documents import payload_of
from rules_run.ledger.journal import DOC_STATE, Journal, doc_state
from rules_run.ledger.records import DocDetail, DocState, Event, Page
from rules_run.ledger.states import NEEDING_YOU, WORDS, State, Word, word
from rules_run.ledger.steps import attempt_of, step_of

_SEARCHED = ("source_id", "marker", "target_id", "target_ref", "hold_text")


class Queue:
    """The documents of a tenant as they stand."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def find(
        self, *, word: Word | None = None, rule: str = "", text: str = "", before: int | None = None, limit: int = 50
    ) -> Page:
        """Return documents, newest first: by the word people read, integration or `integration/rule`, piece of text."""
        columns = tables.doc.c
        conditions: list[ColumnElement[bool]] = [columns.tenant == self._journal.tenant]
        if word is not None:
            conditions.append(_reads(word))
        if rule:
            conditions.append(or_(columns.rule_id == rule, columns.rule_id.startswith(f"{rule}/", autoescape=True)))
        if text:
            conditions.append(or_(*(columns[name].icontains(text, autoescape=True) for name in _SEARCHED)))
        if before is not None:
            conditions.append(columns.id < before)
        query = select(*DOC_STATE).where(*conditions).order_by(columns.id.desc()).limit(limit + 1)
        with self._journal.store.read() as connection:
            documents = [doc_state(row) for row in connection.execute(query)]
        page = documents[:limit]
        return Page(documents=tuple(page), next=page[-1].id if len(documents) > limit else None)

    def due(self, *, rule_id: str = "", limit: int = 500) -> list[DocState]:
        """Return documents that may be sent now, those that wait longest first."""
        columns = tables.doc.c
        conditions = [
            columns.tenant == self._journal.tenant,
            columns.state.in_([State.QUEUED, State.RETRY]),
            or_(columns.due.is_(None), columns.due <= self._journal.clock.now()),
        ]
        if rule_id:
            conditions.append(columns.rule_id == rule_id)
        query = select(*DOC_STATE).where(*conditions).order_by(columns.due.nulls_first(), columns.id).limit(limit)
        with self._journal.store.read() as connection:
            return [doc_state(row) for row in connection.execute(query)]

    def count(self) -> dict[Word, int]:
        """Return how many documents read each word, those words that any reads."""
        columns = tables.doc.c
        marked = case((columns.hold_code == "", 0), else_=1)
        query = select(columns.state, marked, func.count()).where(columns.tenant == self._journal.tenant)
        found: dict[Word, int] = {}
        with self._journal.store.read() as connection:
            for state, held, number in connection.execute(query.group_by(columns.state, marked)):
                read = word(State(state), "held" if held else "")
                found[read] = found.get(read, 0) + int(number)
        return found

    def holder(self, rule_id: str, target_id: str) -> int | None:
        """Return the number of the rule's document that stands under an id of its target."""
        columns = tables.doc.c
        query = select(columns.id).where(
            columns.tenant == self._journal.tenant, columns.rule_id == rule_id, columns.target_id == target_id
        )
        with self._journal.store.read() as connection:
            return connection.execute(query.limit(1)).scalars().first()

    def show(self, doc_id: int) -> DocDetail | None:
        """Return everything about one document, or None where there is none of that number."""
        with self._journal.store.read() as connection:
            row = connection.execute(
                select(tables.doc).where(tables.doc.c.id == doc_id, tables.doc.c.tenant == self._journal.tenant)
            ).one_or_none()
            if row is None:
                return None
            step, attempt, event = tables.step.c, tables.attempt.c, tables.event.c
            steps = connection.execute(select(tables.step).where(step.doc_id == doc_id).order_by(step.n)).all()
            tried = select(tables.attempt).join(tables.step).where(step.doc_id == doc_id).order_by(step.n, attempt.no)
            events = connection.execute(select(tables.event).where(event.doc == doc_id).order_by(event.id)).mappings()
            return DocDetail(
                doc=doc_state(row),
                payload=payload_of(row.payload),
                steps=tuple(step_of(found) for found in steps),
                attempts=tuple(attempt_of(found) for found in connection.execute(tried)),
                events=tuple(
                    Event(at=e["at"], who=e["who"], before=e["from"], after=e["to"], why=e["why"]) for e in events
                ),
            )


def _reads(word: Word) -> ColumnElement[bool]:
    columns = tables.doc.c
    if word == "Needs you":
        # Said this way round, and with the text in the statement, the small index of held documents is used.
        others = sorted(set(State) - NEEDING_YOU)
        return and_(columns.hold_code != literal_column("''"), columns.state.not_in(others))
    states = [state for state, read in WORDS.items() if read == word]
    return and_(
        columns.state == states[0] if len(states) == 1 else columns.state.in_(states),
        or_(columns.hold_code == "", columns.state.not_in(sorted(NEEDING_YOU))),
    )
