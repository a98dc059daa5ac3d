"""The ledger's side of the write protocol: claim, intent, outcome, and what settling makes of a lost answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from rules_run.errors import Invariant
from rules_run.ledger import tables
from rules_run.ledger.documents import POISON
from rules_run.ledger.journal import CHANGE_DOC, DOC_STATE, Journal, doc_state
from rules_run.ledger.links import spend
from rules_run.ledger.outcomes import Outcomes
from rules_run.ledger.records import Attempt, DocState, OpenAttempt, Ruling, Step, StepIntent
from rules_run.ledger.rulings import UNDER_WAY, apply_ruling, close_attempt
from rules_run.ledger.states import State
from rules_run.ledger.steps import attempt_of, attempt_values, attempts, fingerprint, step_of, write_step
from rules_run.model.exchange import Outcome

LEASE = timedelta(minutes=15)
_CLAIMABLE = frozenset({State.QUEUED, State.RETRY, State.APPLIED, State.HELD, State.DONE})
_MAKABLE = frozenset({State.QUEUED, State.RETRY, State.APPLIED})
_FINISHABLE = frozenset({State.APPLIED, State.HELD, State.DONE})
_DOC = select(*DOC_STATE).where(tables.doc.c.id == bindparam("doc_id"))
_DOC_LOCKED, _DOC_FREE = _DOC.with_for_update(), _DOC.with_for_update(skip_locked=True)
_STEP = select(tables.step).where(tables.step.c.id == bindparam("step_id"))
_ATTEMPT = select(tables.attempt).where(tables.attempt.c.id == bindparam("attempt_id"))
_NEW_ATTEMPT = insert(tables.attempt)
_SETTLED = frozenset({State.APPLIED, State.DONE})


class Sending:
    """What delivery writes down around each send."""

    def __init__(self, journal: Journal, outcomes: Outcomes | None = None) -> None:
        self._journal, self._outcomes = journal, outcomes

    def claim(self, doc_id: int, run_id: str) -> DocState | None:
        """T1: take a document that is due, with a new epoch; None when it is not to be had.

        One that was taken three times without coming to an attempt is held: it kills whoever works on it.
        """
        journal, now = self._journal, self._journal.clock.now()
        with journal.store.write("claim") as connection:
            row = connection.execute(_DOC_FREE, {"doc_id": doc_id}).one_or_none()
            doc = None if row is None else doc_state(row)
            if doc is None or doc.state not in _CLAIMABLE or (doc.due is not None and doc.due > now):
                return None
            return self._take(connection, doc, run_id)

    def claim_next(self, run_id: str, *, rule_id: str = "") -> DocState | None:
        """T1 for many workers: take the document that waits longest and that nobody has a lease on; None when none."""
        journal = self._journal
        while True:
            with journal.store.write("claim") as connection:
                row = _longest(connection, journal, rule_id)
                if row is None:
                    return None
                taken = self._take(connection, doc_state(row), run_id)
            if taken is not None:
                return taken

    def _take(self, connection: Connection, doc: DocState, run_id: str) -> DocState | None:
        if doc.started_without_outcome >= POISON:
            text = f"It crashes the engine: started {doc.started_without_outcome} times, it never came to a send."
            state = doc.state if doc.state in _SETTLED else State.HELD
            self._journal.move(
                connection, doc, state, text, values={"hold_code": "L003", "hold_text": text, "due": None}
            )
            return None
        row = {
            "doc_id": doc.id,
            "seen": doc.epoch,
            "epoch": doc.epoch + 1,
            "lease_owner": run_id,
            "lease_until": self._journal.clock.now() + LEASE,
            "started_without_outcome": doc.started_without_outcome + 1,
        }
        connection.execute(CHANGE_DOC, row)
        return _doc(connection, doc.id)

    def release(self, doc: DocState) -> None:
        """Give back a claimed document untouched: nothing was sent and it is not to blame."""
        with self._journal.store.write("release") as connection:
            values = {"started_without_outcome": max(0, doc.started_without_outcome - 1), "lease_until": None}
            same = (tables.doc.c.id == doc.id, tables.doc.c.epoch == doc.epoch)
            connection.execute(update(tables.doc).where(*same).values(values))

    def intend(
        self,
        doc: DocState,
        intent: StepIntent,
        *,
        run_id: str,
        request_digest: str,
        idem_key: str | None,
        start_within: float,
        deadline: float,
    ) -> OpenAttempt | None:
        """T2: make the attempt durable before its first byte; None when the document is not to be had any more."""
        journal = self._journal
        journal.store.same()
        clock = journal.clock
        boottime, now = clock.boottime(), clock.now()
        with journal.store.write("intent") as connection:
            present = locked(connection, doc.id)
            if present.epoch != doc.epoch:
                return None
            if present.state not in _open_to(intent):
                return None
            _never_twice(present, intent)
            if intent.claim is not None:
                spend(connection, journal.tenant, intent.claim, doc.id)
            step = write_step(connection, doc.id, intent, present.state, State.SENDING)
            earlier = attempts(connection, step.id)
            if any(attempt.open for attempt in earlier):
                raise Invariant(f"Document {doc.id} has an attempt of its {intent.kind} that nobody has settled.")
            attempt = Attempt(
                id=str(uuid4()),
                step_id=step.id,
                no=len(earlier) + 1,
                epoch=doc.epoch,
                run_id=run_id,
                request_digest=request_digest,
                idem_key=idem_key,
                intent_wall=now,
                intent_boottime=boottime,
                boot_id=clock.boot_id(),
                start_by=now + timedelta(seconds=start_within),
                give_up_at=now + timedelta(seconds=start_within + deadline),
            )
            connection.execute(_NEW_ATTEMPT, attempt_values(attempt))
            why = f"{intent.kind}, attempt {attempt.no}"
            values = {"started_without_outcome": 0, "due": attempt.give_up_at}
            journal.move(connection, present, State.SENDING, why, values=values)
            return OpenAttempt(doc=_doc(connection, doc.id), step=step, attempt=attempt)

    def current(self, doc_id: int) -> DocState:
        """Return how a document stands now."""
        with self._journal.store.read() as connection:
            return _doc(connection, doc_id)

    def holds(self, pending: OpenAttempt) -> bool:
        """Say whether the attempt is durable, still open, and its document still in the hand that made it."""
        with self._journal.store.read() as connection:
            present = read_attempt(connection, pending.attempt.id)
        return present.attempt.open and present.doc.epoch == pending.doc.epoch

    def conclude(self, open_attempt: OpenAttempt, ruling: Ruling, *, boundary: str = "outcome") -> DocState:
        """T3: write what an attempt came to and move its document; a decision without the present epoch is dropped."""
        self._journal.store.same()
        with self._journal.store.write(boundary) as connection:
            doc = locked(connection, open_attempt.doc.id)
            attempt = _attempt(connection, open_attempt.attempt.id)
            if ruling.state is not State.APPLIED and (doc.epoch != open_attempt.doc.epoch or not attempt.open):
                return doc
            if attempt.outcome is Outcome.APPLIED:
                return doc
            step = _step(connection, open_attempt.step.id)
            close_attempt(connection, doc, attempt, ruling)
            if ruling.state is State.APPLIED or doc.state in UNDER_WAY:
                apply_ruling(self._journal, connection, doc, step, ruling)
            return _doc(connection, doc.id)

    def conclude_unsent(self, doc: DocState, intent: StepIntent, ruling: Ruling) -> DocState:
        """Write what a step came to that was never sent: found in the target already, or impossible to send.

        A document that another run has brought further since it was looked at stays where that one brought it.
        """
        with self._journal.store.write("outcome") as connection:
            present = locked(connection, doc.id)
            if present.epoch == doc.epoch and present.state in _open_to(intent):
                if intent.claim is not None and ruling.state is not State.HELD:
                    spend(connection, self._journal.tenant, intent.claim, doc.id)
                step = write_step(connection, doc.id, intent, present.state, ruling.state)
                apply_ruling(self._journal, connection, present, step, ruling)
            return _doc(connection, doc.id)

    def unsettled(self) -> list[OpenAttempt]:
        """Return every attempt whose document waits to know what it came to, oldest first."""
        attempt, doc = tables.attempt.c, tables.doc.c
        query = (
            select(attempt.id)
            .select_from(tables.attempt.join(tables.step).join(tables.doc))
            .where(
                doc.state.in_([State.SENDING, State.UNKNOWN]),
                doc.tenant == self._journal.tenant,
                or_(attempt.outcome.is_(None), attempt.outcome == Outcome.UNKNOWN),
            )
            .order_by(attempt.intent_wall)
        )
        with self._journal.store.read() as connection:
            return [read_attempt(connection, attempt_id) for attempt_id in connection.execute(query).scalars().all()]

    def overdue(self, open_attempt: OpenAttempt) -> OpenAttempt | None:
        """Take over a document whose sender has given up or died; that sender decides nothing any more."""
        with self._journal.store.write("overdue") as connection:
            locked(connection, open_attempt.doc.id)
            found = read_attempt(connection, open_attempt.attempt.id)
            if found.doc.state is not State.SENDING or not found.attempt.open:
                return None
            connection.execute(update(tables.step).where(tables.step.c.id == found.step.id).values(state=State.UNKNOWN))
            why = "no answer came, or its run ended before it"
            self._journal.move(connection, found.doc, State.UNKNOWN, why, values={"epoch": found.doc.epoch + 1})
            return read_attempt(connection, open_attempt.attempt.id)

    def keep(self, open_attempt: OpenAttempt, ruling: Ruling) -> bool:
        """Put what an attempt came to beside a store that does not take it; the next run folds it in."""
        return self._outcomes is not None and self._outcomes.append(open_attempt.attempt.id, open_attempt.doc, ruling)

    def fold(self) -> int:
        """Take in what was kept beside the store, and return how many outcomes that were."""
        kept = self._outcomes.kept() if self._outcomes is not None else []
        for attempt_id, epoch, ruling in kept:
            with self._journal.store.read() as connection:
                found = None if _missing(connection, attempt_id) else read_attempt(connection, attempt_id)
            if found is not None:
                self.conclude(replace(found, doc=replace(found.doc, epoch=epoch)), ruling)
        if kept and self._outcomes is not None:
            self._outcomes.clear()
        return len(kept)

    def note(self, open_attempt: OpenAttempt, watch: Mapping[str, object]) -> OpenAttempt:
        """Keep what settling has seen so far, so that a later run goes on from there."""
        step = replace(open_attempt.step, watch=watch)
        with self._journal.store.write("watch") as connection:
            text = fingerprint(step.intent, step.resume, watch)
            connection.execute(update(tables.step).where(tables.step.c.id == step.id).values(fingerprint=text))
        return replace(open_attempt, step=step)


def _open_to(intent: StepIntent) -> frozenset[State]:
    """Return the states in which a document may take a step."""
    return _MAKABLE if intent.main else _FINISHABLE


def _longest(connection: Connection, journal: Journal, rule_id: str) -> Row[Any] | None:
    """Lock the free document that waits longest; asked for in parts, in each of which an index has them in order."""
    now, columns = journal.clock.now(), tables.doc.c
    free = [columns.tenant == journal.tenant, or_(columns.lease_until.is_(None), columns.lease_until <= now)]
    if rule_id:
        free.append(columns.rule_id == rule_id)
    for waits in (columns.due.is_(None), columns.due <= now):
        for state in (State.QUEUED, State.RETRY):
            query = select(*DOC_STATE).where(columns.state == state, waits, *free).order_by(columns.due, columns.id)
            row = connection.execute(query.limit(1).with_for_update(skip_locked=True)).one_or_none()
            if row is not None:
                return row
    return None


def _never_twice(doc: DocState, intent: StepIntent) -> None:
    if intent.kind == "create" and doc.target_id is not None:
        raise Invariant(f"Document {doc.id} has a target ({doc.target_id}) already: it is never created again.")


def _doc(connection: Connection, doc_id: int) -> DocState:
    return doc_state(connection.execute(_DOC, {"doc_id": doc_id}).one())


def locked(connection: Connection, doc_id: int) -> DocState:
    """Return a document that nobody else changes until the transaction ends."""
    return doc_state(connection.execute(_DOC_LOCKED, {"doc_id": doc_id}).one())


def _missing(connection: Connection, attempt_id: str) -> bool:
    return connection.execute(select(tables.attempt.c.id).where(tables.attempt.c.id == attempt_id)).first() is None


def _step(connection: Connection, step_id: int) -> Step:
    return step_of(connection.execute(_STEP, {"step_id": step_id}).one())


def _attempt(connection: Connection, attempt_id: str) -> Attempt:
    return attempt_of(connection.execute(_ATTEMPT, {"attempt_id": attempt_id}).one())


def read_attempt(connection: Connection, attempt_id: str) -> OpenAttempt:
    """Return an attempt with its step and document."""
    attempt = _attempt(connection, attempt_id)
    step = _step(connection, attempt.step_id)
    return OpenAttempt(doc=_doc(connection, step.doc_id), step=step, attempt=attempt)
