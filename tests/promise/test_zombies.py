"""A process that stands still in the middle of a send while another one takes over: it wakes up and does no harm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from rules_run.ledger.states import State

from ..delivery.small_run import RULE
from .crashes.filed import Place, Worlds
from .crashes.oracle import Flaw
from .crashes.processes import STOPPED, Processes
from .crashes.telling import Played, Tell, check
from .crashes.world import SCENARIOS, Scenario
from .extent import Extent

BEFORE_THE_GUARD = (
    *("before-claim", "after-claim", "before-probe", "after-probe", "before-intent", "after-intent"),
    *("send-connecting", "send-connected"),
)
BEHIND_THE_GUARD = ("at-guard", "send-headers-leaving", "send-headers-left", "send-body-left")
AFTER_THE_ANSWER = ("send-status-read", "send-body-read", "after-send", "after-outcome")
IN_A_TRANSACTION = ("claim-commit", "intent-commit", "outcome-commit")
LONG, SHORT = 200.0, 50.0
"""Seconds after which a request is settled; and in which its deadline passes, but it may still arrive."""
CLASSES = (SCENARIOS[0], SCENARIOS[1], SCENARIOS[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """Where a process stands still, for how long in each of three runs of another one, and on which store."""

    scenario: Scenario
    place: str
    seconds: float
    database: bool = False

    @property
    def before_the_guard(self) -> bool:
        return self.place in BEFORE_THE_GUARD or self.place == "intent-commit"

    @property
    def runs(self) -> int:
        """Return how often others run: a row that is locked keeps them waiting, and then ends them."""
        return 1 if self.place in IN_A_TRANSACTION else 3


def sleeps() -> Iterator[Sleep]:
    for database in (False, True):
        for scenario in CLASSES:
            for place in (*BEFORE_THE_GUARD, *AFTER_THE_ANSWER):
                if place.endswith("-probe") and not database:
                    continue
                yield Sleep(scenario=scenario, place=place, seconds=LONG, database=database)
            for place in BEHIND_THE_GUARD:
                yield Sleep(scenario=scenario, place=place, seconds=SHORT / 3, database=database)
    for place in IN_A_TRANSACTION:
        yield Sleep(scenario=SCENARIOS[0], place=place, seconds=LONG, database=True)


def slept(processes: Processes, place: Place, sleep: Sleep) -> list[Flaw]:
    """Let a process stand still, others run meanwhile, then let it go on; return what is wrong at the end."""
    stopped = processes.do("run", place, failpoint=f"{sleep.place}:1:stop", locked=False)
    if stopped <= STOPPED:
        return [Flaw(kind="stuck", text=f"it did not stop: {stopped}")]
    for _ in range(sleep.runs):
        place.clock.advance(sleep.seconds)
        processes.do("run", place, locked=False)
    if (code := processes.go_on(stopped)) != 0:
        return [Flaw(kind="stuck", text=f"it ended with {code}")]
    sent = place.world().target.books.senders.count(stopped - STOPPED)
    wrong = [f"duplicates: the sleeper sent {sent} times"] if sleep.before_the_guard and sent else []
    wrong += processes.ending(place)
    return [Flaw(kind=text.partition(":")[0], text=text) for text in wrong]


def played(processes: Processes, worlds: Worlds, every: Sequence[Sleep]) -> Iterator[Played]:
    for sleep in every:
        with worlds.fresh(sleep.scenario, database=sleep.database) as place:
            yield sleep, 1, slept(processes, place, sleep)


@pytest.mark.parametrize("number", [0, 1])
def test_a_sleeper_that_wakes_up_sends_nothing_and_one_thing_is_made(
    processes: Processes, worlds: Worlds, number: int, extent: Extent, score: Tell
) -> None:
    half = [each for index, each in enumerate(sleeps()) if index % 2 == number]
    check(score, "sleepers", played(processes, worlds, extent.part(half, quick=4, turn=10)))


def test_what_the_guard_cannot_prevent_is_told_a_person(processes: Processes, worlds: Worlds) -> None:
    """Between its last look and its first byte a process may stand still for longer than anything is waited for."""
    with worlds.fresh(SCENARIOS[0]) as place:
        stopped = processes.do("run", place, failpoint="at-guard:1:stop", locked=False)
        for _ in range(3):
            place.clock.advance(LONG)
            processes.do("run", place, locked=False)
        assert processes.go_on(stopped) == 0
        assert len(place.world().made("1")) == 2
        processes.do("run", place)
        ledger = place.home.open(place.clock)
        [doc] = ledger.known(RULE, ["1"]).values()
        ledger.close()
        assert (doc.state, doc.word) == (State.DONE, "Needs you")
        assert "1000" in doc.hold_text
        assert "1001" in doc.hold_text
