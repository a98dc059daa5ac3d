"""Carries out a plan: rule by rule, a page into the ledger, then each document by the write protocol."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import StepResult
from rules_run.errors import ConnectorUnusable
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import AdoptedDocument, Cursor, Digests, DocState, HeldDocument, Payload, QueuedDocument
from rules_run.ledger.states import State
from rules_run.mapping.difference import digest
from rules_run.model.plan import Action
from rules_run.model.problem import Problem
from rules_run.runtime.applied import Applied, Unfinished
from rules_run.runtime.delivering import Orders
from rules_run.runtime.intended import Document, Intended
from rules_run.runtime.planner import Planner
from rules_run.runtime.sending import Further, Sender

Told = Callable[[Document, str], None]
WRITES = frozenset({Action.CREATE, Action.UPDATE})
UNTOUCHED = frozenset({Action.NOTHING, Action.SKIP})
WAITS = frozenset({Action.HOLD, Action.FAIL})
SENDABLE = frozenset({State.QUEUED, State.RETRY, State.APPLIED, State.DONE})


class Applier:
    """Applies the documents of one planner."""

    def __init__(self, planner: Planner, ledger: Ledger, delivery: Delivery, *, rule_digest: str, told: Told) -> None:
        self._planner, self._ledger = planner, ledger
        self._sender = Sender(delivery, Orders(planner.world, planner.finder), planner.world.lookups)
        self._rule_digest, self._told = rule_digest, told
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
        planned = self._planner.documents.get(name, {})
        mine = {key for key, document in planned.items() if chosen(document)}
        self._planner.again(name)
        documents = [document for key, document in self._planner.documents.get(name, {}).items() if key in mine]
        self.result.left_out += [each for each in documents if each.alive and each.unknown]
        documents = [each for each in documents if not (each.alive and each.unknown)]
        handled = {id(each) for each in documents}
        self._wait(documents)
        self._adopt(documents)
        self._write(documents, self._cursor(name, handled))
        self._supersede(name)
        self._follow(documents)

    def collect(self) -> int:
        """Take into an empty ledger whatever stands in the target, and return how many documents that are.

        One that is not as it should be is taken without its digest, so that the next run compares it.
        """
        standing = [
            each
            for documents in self._planner.documents.values()
            for each in documents.values()
            if each.key and each.target_id is not None
        ]
        if standing:
            self._ledger.adopt([self._collected(each) for each in standing])
        return len(standing)

    def _collected(self, document: Document) -> AdoptedDocument:
        adopted = self._adopted(document)
        same = document.action in {Action.ADOPT, Action.NOTHING, Action.FINISH}
        return adopted if same else replace(adopted, digests=Digests(), complete=True)

    def _cursor(self, name: str, handled: Collection[int]) -> Cursor | None:
        """Return how far a rule has read once its documents are durable: up to what is left for another run."""
        rule = self._planner.world.rules[name]
        own = self._planner.documents.get(name, {}).values()
        left = [each for each in own if id(each) not in handled and each.action not in UNTOUCHED]
        left += [each for each in self._planner.unkeyed if each.rule is rule]
        return self._planner.reader.cursor(rule, left)

    def _supersede(self, name: str) -> None:
        """Cancel what was never sent and has gone into other documents, now that those are durable."""
        rule = self._planner.world.rules[name]
        gone = self._planner.claims.superseded(rule, self._planner.documents.get(name, {}).values())
        if gone:
            self._ledger.supersede(gone, "its records are part of another document by now")

    def _wait(self, documents: Sequence[Document]) -> None:
        """Keep in the ledger what is held or failed, with its cause."""
        waiting = [each for each in documents if each.action in WAITS]
        held = [each for each in waiting if not _under_way(each)]
        if held:
            states = self._ledger.hold([self._held(each) for each in held])
            for document, state in zip(held, states, strict=True):
                document.state = state
        for document in waiting:
            text = document.problem.message if document.problem else document.cause
            checking = document.state is not None and document.state.state in {State.SENDING, State.UNKNOWN}
            if checking:
                self.result.checking.append(Unfinished(document=document, word="Checking", text=text))
            else:
                self.result.unfinished.append(Unfinished(document=document, word="Needs you", text=text))

    def _adopt(self, documents: Sequence[Document]) -> None:
        """Take what stands in the target already, in one transaction."""
        found = [each for each in documents if each.action is Action.ADOPT or (each.alive and each.found_anew)]
        if found:
            states = self._ledger.adopt([self._adopted(each) for each in found])
            for document, state in zip(found, states, strict=True):
                document.state = state
        self.result.adopted.extend(each for each in found if each.action is Action.ADOPT)

    def _write(self, documents: Sequence[Document], cursor: Cursor | None) -> None:
        """Queue what is to be sent, and move the cursor, in one transaction, then send each."""
        writing = [each for each in documents if each.action in WRITES]
        if not writing and cursor is None:
            return
        states = self._ledger.enqueue([self._queued(each) for each in writing], cursor)
        sendable: list[Document] = []
        for document, state in zip(writing, states, strict=True):
            document.state = state
            if state.state in SENDABLE:
                sendable.append(document)
            else:
                self._unsent(document, state)
        for document, result in self._sender.documents(sendable):
            self._sent(document, result)
        for resource in {each.resource for each in writing}:
            self._planner.world.lookups.forget(resource)

    def _sent(self, document: Document, result: StepResult | None) -> None:
        if result is not None and result.status != "applied":
            self._stopped(document, result)
            return
        if result is not None and document.virtual is None:
            self._planner.records.written(document, result.target_id, result.record)
        (self.result.created if document.action is Action.CREATE else self.result.updated).append(document)
        self._told(document, document.action or "")
        self._judge(document)

    def _follow(self, documents: Sequence[Document]) -> None:
        """Send what follows: planned again where the document itself was written just now."""
        written = [each for each in documents if each.rule.on_success and each.action in WRITES and _applied(each)]
        if written:
            self._planner.follow_success(written)
        failed = [each for each in documents if each.action is Action.FAIL]
        self._send_further([Further(document=each, writes=_pending(each)) for each in failed])
        settled = [each for each in documents if _applied(each)]
        waiting = {id(each): [further for further in each.follow if further.action in WAITS] for each in settled}
        unsent = [each for each in settled if not _pending(each) and not waiting[id(each)]]
        self._send_further(
            [Further(document=each, writes=_pending(each), complete=not waiting[id(each)]) for each in settled]
        )
        for document in settled:
            if waiting[id(document)]:
                self._half_done(document, waiting[id(document)][0])
        self._finish([each for each in unsent if each.state is not None and each.state.state is State.APPLIED])

    def _finish(self, documents: Sequence[Document]) -> None:
        """Call done what has nothing left to write."""
        if documents:
            self._ledger.finish([each.state.id for each in documents if each.state is not None])
        self.result.finished.extend(each for each in documents if each.action is Action.FINISH)

    def _half_done(self, document: Document, waiting: Intended) -> None:
        """Keep a document that was written, and one of whose further writes cannot be said, among those that wait."""
        if document.state is not None and document.state.state is State.APPLIED:
            document.action, document.problem, document.cause = waiting.action, waiting.problem, waiting.cause
            self._wait([document])

    def _send_further(self, jobs: Sequence[Further]) -> None:
        """Send what follows documents, where there is anything."""
        for job, result in self._sender.further([job for job in jobs if job.writes]):
            document = job.document
            for each in job.writes:
                self._planner.world.lookups.forget(each.resource)
            if result is not None and result.status != "applied":
                self._stopped(document, result)
                continue
            if job.complete and document.action not in WRITES and document.action is not Action.FAIL:
                self.result.finished.append(document)
            self._told(document, "finish")

    def _judge(self, document: Document) -> None:
        if not any(check.after for check in document.rule.rule.check) or document.state is None:
            return
        problems = self._planner.judge_after(document)
        if problems:
            text = "; ".join(problem.message for problem in problems)
            self._ledger.attention(document.state.id, problems[0].code, text)
            self.result.unfinished.append(Unfinished(document=document, word="Needs you", text=text))

    def _stopped(self, document: Document, result: StepResult) -> None:
        refused = result.status == "held" and document.action in WRITES
        document.action = Action.FAIL if refused else Action.HOLD
        document.problem = Problem(code=result.code or "L010", message=result.text)
        if refused and document.rule.on_failure:
            self._planner.follow_failure([document])
        if result.status == "unknown":
            self.result.checking.append(Unfinished(document=document, word="Checking", text=result.text))
        else:
            self.result.unfinished.append(Unfinished(document=document, word=result.doc.word, text=result.text))
        document.cause = result.text
        self._told(document, result.status)

    def _unsent(self, document: Document, state: DocState) -> None:
        document.action = Action.HOLD
        document.cause = state.hold_text or f"it stands as {state.word}"
        self.result.unfinished.append(Unfinished(document=document, word=state.word, text=document.cause))

    def _queued(self, document: Document) -> QueuedDocument:
        return QueuedDocument(
            key=self._planner.doc_key(document), digests=self._digests(document), payload=self._payload(document)
        )

    def _held(self, document: Document) -> HeldDocument:
        problem = document.problem
        return HeldDocument(
            key=self._planner.doc_key(document),
            digests=self._digests(document),
            payload=self._payload(document),
            code=problem.code if problem else "",
            text=problem.message if problem else document.cause,
        )

    def _adopted(self, document: Document) -> AdoptedDocument:
        return AdoptedDocument(
            key=self._planner.doc_key(document),
            digests=self._digests(document),
            payload=self._payload(document),
            target_id=document.target_id or "",
            link=self._planner.world.link(document.rule.rule) if document.virtual is None else None,
            claim=document.claim,
            complete=document.doubted is not None or not any(each.action in WRITES | WAITS for each in document.follow),
        )

    def _digests(self, document: Document) -> Digests:
        version = self._planner.world.integration.version
        plan = digest(document.values)
        return Digests(plan=plan, source=document.digest, rule=self._rule_digest, rule_version=version)

    def _payload(self, document: Document) -> Payload:
        problem = document.problem
        message = "\n".join([str(problem), *map(str, document.further_problems)]) if problem else ""
        return Payload(source=document.source, transformed=document.values or document.desired, message=message)


def _pending(document: Document) -> list[Intended]:
    return [each for each in document.follow if each.alive and each.action in WRITES]


def _applied(document: Document) -> bool:
    state = document.state.state if document.state else None
    return document.alive and state in {State.APPLIED, State.DONE}


def _under_way(document: Document) -> bool:
    state = document.state.state if document.state else None
    return state in {State.SENDING, State.UNKNOWN, State.PARKED, State.CANCELLED} or not document.key
