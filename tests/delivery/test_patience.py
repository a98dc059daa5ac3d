"""A system that says for how long it wants to be left alone is left alone for as long, and nothing waits meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.states import State
from rules_run.model.exchange import Outcome, Request, Verdict

from .clock import TestClock
from .small_run import RULE, create, delivery_of, queued
from .target import Target

BUSY = Verdict(outcome=Outcome.REJECTED, message="too many", status=429, permanent=False, wait=300.0)
DOWN = Verdict(outcome=Outcome.UNKNOWN, message="maintenance", status=503, wait=600.0)


class Asking(Target):
    """A target that answers the first sends as it is told, without doing anything."""

    def __init__(self, clock: TestClock, *answers: Verdict) -> None:
        super().__init__(clock)
        self.all_seen, self.answers = True, deque(answers)

    def send(self, request: Request, guard: Callable[[], None]) -> Verdict:
        if not self.answers:
            return super().send(request, guard)
        guard()
        return self.answers.popleft()


def test_a_write_that_comes_too_often_is_not_due_before_the_system_said(ledger: Ledger, clock: TestClock) -> None:
    target = Asking(clock, BUSY)
    [doc] = ledger.enqueue([queued("1")])
    delivery, begun = delivery_of(ledger, target, clock), clock.now()
    delivery.send(doc, create("1", target.kind), last=True)
    standing = ledger.known(RULE, ["1"])["1"]
    assert standing.state is State.RETRY
    assert standing.due is not None
    assert (standing.due - begun).total_seconds() == 300

    clock.advance(299)
    assert delivery.send(standing, create("1", target.kind), last=True).status == "waiting"
    assert target.sent == []
    clock.advance(1)
    assert delivery.send(standing, create("1", target.kind), last=True).status == "applied"


def test_a_longer_wait_of_our_own_stays(ledger: Ledger, clock: TestClock) -> None:
    target = Asking(clock, *[BUSY] * 5)
    ledger.enqueue([queued("1")])
    waits = []
    for _ in range(5):
        delivery_of(ledger, target, clock).send(ledger.known(RULE, ["1"])["1"], create("1", target.kind), last=True)
        due = ledger.known(RULE, ["1"])["1"].due
        waits.append((due - clock.now()).total_seconds() if due else None)
        clock.advance(1000)
    assert waits == [300, 300, 300, 480, 960]


def test_a_lost_write_that_is_not_there_is_not_sent_again_before_the_system_said(
    ledger: Ledger, clock: TestClock
) -> None:
    target = Asking(clock, DOWN)
    [doc] = ledger.enqueue([queued("1")])
    delivery, begun = delivery_of(ledger, target, clock), clock.now()
    assert delivery.send(doc, create("1", target.kind), last=True).status == "unknown"
    for _ in range(2):
        clock.advance(100)
        delivery.settle()
    standing = ledger.known(RULE, ["1"])["1"]
    assert standing.state is State.RETRY
    assert standing.due is not None
    assert (standing.due - begun).total_seconds() == 600
    clock.advance(400)
    assert delivery.send(standing, create("1", target.kind), last=True).status == "applied"
    assert len(target.sent) == 1
