"""The ledger of one tenant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import select

from rules_run.errors import LedgerUnusable
from rules_run.ledger import documents, place, tables
from rules_run.ledger.journal import DOC_STATE, Journal, doc_state, legible
from rules_run.ledger.links import Links, holders, spend
from rules_run.ledger.queue import Queue
from rules_run.ledger.records import AdoptedDocument, Claim, DocState, HeldDocument, QueuedDocument
from rules_run.ledger.runs import Runs
from rules_run.ledger.sending import Sending
from rules_run.ledger.states import State
from rules_run.ledger.store import Store, open_file, open_memory
from rules_run.model.clock import Clock


class Ledger:
    """What was intended, sent, answered and settled, durably.

    `queue` shows documents, `links` the cross-references, `runs` the runs, `sending` is for delivery alone.
    """

    def __init__(self, store: Store, *, tenant: str, clock: Clock, lineage: str) -> None:
        journal = Journal(store, clock, tenant)
        self._journal, self.lineage, self.tenant = journal, lineage, tenant
        self.queue, self.links, self.runs, self.sending = (
            Queue(journal),
            Links(journal),
            Runs(journal),
            Sending(journal),
        )

    @staticmethod
    def open(
        path: Path,
        *,
        tenant: str,
        lineage_file: Path,
        clock: Clock,
        read_only: bool = False,
        mounts: Path = place.MOUNTS,
    ) -> Ledger:
        """Open the ledger at `path`, making it at its first use; refuse a lost, foreign, newer or damaged one.

        Read-only, nothing is made: where no ledger was ever used an empty one in memory answers.
        """
        place.refuse_network(path, mounts)
        expected = place.read_lineage(lineage_file)
        if not path.exists():
            if expected is not None:
                raise LedgerUnusable(_lost(path, lineage_file, expected))
            if read_only:
                return Ledger.in_memory(tenant=tenant, clock=clock)
            place.create(path)
        store = open_file(path, read_only=read_only)
        try:
            lineage = _lineage(store, path, lineage_file, expected, read_only=read_only)
        except BaseException:
            store.close()
            raise
        return Ledger(store, tenant=tenant, clock=clock, lineage=lineage)

    @staticmethod
    def in_memory(*, tenant: str, clock: Clock) -> Ledger:
        """Return an empty ledger that lives as long as the process: the same code, for rule tests and first plans."""
        store = open_memory()
        return Ledger(store, tenant=tenant, clock=clock, lineage=store.set_up())

    def close(self) -> None:
        """Close the database."""
        self._journal.store.close()

    def known(self, rule_id: str, source_ids: Iterable[str]) -> dict[str, DocState]:
        """Return the newest part of each source id that the rule has a document for."""
        return documents.known(self._journal, rule_id, source_ids)

    def enqueue(self, page: Sequence[QueuedDocument]) -> list[DocState]:
        """Queue a page in one transaction and return how each document stands; one under way or parked is let alone."""
        return documents.put(self._journal, page)

    def hold(self, page: Sequence[HeldDocument]) -> list[DocState]:
        """Hold a page of documents in one transaction and return how each stands."""
        return documents.put(self._journal, page)

    def adopt(self, page: Sequence[AdoptedDocument]) -> list[DocState]:
        """Take a page of documents that stand in the target already, in one transaction."""
        return documents.put(self._journal, page)

    def finish(self, doc_ids: Iterable[int]) -> None:
        """Call applied documents done that have no write-back left."""
        with self._journal.store.write("finish") as connection:
            query = select(*DOC_STATE).where(tables.doc.c.id.in_(list(doc_ids)), tables.doc.c.state == State.APPLIED)
            for doc in [doc_state(row) for row in connection.execute(query)]:
                self._journal.move(connection, doc, State.DONE, "nothing left to write", values={})

    def attention(self, doc_id: int, code: str, text: str) -> None:
        """Ask a person to look at a written document: a check failed afterwards, or its source changed."""
        self._mark(doc_id, code, text, why=text, who="")

    def clear(self, doc_id: int, *, who: str, why: str) -> None:
        """Take the mark off a written document that a person has looked at."""
        self._mark(doc_id, "", "", why=why, who=who)

    def claim_members(self, claim: Claim, doc_id: int) -> None:
        """Give source records to a document for good; raise Hold when another one has one of them."""
        with self._journal.store.write("queue") as connection:
            spend(connection, self.tenant, claim, doc_id)

    def members(self, integration: str, resource: str, member_ids: Iterable[str]) -> dict[str, int]:
        """Return the document that spent each source record, for those that are spent."""
        with self._journal.store.read() as connection:
            return holders(connection, self.tenant, integration, resource, member_ids)

    def _mark(self, doc_id: int, code: str, text: str, *, why: str, who: str) -> None:
        with self._journal.store.write("finish") as connection:
            doc = doc_state(connection.execute(select(*DOC_STATE).where(tables.doc.c.id == doc_id)).one())
            if doc.state is State.DONE and (code, legible(text)) != (doc.hold_code, doc.hold_text):
                values = {"hold_code": code, "hold_text": legible(text)}
                self._journal.move(connection, doc, State.DONE, why, who=who, values=values)


def _lineage(store: Store, path: Path, lineage_file: Path, expected: str | None, *, read_only: bool) -> str:
    lineage = store.lineage()
    if lineage is None:
        if expected is not None:
            raise LedgerUnusable(_lost(path, lineage_file, expected))
        if read_only:
            raise LedgerUnusable(f"The ledger {path} is empty. The first apply sets it up.")
        lineage = store.set_up()
    else:
        store.check()
    if expected is None and not read_only:
        place.write_lineage(lineage_file, lineage)
    elif expected not in (None, lineage):
        raise LedgerUnusable(
            f"The ledger {path} is another one (lineage {lineage}) than {lineage_file} names ({expected}). "
            "Bring back the right one from a backup; nothing was sent."
        )
    return lineage


def _lost(path: Path, lineage_file: Path, lineage: str) -> str:
    return (
        f"The ledger {path} is missing, but {lineage_file} says that one is in use (lineage {lineage}). "
        "Without it documents could be created a second time, so nothing was sent. Bring it back with "
        "`rules-run ledger restore`, or collect what stands in the target with `rules-run ledger rebuild`. "
        f"Only if this tenant never wrote anything, delete {lineage_file}."
    )
