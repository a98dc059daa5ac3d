"""From the answer to a send to a ruling, with a look into the target where the answer itself asks for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rules_run.connect.contract import Connector
from rules_run.delivery.looking import Doubtful, Looker, Made
from rules_run.delivery.orders import StepOrder
from rules_run.delivery.settling import made
from rules_run.delivery.target import reference_of
from rules_run.delivery.verdicts import rule_on
from rules_run.errors import ConnectorUnusable
from rules_run.ledger.records import OpenAttempt, Ruling
from rules_run.ledger.states import State
from rules_run.model.clock import Clock
from rules_run.model.exchange import Outcome, Record, Verdict


class Judge:
    """Rules on answers."""

    def __init__(self, looker: Looker, clock: Clock, jitter: Callable[[], float]) -> None:
        self._looker, self._clock, self._jitter = looker, clock, jitter

    def judge(
        self, connector: Connector, pending: OpenAttempt, step: StepOrder, verdict: Verdict, expected: Record
    ) -> tuple[Ruling, Record | None]:
        """Return what an answer comes to, with the record that it or the target shows."""
        if verdict.ask_first and verdict.outcome is not Outcome.APPLIED:
            found = self._asked(connector, pending, step, expected)
            if found is not None:
                return found
            verdict = replace(verdict, outcome=Outcome.UNKNOWN)
        if verdict.outcome is Outcome.APPLIED and step.kind == "create" and verdict.target_id is None:
            verdict = replace(verdict, outcome=Outcome.UNKNOWN, message="the answer names no id")
        settle = connector.timing.settle
        ruling = rule_on(verdict, pending.attempt, now=self._clock.now(), settle=settle, jitter=self._jitter)
        if ruling.state is State.APPLIED:
            reference = reference_of(connector, step.write.resource, verdict.record) if step.kind == "create" else ""
            ruling = replace(ruling, target_id=step.known_id or ruling.target_id, target_ref=reference)
        return ruling, verdict.record

    def _asked(
        self, connector: Connector, pending: OpenAttempt, step: StepOrder, expected: Record
    ) -> tuple[Ruling, Record | None] | None:
        """Look at once for what the target says it has already; finding nothing proves nothing yet."""
        if not step.search:
            return None
        try:
            finding = self._looker.search(connector, pending.doc, step, expected)
        except ConnectorUnusable:
            return None
        match finding:
            case Made():
                return made(connector, step, finding, final=True), finding.record
            case Doubtful():
                return finding.ruling, None
        return None
