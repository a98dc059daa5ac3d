"""How a document is changed: state and event in one transaction, by a known hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, insert, update

from rules_run.errors import Invariant
from rules_run.ledger import tables
from rules_run.ledger.records import Digests, DocKey, DocState
from rules_run.ledger.states import State, check_move
from rules_run.ledger.store import Store
from rules_run.model.clock import Clock

T = TypeVar("T")
CHUNK = 500

CHANGE_DOC = update(tables.doc).where(tables.doc.c.id == bindparam("doc_id"), tables.doc.c.epoch == bindparam("seen"))
"""Changes the columns that are given with it, of a document that has not changed hands. Statements that are sent for
every document are built once: to build one costs more than to carry it out."""

_EVENT = insert(tables.event)


class Journal:
    """Store, clock, tenant, and the name under which changes are written down (`who`)."""

    def __init__(self, store: Store, clock: Clock, tenant: str) -> None:
        self.store, self.clock, self.tenant = store, clock, tenant
        self.who = "engine"

    def move(
        self,
        connection: Connection,
        doc: DocState,
        state: State,
        why: str,
        *,
        values: Mapping[str, object],
    ) -> None:
        """Change the state of a document whose epoch is still the one in `doc`, with its event."""
        check_move(doc.state, state)
        row = {"doc_id": doc.id, "seen": doc.epoch, **values, "state": state}
        changed = connection.execute(CHANGE_DOC, row)
        if changed.rowcount != 1:
            raise Invariant(f"Document {doc.id} was changed by somebody without its present epoch {doc.epoch}.")
        self.record(connection, [(doc.id, doc.state, state, why)])

    def record(self, connection: Connection, moves: Sequence[tuple[int, State | None, State, str]]) -> None:
        """Write the events of changes made in the same transaction."""
        if moves:
            at = self.clock.now()
            rows = [
                {"at": at, "who": self.who, "doc": doc, "from": before or "", "to": after, "why": legible(why)}
                for doc, before, after, why in moves
            ]
            connection.execute(_EVENT, rows)


def doc_state(row: Row[Any]) -> DocState:
    """Return the document of a row of its table."""
    return DocState(
        id=row.id,
        key=DocKey(
            tenant=row.tenant,
            rule_id=row.rule_id,
            source_system=row.source_system,
            entity=row.entity,
            source_id=row.source_id,
            part=row.part,
        ),
        marker=row.marker,
        state=State(row.state),
        epoch=row.epoch,
        due=row.due,
        digests=Digests(
            plan=row.plan_digest, source=row.source_digest, rule=row.rule_digest, rule_version=row.rule_version
        ),
        target_id=row.target_id,
        target_ref=row.target_ref,
        hold_code=row.hold_code,
        hold_text=row.hold_text,
        started_without_outcome=row.started_without_outcome,
    )


DOC_STATE = [
    column for column in tables.doc.c if column.name not in {"payload", "sought", "lease_owner", "lease_until"}
]
"""The columns that `doc_state` reads: payloads are long, and only looked at one by one."""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists short enough for one statement."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def legible(text: str) -> str:
    """Return a text that every store takes: half characters and NULs of a foreign answer are shown by their number."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
