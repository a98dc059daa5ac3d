"""Carries out a plan: rule by rule, a page into the ledger, then each document by the write protocol."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import nullcontext

from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import StepResult
from rules_run.errors import ConnectorUnusable
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import Cursor, DocState
from rules_run.ledger.states import State
from rules_run.model.plan import Action
from rules_run.model.problem import Problem
from rules_run.runtime.applied import Applied
from rules_run.runtime.delivering import Orders
from rules_run.runtime.entries import WAITS, WRITES, Entries
from rules_run.runtime.intended import Document, Intended
from rules_run.runtime.planner import Planner
from rules_run.runtime.saved_plan import identity_of
from rules_run.runtime.sending import Followed, Further, FurtherLane, Sender, complete, pending, sendable, target_of
from rules_run.runtime.summary import planned

Told = Callable[[Document, str], None]
UNTOUCHED = frozenset({Action.NOTHING, Action.SKIP})
SENDABLE = frozenset({State.QUEUED, State.RETRY, State.APPLIED, State.DONE})


class Applier:
    """Applies the documents of one planner."""

    def __init__(self, planner: Planner, ledger: Ledger, delivery: Delivery, *, rule_digest: str, told: Told) -> None:
        self._planner, self._ledger = planner, ledger
        self._sender = Sender(delivery, Orders(planner.world, planner.finder), planner.world.lookups)
        self._entries, self._told = Entries(planner, rule_digest), told
        self.result = Applied()

    def apply(self, chosen: Callable[[Document], bool]) -> Applied:
        """Write every chosen document, in an order in which each finds what it refers to.

        A system that cannot be read on the way ends it there; where nothing was sent yet, it raises ConnectorUnusable.
        """
        try:
            for name in self._planner.world.order:
                self._rule(name, chosen)
        except ConnectorUnusable as error:
            if not self.result.sent:
                raise
            self.result.stopped = str(error)
        return self.result

    def _rule(self, name: str, chosen: Callable[[Document], bool]) -> None:
        shelf = self._planner.documents[name]
        for page in shelf.pages():
            self._page(name, page, chosen, last=not shelf.far)
        if shelf.far or not shelf:
            self._write([], self._cursor(name), None)

    def _page(self, name: str, page: Sequence[Document], chosen: Callable[[Document], bool], *, last: bool) -> None:
        """Write a page of documents of a rule; with the `last` one its cursor moves."""
        mine = [each for each in page if chosen(each)]
        foreseen = {id(each) for each in page if each.action in WAITS}
        self._planner.again(name, page)
        left_out = [each for each in mine if each.alive and each.unknown]
        self.result.left_out += [identity_of(planned(self._planner, each)) for each in left_out]
        documents = [each for each in mine if not (each.alive and each.unknown)]
        handled = {id(each) for each in documents}
        left = [each for each in page if id(each) not in handled and each.action not in UNTOUCHED]
        self._planner.reader.bar(self._planner.world.rules[name], left)
        self._wait(documents, foreseen)
        self._adopt(documents)
        with self._sender.lane(documents) or nullcontext() as lane:
            begun = self._write(documents, self._cursor(name) if last else None, lane)
            self._supersede(name)
            self._follow([each for each in documents if id(each) not in begun])
            if lane is not None:
                self._followed(lane.results())
        for document in documents:
            self._judge(document)

    def collect(self) -> int:
        """Take into an empty ledger whatever stands in the target, and return how many documents that are.

        One that is not as it should be is taken without its digest, so that the next run compares it.
        """
        number = 0
        for shelf in self._planner.documents.values():
            for page in shelf.pages():
                standing = [self._entries.collected(each) for each in page if each.target_id is not None]
                self._ledger.adopt(standing)
                number += len(standing)
        return number

    def _cursor(self, name: str) -> Cursor | None:
        """Return how far a rule has read once its documents are durable: up to what is left for another run."""
        return self._planner.reader.cursor(self._planner.world.rules[name])

    def _supersede(self, name: str) -> None:
        """Cancel what was never sent and has gone into other documents, now that those are durable."""
        rule = self._planner.world.rules[name]
        gone = self._planner.claims.superseded(rule, self._planner.documents[name].near())
        if gone:
            self._ledger.supersede(gone, "its records are part of another document by now")

    def _wait(self, documents: Sequence[Document], foreseen: Collection[int] = ()) -> None:
        """Keep in the ledger what is held or failed, with its cause."""
        waiting = [each for each in documents if each.action in WAITS]
        held = [each for each in waiting if not _under_way(each)]
        if held:
            states = self._ledger.hold([self._entries.held(each) for each in held])
            for document, state in zip(held, states, strict=True):
                document.state = state
        for document in waiting:
            text = document.problem.message if document.problem else document.cause
            checking = document.state is not None and document.state.state in {State.SENDING, State.UNKNOWN}
            known = id(document) in foreseen or document.state is None
            self.result.wait(document, "Checking" if checking else "Needs you", text, foreseen=known)

    def _adopt(self, documents: Sequence[Document]) -> None:
        """Take what stands in the target already, in one transaction."""
        found = [each for each in documents if each.action is Action.ADOPT or (each.alive and each.found_anew)]
        if found:
            states = self._ledger.adopt([self._entries.adopted(each) for each in found])
            for document, state in zip(found, states, strict=True):
                document.state = state
        self.result.adopted += sum(each.action is Action.ADOPT for each in found)

    def _write(self, documents: Sequence[Document], cursor: Cursor | None, lane: FurtherLane | None) -> set[int]:
        """Queue what is to be sent, and move the cursor, in one transaction, then send each.

        What follows a document is begun in the lane where it can be; return which documents that are.
        """
        writing = [each for each in documents if each.action in WRITES]
        begun: set[int] = set()
        if not writing and cursor is None:
            return begun
        states = self._ledger.enqueue([self._entries.queued(each) for each in writing], cursor)
        sendable: list[Document] = []
        for document, state in zip(writing, states, strict=True):
            document.state = state
            if state.state in SENDABLE:
                sendable.append(document)
            else:
                self._unsent(document, state)
        for document, result in self._sender.documents(sendable):
            self._sent(document, result)
            if lane is not None and self._begin(document, lane):
                begun.add(id(document))
        for resource in {each.resource for each in writing}:
            self._planner.world.lookups.forget(resource)
        return begun

    def _begin(self, document: Document, lane: FurtherLane) -> bool:
        """Begin what follows a document that has just been written, where it can be said without asking anybody."""
        if document.action not in WRITES or not _applied(document) or not self._planner.follow_at_once(document):
            return False
        if writes := pending(document):
            lane.start(Further(document=document, writes=writes), target_of(writes) or id(document))
        return bool(writes)

    def _sent(self, document: Document, result: StepResult | None) -> None:
        if result is not None and result.status != "applied":
            self._stopped(document, result)
            return
        if result is not None and document.virtual is None:
            self._planner.records.written(document, result.target_id, result.record)
        if document.action is Action.CREATE:
            self.result.created += 1
        else:
            self.result.updated += 1
        self._told(document, document.action or "")

    def _follow(self, documents: Sequence[Document]) -> None:
        """Send what follows: planned again where the document itself was written just now."""
        written = [each for each in documents if each.rule.on_success and each.action in WRITES and _applied(each)]
        if written:
            self._planner.follow_success(written)
        failed = [each for each in documents if each.action is Action.FAIL]
        self._send_further([Further(document=each, writes=pending(each)) for each in failed])
        for document in failed:
            self._tell_waiting(document)
        settled = [each for each in documents if _applied(each)]
        unsent = [each for each in settled if not pending(each) and complete(each)]
        self._send_further([Further(document=each, writes=pending(each), complete=complete(each)) for each in settled])
        for document in settled:
            if not complete(document):
                self._half_done(document, next(each for each in document.follow if each.action in WAITS))
        self._finish([each for each in unsent if _half(each)])

    def _tell_waiting(self, document: Document) -> None:
        """Tell what was to follow a failure and cannot be said."""
        for each in document.follow:
            if each.action in WAITS:
                text = each.problem.message if each.problem else each.cause
                self.result.wait(document, "Needs you", f"{each.further.further.name}: {text}")

    def _finish(self, documents: Sequence[Document]) -> None:
        """Call done what has nothing left to write."""
        if documents:
            self._ledger.finish([each.state.id for each in documents if each.state is not None])
        self.result.finished += sum(each.action is Action.FINISH for each in documents)

    def _half_done(self, document: Document, waiting: Intended) -> None:
        """Keep a document that was written, and one of whose further writes cannot be said, among those that wait."""
        if document.state is not None and document.state.state is State.APPLIED:
            document.action, document.problem, document.cause = waiting.action, waiting.problem, waiting.cause
            self._wait([document])

    def _send_further(self, jobs: Sequence[Further]) -> None:
        """Send what follows documents; a write that needs what another one gave is planned again after that."""
        jobs = [sendable(job) for job in jobs if job.writes]
        while jobs := [job for job in jobs if job.writes]:
            sent = self._followed(self._sender.further(jobs))
            on = [job.document for job in sent if job.more]
            self._planner.follow_on(on)
            self._finish([each for each in on if not pending(each) and complete(each) and _half(each)])
            jobs = [sendable(Further(document=each, writes=pending(each), complete=complete(each))) for each in on]

    def _followed(self, sent: Iterable[Followed]) -> list[Further]:
        """Take what became of further writes; return the jobs that were done."""
        done: list[Further] = []
        for job, result in sent:
            document = job.document
            for each in job.writes:
                self._planner.world.lookups.forget(each.resource)
            if result is not None and result.status != "applied":
                self._stopped(document, result)
                continue
            done.append(job)
            if job.more:
                continue
            if job.complete and document.action not in WRITES and document.action is not Action.FAIL:
                self.result.finished += 1
            self._told(document, "finish")
        return done

    def _judge(self, document: Document) -> None:
        """Hold what was written against the `after` checks, once nothing of it is left to write."""
        ours = document.action in WRITES or document.action is Action.FINISH or document.by_marker
        if not any(check.after for check in document.rule.rule.check) or document.state is None:
            return
        if not (ours and _applied(document) and complete(document)):
            return
        problems = self._planner.judge_after(document)
        if problems:
            text = "; ".join(problem.message for problem in problems)
            self._ledger.attention(document.state.id, problems[0].code, text)
            self.result.wait(document, "Needs you", text)

    def _stopped(self, document: Document, result: StepResult) -> None:
        refused = result.status == "held" and document.action in WRITES
        document.action = Action.FAIL if refused else Action.HOLD
        document.problem = Problem(code=result.code or "L010", message=result.text)
        if refused and document.rule.on_failure:
            self._planner.follow_failure([document])
        self.result.wait(document, "Checking" if result.status == "unknown" else result.doc.word, result.text)
        document.cause = result.text
        self._told(document, result.status)

    def _unsent(self, document: Document, state: DocState) -> None:
        document.action = Action.HOLD
        document.cause = state.hold_text or f"it stands as {state.word}"
        self.result.wait(document, state.word, document.cause)


def _applied(document: Document) -> bool:
    state = document.state.state if document.state else None
    return document.alive and state in {State.APPLIED, State.DONE}


def _half(document: Document) -> bool:
    """Say whether a document is written and has to be called done yet."""
    return document.state is not None and document.state.state is State.APPLIED


def _under_way(document: Document) -> bool:
    state = document.state.state if document.state else None
    return state in {State.SENDING, State.UNKNOWN, State.PARKED, State.CANCELLED} or not document.key
