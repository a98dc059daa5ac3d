"""The ledger of one tenant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import select

from rules_run.errors import LedgerUnusable
from rules_run.ledger import documents, place, tables
from rules_run.ledger.admission import admit, lost
from rules_run.ledger.authors import Authors
from rules_run.ledger.cursors import Cursors
from rules_run.ledger.history import History
from rules_run.ledger.journal import DOC_STATE, Journal, doc_state, legible
from rules_run.ledger.links import Links, holders, members_of, spend
from rules_run.ledger.operator import Operator
from rules_run.ledger.outcomes import Outcomes
from rules_run.ledger.proofs import Proofs
from rules_run.ledger.queue import Queue
from rules_run.ledger.rates import Rate
from rules_run.ledger.records import AdoptedDocument, Claim, Cursor, DocState, HeldDocument, QueuedDocument, Standing
from rules_run.ledger.runs import Runs
from rules_run.ledger.sending import Sending
from rules_run.ledger.sqlite import LEAST_ROOM, FileStore, MemoryStore
from rules_run.ledger.states import State
from rules_run.ledger.store import Store
from rules_run.ledger.watches import Watches
from rules_run.model.clock import Clock
from rules_run.model.secret import Secret


class Ledger:
    """What was intended, sent, answered and settled, durably.

    `queue` shows documents, `links` the cross-references, `runs` the runs, `cursors` how far sources are read,
    `authors` who wrote what, `history` what was done to the ledger itself; `sending`, `proofs` and `watches` are for
    delivery alone.
    """

    def __init__(
        self,
        store: Store,
        *,
        tenant: str,
        clock: Clock,
        lineage: str,
        known: bool = False,
        outcomes: Outcomes | None = None,
    ) -> None:
        """`known` says that the ledger was in use before it was opened now."""
        journal = self._journal = Journal(store, clock, tenant)
        self.name, self.lineage, self.tenant, self.was_in_use = store.name, lineage, tenant, known
        self.queue, self.links, self.runs = Queue(journal), Links(journal), Runs(journal)
        self.cursors, self.authors, self.history = Cursors(journal), Authors(journal), History(journal)
        self.sending, self.proofs, self.watches = Sending(journal, outcomes), Proofs(journal), Watches(journal)

    @staticmethod
    def open(
        path: Path,
        *,
        tenant: str,
        lineage_file: Path,
        clock: Clock,
        read_only: bool = False,
        mounts: Path = place.MOUNTS,
        least_room: int = LEAST_ROOM,
    ) -> Ledger:
        """Open the ledger at `path`, making it at its first use; refuse a lost, foreign, newer or damaged one.

        Read-only, nothing is made: where no ledger was ever used an empty one in memory answers.
        """
        place.refuse_network(path, mounts)
        expected = place.read_lineage(lineage_file)
        if not path.exists():
            if expected is not None:
                raise LedgerUnusable(lost(str(path), lineage_file, expected))
            if read_only:
                return Ledger.in_memory(tenant=tenant, clock=clock)
            place.create(path)
        store = FileStore(path, read_only=read_only, least_room=least_room)
        sidecar = path.with_name(f"{path.stem}.outcomes.jsonl")
        return Ledger.of(store, sidecar, tenant=tenant, lineage_file=lineage_file, clock=clock, read_only=read_only)

    @staticmethod
    def connect(
        url: Secret, sidecar: Path, *, tenant: str, lineage_file: Path, clock: Clock, read_only: bool = False
    ) -> Ledger:
        """Open the ledger in a PostgreSQL database, by the same rules; `sidecar` is for what the server cannot take."""
        from rules_run.ledger.postgres import PostgresStore

        store = PostgresStore(url, read_only=read_only)
        if read_only and place.read_lineage(lineage_file) is None and store.version() is None:
            store.close()
            return Ledger.in_memory(tenant=tenant, clock=clock)
        return Ledger.of(store, sidecar, tenant=tenant, lineage_file=lineage_file, clock=clock, read_only=read_only)

    @staticmethod
    def of(
        store: Store, sidecar: Path, *, tenant: str, lineage_file: Path, clock: Clock, read_only: bool = False
    ) -> Ledger:
        """Return the ledger in a store, once it was found to be the right one; the store is closed where it is not."""
        try:
            admitted = admit(store, lineage_file, read_only=read_only)
        except BaseException:
            store.close()
            raise
        outcomes = Outcomes(sidecar)
        return Ledger(
            store, tenant=tenant, clock=clock, lineage=admitted.lineage, known=admitted.known, outcomes=outcomes
        )

    @staticmethod
    def in_memory(*, tenant: str, clock: Clock) -> Ledger:
        """Return an empty ledger that lives as long as the process: the same code, for rule tests and first plans."""
        store = MemoryStore()
        return Ledger(store, tenant=tenant, clock=clock, lineage=store.set_up())

    def close(self) -> None:
        """Close the database."""
        self._journal.store.close()

    @property
    def schema(self) -> int:
        """Return the version of the schema."""
        return tables.SCHEMA_VERSION

    def operator(self, who: str, why: str) -> Operator:
        """Return what a person may decide, under a name and with a reason."""
        return Operator(self._journal, who=who, why=why)

    def empty(self) -> bool:
        """Say whether the tenant has no documents."""
        query = select(tables.doc.c.id).where(tables.doc.c.tenant == self.tenant)
        with self._journal.store.read() as connection:
            return connection.execute(query.limit(1)).first() is None

    def rate(self, api: str, minutes: int, *, keep: bool = True) -> Rate:
        """Return what counts the requests of a system in the last so many minutes; `keep` tells the other processes."""
        return Rate(self._journal, api, minutes, keep=keep)

    def known(self, rule_id: str, source_ids: Iterable[str]) -> dict[str, DocState]:
        """Return the newest part of each source id that the rule has a document for."""
        return documents.known(self._journal, rule_id, source_ids)

    def enqueue(self, page: Sequence[QueuedDocument], cursor: Cursor | None = None) -> list[DocState]:
        """Queue a page in one transaction and return how each document stands; one under way or parked is let alone.

        `cursor` moves with it: all that was read before it is durable by then.
        """
        return documents.put(self._journal, page, cursor)

    def standing(self, rule_id: str) -> list[Standing]:
        """Return the documents of a rule that wait to be sent or for somebody, with what they were made from."""
        return documents.standing(self._journal, rule_id)

    def waiting(self, rule_id: str) -> set[str]:
        """Return the source ids of the documents of a rule that wait to be sent or for somebody."""
        return documents.waiting(self._journal, rule_id)

    def halfway(self, rule_id: str) -> set[str]:
        """Return the source ids of the documents of a rule that are written and have something left that follows."""
        return documents.halfway(self._journal, rule_id)

    def targets(self, rule_id: str, source_ids: Iterable[str]) -> dict[str, set[str]]:
        """Return the targets of all parts of each source id."""
        return documents.targets(self._journal, rule_id, source_ids)

    def supersede(self, doc_ids: Iterable[int], why: str) -> None:
        """Cancel documents that were never sent, because their members have gone into others."""
        documents.supersede(self._journal, doc_ids, why)

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
            query = query.with_for_update()
            for doc in [doc_state(row) for row in connection.execute(query)]:
                self._journal.move(connection, doc, State.DONE, "nothing left to write", values={})

    def attention(self, doc_id: int, code: str, text: str) -> None:
        """Ask a person to look at a written document: a check failed afterwards, or its source changed."""
        with self._journal.store.write("finish") as connection:
            query = select(*DOC_STATE).where(tables.doc.c.id == doc_id).with_for_update()
            doc = doc_state(connection.execute(query).one())
            if doc.state is State.DONE and (code, legible(text)) != (doc.hold_code, doc.hold_text):
                values = {"hold_code": code, "hold_text": legible(text)}
                self._journal.move(connection, doc, State.DONE, text, values=values)

    def claim_members(self, claim: Claim, doc_id: int) -> None:
        """Give source records to a document for good; raise Hold when another one has one of them."""
        with self._journal.store.write("queue") as connection:
            spend(connection, self.tenant, claim, doc_id)

    def members(self, integration: str, resource: str, member_ids: Iterable[str]) -> dict[str, int]:
        """Return the document that spent each source record, for those that are spent."""
        with self._journal.store.read() as connection:
            return holders(connection, self.tenant, integration, resource, member_ids)

    def spent_by(self, doc_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Return the members of each document that spent any."""
        with self._journal.store.read() as connection:
            return members_of(connection, doc_ids)
