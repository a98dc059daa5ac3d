"""Which values an integration wrote last: what `ours` asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from rules_run.ledger import tables
from rules_run.ledger.journal import Journal, chunks
from rules_run.ledger.states import State
from rules_run.ledger.steps import step_of
from rules_run.model.exchange import Outcome

_OPEN = (State.SENDING, State.UNKNOWN, State.PARKED)


class Authors:
    """The writes of a tenant's integrations, by what they wrote."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def last_written(
        self, integration: str, resource: str, field: str, target_ids: Iterable[str]
    ) -> Mapping[str, Sequence[object]]:
        """Return what the integration last wrote into a field of records of `alias.Resource`, where it ever did.

        That is one value, and those of writes whose answer is open: any of them may stand there.
        """
        wanted = dict.fromkeys(target_ids)
        found: dict[str, list[object]] = {}
        for target_id, values in self._written(integration, resource, wanted):
            if field in values:
                found[target_id] = [values[field]]
        for target_id, values in self._in_doubt(integration, resource) if wanted else ():
            if target_id in wanted and field in values:
                found.setdefault(target_id, []).append(values[field])
        return found

    def _written(
        self, integration: str, resource: str, target_ids: Iterable[str]
    ) -> Iterable[tuple[str, Mapping[str, object]]]:
        """Yield what was certainly written, oldest first for each record."""
        step, attempt = tables.step.c, tables.attempt.c
        with self._journal.store.read() as connection:
            for ids in chunks(target_ids):
                query = (
                    select(tables.step)
                    .select_from(tables.step.join(tables.doc).join(tables.attempt))
                    .where(self._own(integration), step.target_id.in_(ids))
                    .where(step.state == State.APPLIED, attempt.outcome == Outcome.APPLIED)
                    .order_by(attempt.intent_wall, step.id)
                )
                for row in connection.execute(query):
                    yield row.target_id, _values(row, resource)

    def _in_doubt(self, integration: str, resource: str) -> Iterable[tuple[str, Mapping[str, object]]]:
        """Yield what was sent and may have been written."""
        step, doc = tables.step.c, tables.doc.c
        query = (
            select(tables.step)
            .select_from(tables.step.join(tables.doc))
            .where(self._own(integration), doc.state.in_(_OPEN), step.state.in_(_OPEN))
        )
        with self._journal.store.read() as connection:
            for row in connection.execute(query):
                yield str(step_of(row).intent.memo["target_id"]), _values(row, resource)

    def _own(self, integration: str) -> ColumnElement[bool]:
        doc = tables.doc.c
        own = func.substr(doc.rule_id, 1, len(integration) + 1) == f"{integration}/"
        return (doc.tenant == self._journal.tenant) & own


def _values(row: Row[Any], resource: str) -> Mapping[str, object]:
    """Return what a step wrote, where it was into this resource."""
    memo = step_of(row).intent.memo
    values = memo["values"]
    return values if f"{memo['alias']}.{memo['resource']}" == resource and isinstance(values, Mapping) else {}
