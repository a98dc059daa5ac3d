"""What happened to the ledger itself, and whether it can be trusted to know everything that was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from rules_run.ledger import tables
from rules_run.ledger.journal import Journal, legible
from rules_run.ledger.states import State


class What(StrEnum):
    """What was done to a ledger."""

    UPGRADED = "upgraded"
    RESTORED = "restored"
    REBUILDING = "rebuilding"
    REBUILT = "rebuilt"
    TRUSTED = "trusted"


DOUBTED = frozenset({What.RESTORED, What.REBUILDING, What.REBUILT})
"""After these the target may hold documents that the ledger does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that was done to a ledger."""

    at: datetime
    who: str
    what: What
    why: str


class History:
    """The history of a ledger, for one tenant."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def write(self, what: What, *, who: str, why: str = "") -> None:
        """Write down what was done."""
        with self._journal.store.write("deed") as connection:
            write_deed(self._journal, connection, what, who=who, why=why)

    def deeds(self) -> list[Deed]:
        """Return what was done, oldest first."""
        columns = tables.history.c
        query = select(tables.history).where(columns.tenant == self._journal.tenant).order_by(columns.id)
        with self._journal.store.read() as connection:
            rows = connection.execute(query)
            return [Deed(at=row.at, who=row.who, what=What(row.what), why=row.why) for row in rows]

    def doubted_since(self) -> datetime | None:
        """Return since when the target has to be asked before every creation, None when the ledger knows all."""
        deeds = [deed for deed in self.deeds() if deed.what in DOUBTED or deed.what is What.TRUSTED]
        return deeds[-1].at if deeds and deeds[-1].what in DOUBTED else None

    def vouched(self, doc_id: int, since: datetime) -> bool:
        """Say whether it was made certain since then that a document does not stand in the target."""
        columns = tables.event.c
        query = select(columns.id).where(
            columns.doc == doc_id, columns.to == State.RETRY, columns["from"] != "", columns.at >= since
        )
        with self._journal.store.read() as connection:
            return connection.execute(query.limit(1)).first() is not None


def write_deed(journal: Journal, connection: Connection, what: What, *, who: str, why: str) -> None:
    """Write down what was done, in a transaction of the caller."""
    row = {"at": journal.clock.now(), "tenant": journal.tenant, "who": who, "what": what, "why": legible(why)}
    connection.execute(insert(tables.history).values(row))
