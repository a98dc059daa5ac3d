"""What one system's stand-in supplies to the frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from flask import Request

from rules_run.model.exchange import Record
from rules_run.sandbox.history import Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a system says: `body` becomes JSON unless it is bytes; `committed` and `record_id` tell what it did."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    committed: bool = False
    record_id: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that a system knows: what it is about, and how to get the answer; `during` is held meanwhile."""

    resource: str
    verb: Verb
    answer: Callable[[], Answer]
    during: AbstractContextManager[object] = field(default_factory=nullcontext)


class System:
    """One system's behaviour; a stand-in derives from it."""

    title: str

    def call(self, request: Request) -> Call:
        """Recognise a request without doing anything yet; what is wrong with it is an answer too."""
        raise NotImplementedError

    def stored(self, resource: str, record: Record) -> Record:
        """Return a record as people write it as the store holds it."""
        return record

    def changed(self, resource: str, before: Record | None, after: Record | None) -> None:
        """Hear that somebody made, changed or deleted a record past every check, as by hand in the real system."""

    def reset(self) -> None:
        """Forget what the system itself remembers of requests."""

    def choices(self, resource: str, field: str) -> Mapping[str, str]:
        """Return the values that a field takes, with what people read."""
        return {}

    def words(self, status: int) -> object:
        """Return the body with which the system itself gives a status, None where a gateway before it would."""
        return None


class ConnectionDropped(ConnectionError):
    """The stand-in cut the connection."""


class ConnectionRefused(ConnectionRefusedError):
    """The stand-in takes no connections, for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("The sandbox takes no connections.")
        self.seconds = seconds


class AnswerWithheld(TimeoutError):
    """The stand-in never answers."""
