"""How far each rule has read its source, and when an integration first ran."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from rules_run.ledger import tables
from rules_run.ledger.journal import Journal
from rules_run.ledger.records import Cursor


class Cursors:
    """The reading positions of a tenant; they move only in the transaction that makes what was read durable."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def of(self, rule_id: str) -> Cursor | None:
        """Return how far a rule has read; None where it never has."""
        columns = tables.cursor.c
        query = select(tables.cursor).where(columns.tenant == self._journal.tenant, columns.rule_id == rule_id)
        with self._journal.store.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Cursor(rule_id=row.rule_id, value=row.value, digest=row.digest, overlap=row.overlap_s)

    def first_run(self, integration: str, now: datetime, *, note: bool) -> datetime:
        """Return when an integration first ran: now, where it never did, which `note` keeps for later."""
        columns = tables.integration.c
        same = (columns.tenant == self._journal.tenant, columns.name == integration)
        with self._journal.store.read() as connection:
            found = connection.execute(select(columns.first_run).where(*same)).scalar_one_or_none()
        if found is None and note:
            with self._journal.store.write("run") as connection:
                row = {"tenant": self._journal.tenant, "name": integration, "first_run": now}
                connection.execute(insert(tables.integration).values(row))
        return found or now


def move_cursor(connection: Connection, tenant: str, cursor: Cursor) -> None:
    """Move a cursor inside the transaction of the caller."""
    columns = tables.cursor.c
    connection.execute(delete(tables.cursor).where(columns.tenant == tenant, columns.rule_id == cursor.rule_id))
    row = {"tenant": tenant, "rule_id": cursor.rule_id, "value": cursor.value, "digest": cursor.digest}
    connection.execute(insert(tables.cursor).values({**row, "overlap_s": cursor.overlap}))
