"""What people and later runs see of the ledger: pages of documents by the word they read, and one document whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from rules_run.ledger import tables
from rules_run.ledger.documents import payload_of
from rules_run.ledger.journal import DOC_STATE, Journal, chunks, doc_state
from rules_run.ledger.records import DocDetail, DocState, Event, Page
from rules_run.ledger.states import NEEDING_YOU, WORDS, State, Word, word
from rules_run.ledger.steps import attempt_of, step_of

# With the text in the statement, and said this way round, the small index of held documents is used.
_MARKED = tables.doc.c.hold_code != literal_column("''")


class Queue:
    """The documents of a tenant as they stand."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def find(
        self, *, word: Word | None = None, rule: str = "", text: str = "", before: int | None = None, limit: int = 50
    ) -> Page:
        """Return documents, newest first: by the word people read, integration or `integration/rule`, piece of text."""
        columns, common = tables.doc.c, [tables.doc.c.tenant == self._journal.tenant]
        if text:
            common.append(columns.id.in_(_remembered(self._journal.tenant, text)))
        if before is not None:
            common.append(columns.id < before)
        with self._journal.store.read() as connection:
            rules = self._rules(connection, rule) if rule else None
            ids = [number for arms in chunks(_arms(word, rules)) for number in _newest(connection, common, arms, limit)]
            page = sorted(ids, reverse=True)[: limit + 1]
            query = select(*DOC_STATE).where(columns.id.in_(page)).order_by(columns.id.desc())
            documents = tuple(doc_state(row) for row in connection.execute(query))[:limit]
        return Page(documents=documents, next=documents[-1].id if len(page) > limit else None)

    def _rules(self, connection: Connection, name: str) -> list[str]:
        """Return the rules of a name, each found by one step through the index of them."""
        columns = tables.doc.c
        if "/" in name:
            return [name]
        found: list[str] = []
        last = ""
        after = select(func.min(columns.rule_id)).where(
            columns.tenant == self._journal.tenant, columns.rule_id > bindparam("last")
        )
        while (rule := connection.execute(after, {"last": last}).scalar_one()) is not None:
            found, last = [*found, rule], rule
        return [rule for rule in found if rule.startswith(f"{name}/")]

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
        every = select(columns.state, func.count()).where(columns.tenant == self._journal.tenant)
        marked = select(columns.state).where(columns.tenant == self._journal.tenant, _MARKED)
        found: Counter[Word] = Counter()
        with self._journal.store.read() as connection:
            for state, number in connection.execute(every.group_by(columns.state)):
                found[word(State(state))] += number
            for state, number in Counter(connection.execute(marked).scalars()).items():
                found[word(State(state))] -= number
                found[word(State(state), "marked")] += number
        return dict(+found)

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


def _arms(word: Word | None, rules: Sequence[str] | None) -> list[tuple[ColumnElement[bool], ...]]:
    """Return the conditions of the parts of a list; in each an index has the documents by their age."""
    columns = tables.doc.c
    if word == "Needs you":
        of_rule = () if rules is None else (columns.rule_id.in_(rules),)
        others = sorted(set(State) - NEEDING_YOU)
        return [(_MARKED, columns.state.not_in(others), *of_rule)]
    if word is None and rules is None:
        return [()]
    states = [state for state, read in WORDS.items() if word in (None, read)]
    arms = [(columns.state == state, *_unmarked(word, state)) for state in states]
    return arms if rules is None else [(columns.rule_id == rule, *arm) for rule in rules for arm in arms]


def _unmarked(word: Word | None, state: State) -> tuple[ColumnElement[bool], ...]:
    """Leave out what a person has to look at: it is read as something else."""
    return () if word is None or state not in NEEDING_YOU else (tables.doc.c.hold_code == "",)


def _newest(
    connection: Connection,
    common: Sequence[ColumnElement[bool]],
    arms: Sequence[tuple[ColumnElement[bool], ...]],
    limit: int,
) -> list[int]:
    """Return the newest numbers of each part, one more than a page has."""
    newest = select(tables.doc.c.id).order_by(tables.doc.c.id.desc()).limit(limit + 1)
    parts = [newest.where(*common, *arm).subquery() for arm in arms]
    return list(connection.execute(union_all(*(select(part.c.id) for part in parts))).scalars())


def _remembered(tenant: str, text: str) -> CompoundSelect[Any]:
    """Return the numbers of documents that a piece of text is remembered of: names and numbers, or why one is held."""
    columns = tables.doc.c
    own = select(columns.id).where(columns.tenant == tenant)
    named = own.where(columns.sought.contains(text.lower(), autoescape=True))
    return named.union(own.where(_MARKED, columns.hold_text.icontains(text, autoescape=True)))
