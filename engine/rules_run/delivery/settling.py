"""Settling: what happens to the sends that nobody got an answer to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from rules_run.connect.contract import Connector
from rules_run.delivery.breaker import Breaker
from rules_run.delivery.looking import CannotTell, Doubtful, Finding, Looker, Made, NotMade, TooEarly
from rules_run.delivery.orders import STATUS, Settled, Status, StepOrder, order_of
from rules_run.delivery.target import reference_of
from rules_run.delivery.verdicts import ATTEMPTS
from rules_run.delivery.waiting import Wait, given_up, wait_of
from rules_run.delivery.wording import question
from rules_run.errors import ConnectorUnusable
from rules_run.failpoints import failpoint
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import OpenAttempt, Ruling
from rules_run.ledger.states import State
from rules_run.model.clock import Clock
from rules_run.model.exchange import Outcome, Record, Safety

WATCHED = timedelta(days=7)


class Settler:
    """Takes up every lost answer that is old enough, and asks the target about it."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        connectors: Mapping[str, Connector],
        clock: Clock,
        looker: Looker,
        breaker: Breaker,
        zone: tzinfo,
        names: Mapping[str, str],
    ) -> None:
        self._sending = ledger.sending
        self._connectors, self._clock, self._looker, self._breaker = connectors, clock, looker, breaker
        self._zone, self._names = zone, names

    def settle(self) -> list[Settled]:
        """Go over all lost answers once."""
        return [self._settle(found) for found in self._sending.unsettled()]

    def _settle(self, found: OpenAttempt) -> Settled:
        if found.doc.state is State.SENDING:
            taken = self._sending.overdue(found) if given_up(self._clock, found) else None
            if taken is None:
                return _settled(found, "its sender may still be at work")
            found = taken
        order, fingerprint = order_of(found.step.intent)
        connector = self._connectors.get(order.alias)
        if connector is None:
            return _settled(found, f"{order.alias} is not part of this run")
        wait = wait_of(self._clock, found, connector.timing)
        if not wait.over:
            return self._keep_waiting(found, wait)
        finding = self._finding(connector, found, order, fingerprint)
        return self._rule(connector, found, order, wait, finding)

    def _keep_waiting(self, found: OpenAttempt, wait: Wait) -> Settled:
        if wait.exhausted:
            return self._park(found, "D007", "Nobody could find out in a day whether it is there.")
        if wait.fresh:
            found = self._sending.note(found, wait.notes(negative=None))
        return _settled(found, "it may still arrive in the target")

    def _finding(self, connector: Connector, found: OpenAttempt, order: StepOrder, fingerprint: Record) -> Finding:
        if order.origin is None and (order.safety is Safety.NOTHING or not (order.search or order.write.target_id)):
            return Doubtful(
                code="D008", text=question(found, order, self._names.get(order.alias, order.alias), self._zone)
            )
        paused = self._breaker.paused(order.alias)
        if paused is not None:
            return CannotTell(text=paused)
        failpoint("before-look")
        try:
            finding = self._looker.look(connector, found.doc, order, fingerprint)
        except ConnectorUnusable as error:
            finding = CannotTell(text=str(error))
        failpoint("after-look")
        return finding

    def _rule(
        self, connector: Connector, found: OpenAttempt, order: StepOrder, wait: Wait, finding: Finding
    ) -> Settled:
        match finding:
            case Made():
                return self._conclude(found, made(connector, order, finding), finding.record)
            case Doubtful():
                return self._conclude(found, finding.ruling)
            case NotMade() if order.safety is Safety.UNIQUE:
                # Sent again, it is refused should it be there all the same: no search has to be proven honest.
                return self._absent(found, wait, final=True)
            case NotMade(sure=True):
                return self._absent(found, wait, final=finding.final)
            case NotMade():
                text = "it was not found, but neither is anything that is certainly there"
            case CannotTell() | TooEarly():
                text = finding.text
        if wait.old:
            return self._park(found, "D007", f"Nobody could find out in a day whether it is there: {text}.")
        return _settled(found, text)

    def _absent(self, found: OpenAttempt, wait: Wait, *, final: bool) -> Settled:
        if final or wait.twice_negative:
            return self._conclude(found, absent(found, self._clock.now()))
        if wait.negative is None:
            found = self._sending.note(found, wait.notes(negative=wait.now))
        return _settled(found, "it was not found, and will be looked for once more")

    def _park(self, found: OpenAttempt, code: str, text: str) -> Settled:
        return self._conclude(found, Doubtful(code=code, text=text).ruling)

    def _conclude(self, found: OpenAttempt, ruling: Ruling, record: Record | None = None) -> Settled:
        doc = self._sending.conclude(found, ruling, boundary="verdict")
        return Settled(
            status=STATUS[ruling.state], doc=doc, kind=found.step.intent.kind, text=ruling.text, record=record
        )


def absent(found: OpenAttempt, now: datetime) -> Ruling:
    """Return the ruling on a write that is certainly not in the target: it may be sent again, but not for ever.

    It is not due before the system that gave no plain answer wanted to be asked again.
    """
    attempt = found.attempt
    worn_out = attempt.no >= ATTEMPTS
    return Ruling(
        state=State.HELD if worn_out else State.RETRY,
        outcome=Outcome.NOT_SENT,
        resolved_by="probe",
        code="D002" if worn_out else "",
        text=f"Sent {attempt.no} times, it never arrived." if worn_out else "it is certainly not there",
        due=None if worn_out else max(now, found.doc.due or now),
        watch_until=now + WATCHED,
    )


def made(connector: Connector, order: StepOrder, finding: Made, *, final: bool = False) -> Ruling:
    """Return the ruling on a write that was found in the target."""
    return Ruling(
        state=State.APPLIED,
        outcome=Outcome.APPLIED,
        resolved_by="probe",
        target_id=finding.target_id or None,
        target_ref=reference_of(connector, order.write.resource, finding.record) if order.kind == "create" else "",
        text=f"found in the target{f' as {finding.target_id}' if finding.target_id else ''}",
        final=final,
    )


def _settled(found: OpenAttempt, text: str) -> Settled:
    status: Status = "waiting" if found.doc.state is State.SENDING else "unknown"
    return Settled(status=status, doc=found.doc, kind=found.step.intent.kind, text=text)
