"""Runs as they start and end, and how much they created: what the limits are measured against."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, insert, select, update

from rules_run.ledger import tables
from rules_run.ledger.journal import Journal
from rules_run.model.exchange import Outcome

WINDOW = timedelta(days=30)


class Runs:
    """The runs of a tenant."""

    def __init__(self, journal: Journal) -> None:
        self._journal, self._present = journal, ""

    def start(self) -> str:
        """Prove that the store takes what a run has to write, and return the run's id: changes name it from now on."""
        self._journal.store.prove()
        journal, run_id = self._journal, str(uuid4())
        self._present = run_id
        row = {"id": run_id, "host": socket.gethostname(), "pid": os.getpid()}
        row |= {"boot_id": journal.clock.boot_id(), "started": journal.clock.now(), "tenant": journal.tenant}
        with journal.store.write("run") as connection:
            connection.execute(insert(tables.run).values(row))
        journal.who = f"run {run_id}"
        return run_id

    def end(self, run_id: str, exit_code: int) -> None:
        """Write how a run ended."""
        with self._journal.store.write("run") as connection:
            ended = {"ended": self._journal.clock.now(), "exit": exit_code}
            connection.execute(update(tables.run).where(tables.run.c.id == run_id).values(ended))

    def earlier(self) -> bool:
        """Say whether the tenant had a run with this ledger before the present one."""
        columns = tables.run.c
        query = select(columns.id).where(columns.tenant.in_([self._journal.tenant, ""]), columns.id != self._present)
        with self._journal.store.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def creates_by_day(self, integration: str) -> Mapping[str, int]:
        """Return how many documents the integration created on each of the last 30 days (UTC) on which it made any."""
        attempt, doc, step = tables.attempt.c, tables.doc.c, tables.step.c
        day = func.substr(attempt.intent_wall, 1, 10)
        query = (
            select(day, func.count())
            .select_from(tables.attempt.join(tables.step).join(tables.doc))
            .where(
                attempt.intent_wall >= self._journal.clock.now() - WINDOW,
                attempt.outcome == Outcome.APPLIED,
                step.kind == "create",
                doc.tenant == self._journal.tenant,
                func.substr(doc.rule_id, 1, len(integration) + 1) == f"{integration}/",
            )
            .group_by(day)
        )
        with self._journal.store.read() as connection:
            return {str(date): int(number) for date, number in connection.execute(query)}

    def busiest_day(self, integration: str) -> int:
        """Return the most documents that the integration created on one of the last 30 days."""
        return max(self.creates_by_day(integration).values(), default=0)
