"""Which values an integration wrote last: what `ours` asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select

from rules_run.ledger import tables
from rules_run.ledger.journal import Journal, chunks
from rules_run.ledger.states import State
from rules_run.ledger.steps import step_of
from rules_run.model.exchange import Outcome


class Authors:
    """The writes of a tenant's integrations, by what they wrote."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def last_written(
        self, integration: str, resource: str, field: str, target_ids: Iterable[str]
    ) -> Mapping[str, object]:
        """Return what the integration last wrote into a field of records of `alias.Resource`, where it ever did."""
        step, attempt, doc = tables.step.c, tables.attempt.c, tables.doc.c
        own = func.substr(doc.rule_id, 1, len(integration) + 1) == f"{integration}/"
        found: dict[str, object] = {}
        with self._journal.store.read() as connection:
            for ids in chunks(dict.fromkeys(target_ids)):
                query = (
                    select(tables.step)
                    .select_from(tables.step.join(tables.doc).join(tables.attempt))
                    .where(doc.tenant == self._journal.tenant, own, step.target_id.in_(ids))
                    .where(step.state == State.APPLIED, attempt.outcome == Outcome.APPLIED)
                    .order_by(attempt.intent_wall, step.id)
                )
                for row in connection.execute(query):
                    memo = step_of(row).intent.memo
                    values = memo["values"]
                    if f"{memo['alias']}.{memo['resource']}" == resource and isinstance(values, Mapping):
                        found |= {row.target_id: values[field]} if field in values else {}
        return found
