"""The states of a document, which may follow which, and the words people read for them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from rules_run.errors import Invariant

Word = Literal["Queued", "Sending", "Checking", "Needs you", "Processed", "Cancelled"]


class State(StrEnum):
    """Where a document, or one step of it, stands."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    UNKNOWN = "UNKNOWN"
    APPLIED = "APPLIED"
    DONE = "DONE"
    HELD = "HELD"
    RETRY = "RETRY"
    PARKED = "PARKED"
    CANCELLED = "CANCELLED"


WORDS: Mapping[State, Word] = {
    State.QUEUED: "Queued",
    State.RETRY: "Queued",
    State.SENDING: "Sending",
    State.APPLIED: "Sending",
    State.UNKNOWN: "Checking",
    State.HELD: "Needs you",
    State.PARKED: "Needs you",
    State.DONE: "Processed",
    State.CANCELLED: "Cancelled",
}
NEEDING_YOU = frozenset({State.HELD, State.PARKED, State.DONE, State.APPLIED})
"""States in which a hold code means that somebody has to look."""

_S = State
MOVES: Mapping[State | None, frozenset[State]] = {
    None: frozenset({_S.QUEUED, _S.HELD, _S.APPLIED, _S.DONE}),
    _S.QUEUED: frozenset({_S.SENDING, _S.HELD, _S.APPLIED, _S.DONE, _S.PARKED, _S.CANCELLED}),
    _S.RETRY: frozenset({_S.QUEUED, _S.SENDING, _S.HELD, _S.APPLIED, _S.DONE, _S.PARKED, _S.CANCELLED}),
    _S.HELD: frozenset({_S.QUEUED, _S.SENDING, _S.HELD, _S.APPLIED, _S.DONE, _S.PARKED, _S.CANCELLED}),
    _S.SENDING: frozenset({_S.UNKNOWN, _S.APPLIED, _S.DONE, _S.HELD, _S.RETRY, _S.PARKED}),
    _S.UNKNOWN: frozenset({_S.APPLIED, _S.DONE, _S.HELD, _S.RETRY, _S.PARKED}),
    _S.APPLIED: frozenset({_S.SENDING, _S.APPLIED, _S.DONE, _S.HELD, _S.PARKED}),
    _S.DONE: frozenset({_S.QUEUED, _S.SENDING, _S.HELD, _S.DONE, _S.PARKED}),
    _S.PARKED: frozenset({_S.APPLIED, _S.DONE, _S.HELD, _S.RETRY, _S.CANCELLED}),
    _S.CANCELLED: frozenset(),
}
"""A move to the same state is one whose hold changes; only a person, or a late answer, leads on from PARKED.

From there to DONE or HELD goes a document that stood so before a write-back of it came into doubt.
"""


def check_move(before: State | None, after: State) -> None:
    """Refuse a change of state that the protocol does not know."""
    if after not in MOVES[before]:
        raise Invariant(f"A document cannot go from {before or 'nothing'} to {after}.")


def word(state: State, hold_code: str = "") -> Word:
    """Return what people read for a state."""
    return "Needs you" if hold_code and state in NEEDING_YOU else WORDS[state]
