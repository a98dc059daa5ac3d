"""What is true of one document at one moment: in the target, on the way there, in the ledger, and in two workers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from rules_run.ledger.states import State
from rules_run.model.exchange import Safety


class At(IntEnum):
    """Where a worker stands between two instants at which it can die."""

    IDLE = 0
    CLAIMED = 1
    INTENDED = 2
    WAITING = 3
    UNSENT = 4
    MADE = 5
    REFUSED = 6
    CONFLICT = 7
    LOST = 8
    LOOKING = 9
    BACK = 10
    BACK_SENDING = 11


class Worker(NamedTuple):
    """One process: where it stands, and whether the document is still in its hand."""

    at: At = At.IDLE
    holds: bool = False


FREE = Worker()


class Moment(NamedTuple):
    """One state of the world. `made` and `wire` count documents and requests under way; the last five are budgets.

    `doc` is the state in the ledger (None: it knows nothing), `back` says whether the step under way is the write-back,
    `resume` where the document returns to after it. `known` says that the ledger knows the id in the target.
    """

    made: int = 0
    hidden: bool = False
    wire: int = 0
    doc: State | None = None
    back: bool = False
    resume: State | None = None
    known: bool = False
    negative: bool = False
    returned: bool = False
    doubted: bool = False
    workers: tuple[Worker, Worker] = (FREE, FREE)
    attempts: int = 3
    crashes: int = 2
    losses: int = 0
    deeds: int = 0
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of the protocol, and what is assumed of the world: each can be switched off."""

    name: str
    safety: Safety = Safety.PROBE
    intent: bool = True
    """The row of an attempt is durable before its first byte."""
    settle: bool = True
    """An absence is believed only when nothing of the request can arrive any more."""
    honest: bool = True
    """An absence is believed only from a search that found what is certainly there."""
    twice: bool = True
    """An absence is believed the second time."""
    lag: bool = False
    """What was made is hidden from searches for a while."""
    unknown: str = "unknown"
    """What a lost answer is booked as; `again`: the client of HTTP repeats the request."""
    fence: bool = True
    """A decision needs the document in hand."""
    guard: bool = True
    """Nobody sends who has lost the document."""
    lease: bool = True
    late: bool = True
    """The target may carry a request out after its sender has given up."""
    field_is_ledger: bool = False
    """What counts as sent is what has a number in the source."""
    back_first: bool = False
    """The source is written before the outcome."""
    gateway: bool = False
    """Something on the way repeats a request by itself."""
    prior: bool = True
    """The target is asked before the first creation."""
    told: bool = True
    """A ledger that was lost and rebuilt knows that it was: it waits, asks, and leaves the unsure to a person."""
    key_from_ledger: bool = False
    """Key and marker are made up by the ledger, and lost with it."""
    at_once: bool = False
    """What was lost is sent again at once, trusting the key."""
    adopts: bool = False
    """The document may stand in the target already, made by hand and found by its match."""
    many_steps: bool = False
    """The document itself takes more than one write."""
    attempts: int = 3
    crashes: int = 2
    losses: int = 0
    deeds: int = 0
    pages: int = 1

    def first(self) -> Moment:
        """Return the moment before anything happened."""
        return Moment(
            attempts=self.attempts, crashes=self.crashes, losses=self.losses, deeds=self.deeds, pages=self.pages
        )
