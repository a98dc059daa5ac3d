"""Visits every moment that can come about, and says which promises some of them break."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from rules_run.ledger.states import State

from .moment import Moment, Rules
from .moves import DEDUPLICATED, nexts

ENDS = frozenset({State.DONE, State.PARKED, State.HELD, State.CANCELLED})
WRITTEN = frozenset({State.APPLIED, State.DONE})
TO_SEND = frozenset({State.QUEUED, State.RETRY})
MOST_MADE, MOST_WIRE = 2, 4
"""Beyond these nothing more is learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What visiting every moment of some rules came to: the broken promises, each with a story that leads there."""

    states: int
    moves: frozenset[tuple[State | None, State]]
    broken: dict[str, tuple[str, ...]]


def check(rules: Rules) -> Checked:
    """Visit every moment."""
    first = rules.first()
    came: dict[Moment, tuple[str, Moment] | None] = {first: None}
    back: dict[Moment, list[Moment]] = {}
    waiting, moves, broken = deque([first]), set(), dict[str, Moment]()
    while waiting:
        now = waiting.popleft()
        for name in _broken(now, rules):
            broken.setdefault(name, now)
        if now.made > MOST_MADE or now.wire > MOST_WIRE:
            continue
        for label, then in nexts(now, rules):
            if then.doc is not None and (then.doc is not now.doc or label in SAME):
                moves.add((now.doc, then.doc))
            if label != "dies":
                back.setdefault(then, []).append(now)
            if then not in came:
                came[then] = (label, now)
                waiting.append(then)
    stuck = next(iter(_stuck(came, back)), None)
    if stuck is not None:
        broken["live"] = stuck
    stories = {name: tuple(_story(came, moment)) for name, moment in broken.items()}
    return Checked(states=len(came), moves=frozenset(moves), broken=stories)


SAME = frozenset(
    {
        "read, and cannot be mapped",
        "read, and what follows cannot be mapped",
        "changed afterwards",
        "the mark is taken off",
    }
)
"""After these the document stands where it stood, with another hold."""


def _broken(now: Moment, rules: Rules) -> Iterator[str]:
    if now.made > 1:
        yield "one"
    if now.doc in WRITTEN and not now.made:
        yield "true"
    repeated = rules.gateway and rules.safety in DEDUPLICATED
    lost = now.doubted or rules.field_is_ledger or repeated
    if now.doc in TO_SEND and now.wire and not now.known and rules.intent and not lost:
        yield "honest"
    if now.returned and not now.known and not now.doubted:
        yield "after"


def _stuck(came: dict[Moment, tuple[str, Moment] | None], back: dict[Moment, list[Moment]]) -> Iterator[Moment]:
    """Yield moments from which no way without a death leads to an end; those that are out of budget aside."""
    reached = {moment for moment in came if moment.doc in ENDS or moment.returned}
    waiting = list(reached)
    while waiting:
        for before in back.get(waiting.pop(), ()):
            if before not in reached:
                reached.add(before)
                waiting.append(before)
    for moment in came:
        budget = moment.attempts and moment.made <= 1 and (moment.pages or moment.doc is not None)
        if budget and moment not in reached:
            yield moment


def _story(came: dict[Moment, tuple[str, Moment] | None], moment: Moment) -> list[str]:
    story = []
    while (step := came[moment]) is not None:
        label, moment = step
        story.append(label)
    return story[::-1]
