from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import marker_for
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety

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

rounds = st.lists(
    st.tuples(
        st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3),
        st.sampled_from([0.0, 1.0, 10.0, 35.0, 95.0, 400.0]),
        st.booleans(),
    ),
    max_size=6,
)


def play(target: Target, ledger: Ledger, clock: TestClock, faults: list[str]) -> None:
    target.faults.clear()
    target.faults.extend(faults)
    with contextlib.suppress(Died):
        run(ledger, target, clock, ["1"])
    assert len(target.live(marker_for(key_of("1")))) <= 1


def state(ledger: Ledger) -> State | None:
    doc = ledger.known(RULE, ["1"]).get("1")
    return doc.state if doc else None


@settings(max_examples=40, deadline=None)
@given(rounds, st.sampled_from([Safety.PROBE, Safety.KEY, Safety.UNIQUE]), st.sampled_from([0.0, 20.0]))
def test_whatever_happens_one_document_is_made_and_none_is_lost(
    happens: list[tuple[list[str], float, bool]], safety: Safety, lag: float
) -> None:
    clock = TestClock()
    target, ledger = Target(clock, safety), Ledger.in_memory(tenant="nordlys", clock=clock)
    target.all_seen, target.lag = True, lag
    for faults, wait, reboots in happens:
        play(target, ledger, clock, faults)
        if reboots:
            clock.reboot()
            target.restarted()
        clock.advance(wait)
    for _ in range(12):
        clock.advance(3600.0)
        play(target, ledger, clock, [])
    [made] = target.live(marker_for(key_of("1")))
    doc = ledger.known(RULE, ["1"])["1"]
    assert (doc.state, doc.target_id) == (State.DONE, str(made["id"]))
    assert target.records["Tickets"][1]["invoiceNumber"] == doc.target_id


@settings(max_examples=25, deadline=None)
@given(rounds)
def test_without_a_way_to_look_nothing_is_made_twice_and_somebody_is_asked(
    happens: list[tuple[list[str], float, bool]],
) -> None:
    clock = TestClock()
    target, ledger = Target(clock, Safety.NOTHING), Ledger.in_memory(tenant="nordlys", clock=clock)
    for faults, wait, _ in happens:
        play(target, ledger, clock, faults)
        clock.advance(wait)
    for _ in range(6):
        clock.advance(3600.0)
        play(target, ledger, clock, [])
    assert state(ledger) in (State.DONE, State.PARKED)
    made = target.records["Invoices"]
    assert len(made) == 1 if state(ledger) is State.DONE else len(made) <= 1


@settings(max_examples=12, deadline=None)
@given(rounds)
def test_a_lost_ledger_makes_nothing_twice_once_all_has_arrived(
    happens: list[tuple[list[str], float, bool]],
) -> None:
    clock = TestClock()
    target = Target(clock)
    target.all_seen = True
    for faults, _, _ in happens:
        ledger = Ledger.in_memory(tenant="nordlys", clock=clock)
        play(target, ledger, clock, faults)
        clock.advance(SETTLED)
    for _ in range(3):
        play(target, ledger := Ledger.in_memory(tenant="nordlys", clock=clock), clock, [])
        clock.advance(SETTLED)
    assert state(ledger) is State.DONE
