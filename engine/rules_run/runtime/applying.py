"""Carries out a plan: rule by rule, a page into the ledger, then each document by the write protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import StepResult
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import AdoptedDocument, Digests, DocState, HeldDocument, Payload, QueuedDocument
from rules_run.ledger.states import State
from rules_run.model.plan import Action
from rules_run.model.problem import Problem
from rules_run.runtime.delivering import Orders
from rules_run.runtime.intended import Document, Intended
from rules_run.runtime.planner import Planner

Told = Callable[[Document, str], None]
WRITES = frozenset({Action.CREATE, Action.UPDATE})
WAITS = frozenset({Action.HOLD, Action.FAIL})
SENDABLE = frozenset({State.QUEUED, State.RETRY, State.APPLIED, State.DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A document that is not done: the word people read and what happened."""

    document: Document
    word: str
    text: str


@dataclass(slots=True, kw_only=True)
class Applied:
    """What a run did."""

    created: list[Document] = field(default_factory=list)
    updated: list[Document] = field(default_factory=list)
    adopted: list[Document] = field(default_factory=list)
    finished: list[Document] = field(default_factory=list)
    unfinished: list[Unfinished] = field(default_factory=list)
    checking: list[Unfinished] = field(default_factory=list)
    left_out: list[Document] = field(default_factory=list)
    """Documents that refer to one which was not chosen, so that they cannot be written yet."""

    @property
    def written(self) -> int:
        """Return how many documents were written."""
        return len(self.created) + len(self.updated) + len(self.finished)


class Applier:
    """Applies the documents of one planner."""

    def __init__(self, planner: Planner, ledger: Ledger, delivery: Delivery, *, rule_digest: str, told: Told) -> None:
        self._planner, self._ledger, self._delivery = planner, ledger, delivery
        self._orders = Orders(planner.world.lookups, planner.finder)
        self._rule_digest, self._told = rule_digest, told
        self.result = Applied()

    def apply(self, chosen: Callable[[Document], bool]) -> Applied:
        """Write every chosen document, in an order in which each finds what it refers to."""
        for name in self._planner.world.order:
            planned = self._planner.documents.get(name, {})
            mine = {key for key, document in planned.items() if chosen(document)}
            self._planner.again(name)
            documents = [document for key, document in self._planner.documents.get(name, {}).items() if key in mine]
            self.result.left_out += [each for each in documents if each.alive and each.unknown]
            documents = [each for each in documents if not (each.alive and each.unknown)]
            self._wait(documents)
            self._adopt(documents)
            self._write(documents)
            self._follow(documents)
        return self.result

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
        found = [each for each in documents if each.action is Action.ADOPT]
        if found:
            states = self._ledger.adopt([self._adopted(each) for each in found])
            for document, state in zip(found, states, strict=True):
                document.state = state
        self.result.adopted.extend(found)

    def _write(self, documents: Sequence[Document]) -> None:
        """Queue what is to be sent, in one transaction, then send each."""
        writing = [each for each in documents if each.action in WRITES]
        if not writing:
            return
        states = self._ledger.enqueue([self._queued(each) for each in writing])
        for document, state in zip(writing, states, strict=True):
            document.state = state
            if state.state in SENDABLE:
                self._send(document)
            else:
                self._unsent(document, state)
        for resource in {each.resource for each in writing}:
            self._planner.world.lookups.forget(resource)

    def _send(self, document: Document) -> None:
        steps = self._orders.count(document)
        complete = not document.rule.on_success
        for number, order in enumerate(self._orders.of(document), start=1):
            state = document.state
            if state is None:
                return
            result = self._delivery.send(state, order, last=complete and number == steps)
            document.state = result.doc
            if result.status != "applied":
                self._stopped(document, result)
                return
            if document.virtual is None:
                self._planner.records.written(document, result.target_id, result.record)
        (self.result.created if document.action is Action.CREATE else self.result.updated).append(document)
        self._told(document, document.action or "")
        self._judge(document)

    def _follow(self, documents: Sequence[Document]) -> None:
        """Send what follows: planned again where the document itself was written just now."""
        written = [each for each in documents if each.rule.on_success and each.action in WRITES and _applied(each)]
        if written:
            self._planner.follow_success(written)
        for document in documents:
            failing = [each for each in document.follow if each.alive and each.action in WRITES]
            if document.action is Action.FAIL and failing:
                self._send_follow(document, failing)
        settled = [each for each in documents if _applied(each)]
        done: list[int] = []
        for document in settled:
            pending = [each for each in document.follow if each.alive and each.action in WRITES]
            if pending:
                self._send_follow(document, pending)
            elif document.state is not None and document.state.state is State.APPLIED:
                done.append(document.state.id)
                if document.action is Action.FINISH:
                    self.result.finished.append(document)
        if done:
            self._ledger.finish(done)

    def _send_follow(self, document: Document, pending: Sequence[Intended]) -> None:
        for number, each in enumerate(pending, start=1):
            for order in self._orders.of(each):
                if document.state is None:
                    return
                last = number == len(pending) and document.action is not Action.FAIL
                result = self._delivery.send(document.state, order, last=last)
                document.state = result.doc
                if result.status != "applied":
                    self._stopped(document, result)
                    return
            self._planner.world.lookups.forget(each.resource)
        if document.action not in WRITES and document.action is not Action.FAIL:
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
            self._planner.follow_failure([document], "rejected")
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
            complete=not any(each.action in WRITES for each in document.follow),
        )

    def _digests(self, document: Document) -> Digests:
        version = self._planner.world.integration.version
        return Digests(source=document.digest, rule=self._rule_digest, rule_version=version)

    def _payload(self, document: Document) -> Payload:
        problem = document.problem
        message = "\n".join([str(problem), *map(str, document.further_problems)]) if problem else ""
        return Payload(source=document.source, transformed=document.values or document.desired, message=message)


def _applied(document: Document) -> bool:
    state = document.state.state if document.state else None
    return document.alive and state in {State.APPLIED, State.DONE}


def _under_way(document: Document) -> bool:
    state = document.state.state if document.state else None
    return state in {State.SENDING, State.UNKNOWN, State.PARKED, State.CANCELLED} or not document.key
