"""What certainly stands in a target: by finding it a search proves that it is honest."""

from __future__ import annotations

from sqlalchemy import select

from rules_run.ledger import tables
from rules_run.ledger.journal import Journal
from rules_run.ledger.records import DocState, Step
from rules_run.ledger.states import State
from rules_run.ledger.steps import step_of

_SETTLED = frozenset({State.APPLIED, State.DONE})


class Proofs:
    """Documents of a rule that are known to stand in the target."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def created(self, doc: DocState, limit: int = 5) -> list[Step]:
        """Return creations of the same rule that certainly succeeded, newest first."""
        columns = tables.doc.c
        query = (
            select(tables.step)
            .join(tables.doc)
            .where(
                columns.rule_id == doc.key.rule_id,
                columns.tenant == doc.key.tenant,
                columns.state.in_(_SETTLED),
                columns.id != doc.id,
                tables.step.c.kind == "create",
                tables.step.c.state == State.APPLIED,
            )
            .order_by(tables.step.c.id.desc())
            .limit(limit)
        )
        with self._journal.store.read() as connection:
            return [step_of(row) for row in connection.execute(query)]

    def adopted(self, doc: DocState, limit: int = 5) -> list[str]:
        """Return target ids of documents of the same rule that were found there, newest first."""
        columns = tables.doc.c
        created = select(tables.step.c.doc_id).where(tables.step.c.kind == "create")
        query = (
            select(columns.target_id)
            .where(
                columns.rule_id == doc.key.rule_id,
                columns.tenant == doc.key.tenant,
                columns.state.in_(_SETTLED),
                columns.id != doc.id,
                columns.target_id.is_not(None),
                columns.id.not_in(created),
            )
            .order_by(columns.id.desc())
            .limit(limit)
        )
        with self._journal.store.read() as connection:
            return [str(found) for found in connection.execute(query).scalars()]
