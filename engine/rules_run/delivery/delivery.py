"""Delivery: one write at a time, never blindly repeated."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, tzinfo

from rules_run.connect.contract import Connector, StaleSend
from rules_run.delivery.breaker import Breaker
from rules_run.delivery.fingerprint import fingerprint
from rules_run.delivery.judging import Judge
from rules_run.delivery.looking import CannotTell, Doubtful, Finding, Looker, Made, TooEarly
from rules_run.delivery.orders import STATUS, Settled, Status, StepOrder, StepResult, intent_of
from rules_run.delivery.prior import Prior
from rules_run.delivery.settling import Settler, made
from rules_run.delivery.watching import Alarm, Watcher
from rules_run.errors import LedgerUnusable, ValueFault
from rules_run.failpoints import failpoint
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import DocState, OpenAttempt, Ruling, StepIntent
from rules_run.ledger.states import State
from rules_run.model.clock import Clock
from rules_run.model.exchange import Outcome, Record, Request, Verdict

KEEP_TRYING = 30.0
"""Seconds for which the outcome of a send is offered to a store that does not take it."""
START_WITHIN = 5.0
"""Seconds from the intent to the first byte; a process that was stopped longer must not send."""


class Delivery:
    """Sends the steps of documents by the write protocol: from any number of threads, a document from one at a time."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        connectors: Mapping[str, Connector],
        clock: Clock,
        run_id: str,
        jitter: Callable[[], float] = random.random,
        zone: tzinfo = UTC,
        names: Mapping[str, str] | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """`jitter` gives random numbers from 0 to 1, `pause` waits; `zone` and `names` (of systems) are for people."""
        self._sending, self._connectors, self._clock, self._run_id = ledger.sending, connectors, clock, run_id
        self._breaker, self._looker = Breaker(), Looker(ledger.proofs)
        self._judge = Judge(self._looker, clock, jitter)
        self._settler = Settler(
            ledger=ledger,
            connectors=connectors,
            clock=clock,
            looker=self._looker,
            breaker=self._breaker,
            zone=zone,
            names=names or {},
        )
        self._prior = Prior(ledger=ledger, looker=self._looker, clock=clock, zone=zone, names=names or {})
        self._watcher = Watcher(ledger=ledger, connectors=connectors)
        self._pause, self._zone = pause, zone
        self._epochs: dict[int, int] = {}

    def settle(self) -> list[Settled]:
        """Look after every lost answer that is old enough; the first thing of a run."""
        self._sending.fold()
        settled = self._settler.settle()
        for one in settled:
            self._epochs.pop(one.doc.id, None)
        return settled

    def watch(self) -> list[Alarm]:
        """Return the documents that stand twice in their target after all; asked once in a run, after settling."""
        return self._watcher.watch()

    def send(
        self,
        doc: DocState,
        step: StepOrder,
        *,
        last: bool,
        turn: AbstractContextManager[object] = nullcontext(),  # noqa: B008 - holds nothing
    ) -> StepResult:
        """Make one step of a document: claim, intent, one request, outcome; after the `last` one it is done.

        `turn` is held from before the intent until the answer is there.
        """
        why = self._breaker.paused(step.alias)
        if why is not None:
            return StepResult(status="paused", doc=doc, text=why)
        if doc.due is not None and doc.due > self._clock.now():
            at = doc.due.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
            return StepResult(status="waiting", doc=doc, text=f"it was not taken, and is not sent again before {at}")
        held = self._claimed(doc)
        if held is None:
            present = self._sending.current(doc.id)
            return _not_to_be_had(present)
        connector = self._connectors[step.alias]
        intent = intent_of(step, {}, last=last)
        try:
            expected = fingerprint(connector, step.write)
            intent = intent_of(step, expected, last=last)
            request = connector.prepare(step.write)
            early = self._prior.look(connector, held, step, expected)
            if early is not None:
                return self._without_sending(connector, held, step, intent, early)
            with turn:
                failpoint("before-intent")
                pending = self._intend(connector, held, intent, request)
                verdict = None if pending is None else self._answer(connector, pending, request)
        except ValueFault as fault:
            ruling = Ruling(state=State.HELD, outcome=Outcome.NOT_SENT, code=fault.code, text=fault.message)
            return _result(self._sending.conclude_unsent(held, intent, ruling), ruling)
        if pending is None or verdict is None:
            return StepResult(status="busy", doc=self._sending.current(doc.id))
        return self._ruled(connector, pending, step, verdict, expected)

    def take(self, *, rule_id: str = "") -> DocState | None:
        """Claim the document that has waited longest, where many processes send at the same time; None when none."""
        failpoint("before-claim")
        held = self._sending.claim_next(self._run_id, rule_id=rule_id)
        if held is not None:
            self._epochs[held.id] = held.epoch
        return held

    def _claimed(self, doc: DocState) -> DocState | None:
        if doc.id in self._epochs:
            return replace(doc, epoch=self._epochs[doc.id])
        failpoint("before-claim")
        held = self._sending.claim(doc.id, self._run_id)
        if held is not None:
            self._epochs[doc.id] = held.epoch
        return held

    def _without_sending(
        self, connector: Connector, doc: DocState, step: StepOrder, intent: StepIntent, finding: Finding
    ) -> StepResult:
        match finding:
            case Made():
                ruling = made(connector, step, finding, final=True)
                return _result(self._sending.conclude_unsent(doc, intent, ruling), ruling, finding.record)
            case Doubtful():
                return _result(self._sending.conclude_unsent(doc, intent, finding.ruling), finding.ruling)
            case CannotTell():
                self._breaker.pause(step.alias, finding.text)
        self._sending.release(doc)
        self._epochs.pop(doc.id, None)
        if isinstance(finding, TooEarly):
            return StepResult(status="waiting", doc=doc, text=finding.text)
        return StepResult(status="paused", doc=doc, text=self._breaker.paused(step.alias) or "")

    def _intend(self, connector: Connector, doc: DocState, intent: StepIntent, request: Request) -> OpenAttempt | None:
        pending = self._sending.intend(
            doc,
            intent,
            run_id=self._run_id,
            request_digest=request.digest,
            idem_key=request.idempotency_key,
            start_within=START_WITHIN,
            deadline=connector.timing.deadline,
        )
        if pending is None:
            self._epochs.pop(doc.id, None)
        return pending

    def _ruled(
        self, connector: Connector, pending: OpenAttempt, step: StepOrder, verdict: Verdict, expected: Record
    ) -> StepResult:
        failpoint("after-send")
        self._breaker.saw(step.alias, verdict)
        ruling, record = self._judge.judge(connector, pending, step, verdict, expected)
        doc = self._concluded(pending, ruling)
        if doc.epoch != pending.doc.epoch:
            self._epochs.pop(doc.id, None)
            return StepResult(status="busy", doc=doc, target_id=ruling.target_id, record=record)
        return _result(doc, ruling, record)

    def _concluded(self, pending: OpenAttempt, ruling: Ruling) -> DocState:
        """Write the outcome; a store that does not take it is tried for a while, then the outcome is kept beside it."""
        waited = 0.0
        while True:
            try:
                return self._sending.conclude(pending, ruling)
            except LedgerUnusable as error:
                if waited >= KEEP_TRYING:
                    if not self._sending.keep(pending, ruling):
                        raise
                    raise LedgerUnusable(f"{error} The answer is kept beside it for the next run.") from error
            self._pause(1.0)
            waited += 1.0

    def _answer(self, connector: Connector, pending: OpenAttempt, request: Request) -> Verdict:
        """Send once: what fails before the guard lets the first byte pass was not sent, anything later is unknown."""
        passed = False

        def guard() -> None:
            nonlocal passed
            late = self._clock.boottime() - pending.attempt.intent_boottime > START_WITHIN
            if late or not self._sending.holds(pending):
                raise StaleSend("it was too late to begin" if late else "another run has taken the document over")
            passed = True
            failpoint("at-guard")

        try:
            return connector.send(request, guard)
        except Exception as error:
            outcome = Outcome.UNKNOWN if passed else Outcome.NOT_SENT
            return Verdict(outcome=outcome, message=str(error) or type(error).__name__)


def _not_to_be_had(doc: DocState) -> StepResult:
    status: Status = "parked" if doc.state is State.PARKED else "held" if doc.hold_code else "busy"
    return StepResult(status=status, doc=doc, code=doc.hold_code, text=doc.hold_text)


def _result(doc: DocState, ruling: Ruling, record: Record | None = None) -> StepResult:
    return StepResult(
        status=STATUS[ruling.state],
        doc=doc,
        target_id=ruling.target_id,
        record=record,
        code=ruling.code,
        text=ruling.text,
    )
