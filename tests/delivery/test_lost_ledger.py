from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import marker_for
from rules_run.ledger.states import State

from .clock import TestClock
from .small_run import RULE, key_of, run
from .target import Died, Target

FAULTS = [
    "ok",
    "refused",
    "stalled",
    "throttle",
    "login",
    "reject",
    "reset-before",
    "reset-after",
    "500-after",
    "late",
    "no-id",
    "broken",
    "broken-after",
    "crash-before",
    "crash-after",
]
SETTLED = 100.0

runs = st.lists(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3), max_size=6)


def play(target: Target, ledger: Ledger, clock: TestClock, faults: list[str]) -> None:
    target.faults.clear()
    target.faults.extend(faults)
    with contextlib.suppress(Died):
        run(ledger, target, clock, ["1"])
    assert len(target.live(marker_for(key_of("1")))) <= 1


def state(ledger: Ledger) -> State | None:
    doc = ledger.known(RULE, ["1"]).get("1")
    return doc.state if doc else None


@settings(max_examples=12, deadline=None)
@given(runs)
def test_a_lost_ledger_makes_nothing_twice_once_all_has_arrived(happens: list[list[str]]) -> None:
    clock = TestClock()
    target = Target(clock)
    target.all_seen = True
    for faults in happens:
        ledger = Ledger.in_memory(tenant="nordlys", clock=clock)
        play(target, ledger, clock, faults)
        clock.advance(SETTLED)
    for _ in range(3):
        play(target, ledger := Ledger.in_memory(tenant="nordlys", clock=clock), clock, [])
        clock.advance(SETTLED)
    assert state(ledger) is State.DONE
