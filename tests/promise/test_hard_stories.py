"""Stories of bad luck on both sides at once: a sender that slept, a server that is late, a log-in that does not see."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import DocState, marker_for
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety

from ..delivery.clock import TestClock
from ..delivery.small_run import RULE, create, delivery_of, key_of, queued, run
from ..delivery.target import Target
from .extent import Score

SUITE = "hard stories"
SOON = (0.0, 0.0, 10.0, 11.0, 30.0)
"""Seconds between runs that follow each other closely, while something may still be under way."""
HOUR = 3600.0


class Story:
    """One document on its way, and everything around it."""

    def __init__(self) -> None:
        self.clock = TestClock()
        self.target = Target(self.clock, Safety.PROBE)
        self.ledger = Ledger.in_memory(tenant="nordlys", clock=self.clock)

    def runs(self, *pauses: float) -> None:
        """Do a run after each of the pauses."""
        for pause in pauses:
            self.clock.advance(pause)
            run(self.ledger, self.target, self.clock, ["1"])

    def stands_still(self, seconds: float, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Let the next sender stand still before its first byte, while something else goes on."""

        def sleep() -> None:
            self.target.meanwhile = None
            self.clock.advance(seconds)
            meanwhile()

        self.target.meanwhile = sleep

    @property
    def doc(self) -> DocState:
        """Return how the document stands."""
        return self.ledger.known(RULE, ["1"])["1"]

    @property
    def made(self) -> int:
        """Return how often the target really made it, by now."""
        with self.target.books.shared():
            self.target.books.arrive()
        return len(self.target.live(marker_for(key_of("1"))))


@pytest.fixture
def story() -> Story:
    return Story()


def check_made_once(story: Story, score: Callable[[Score], None]) -> None:
    """Check that in the end there is one, and that it is known."""
    found = Score(
        suite=SUITE,
        scenarios=1,
        duplicates=max(0, story.made - 1),
        lost=int(not story.made),
        stuck=int(story.doc.state is not State.DONE),
    )
    score(found)
    assert found.clean(), (found, story.doc)


def test_a_sender_that_slept_longer_than_anything_is_waited_for_does_not_begin_to_send(
    story: Story, score: Callable[[Score], None]
) -> None:
    story.target.all_seen = True
    story.stands_still(200.0)
    story.target.faults.append("late")
    story.runs(*SOON, HOUR, HOUR, HOUR)
    check_made_once(story, score)


def test_a_sender_that_slept_while_another_run_took_its_document_over_decides_nothing(
    story: Story, score: Callable[[Score], None]
) -> None:
    story.target.all_seen = True
    first = delivery_of(story.ledger, story.target, story.clock)
    [doc] = story.ledger.enqueue([queued("1")])
    other = delivery_of(story.ledger, story.target, story.clock)
    story.stands_still(40.0, other.settle)
    result = first.send(doc, create("1", Safety.PROBE), last=False)
    assert (result.status, story.doc.state, story.target.sent) == ("busy", State.UNKNOWN, [])
    story.runs(*SOON, HOUR, HOUR, HOUR)
    check_made_once(story, score)


def test_a_log_in_that_does_not_see_the_document_never_sends_it_again_and_asks_after_a_day(
    story: Story, score: Callable[[Score], None]
) -> None:
    story.target.blind = True
    story.target.faults.append("reset-after")
    story.runs(*SOON, *[HOUR] * 26)
    assert (story.made, story.doc.word) == (1, "Needs you")
    assert "Nobody could find out in a day whether it is there" in story.doc.hold_text
    score(Score(suite=SUITE, scenarios=1))
