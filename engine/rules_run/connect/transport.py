"""The small protocol by which requests leave: over the network, or into a stand-in in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from rules_run.errors import ConnectorUnusable

Boundary = Literal[
    "connecting", "connected", "headers-leaving", "headers-left", "body-left", "status-read", "body-read"
]
Passing = Callable[[Boundary], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request as it leaves; `fresh` asks for a connection of its own, as every write does."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""
    deadline: float = 60.0
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whole: header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TransportFault(ConnectorUnusable):
    """No whole answer came; `left` says whether any byte of the request may have reached the system."""

    def __init__(self, message: str, *, left: bool) -> None:
        super().__init__(message)
        self.left = left


class Transport(Protocol):
    """Sends one request and returns one whole answer, or raises TransportFault.

    `at` is called at each boundary on the way. It may raise at `headers-leaving`: then no byte has left, and what it
    raised comes out as it is.
    """

    def exchange(self, outgoing: Outgoing, at: Passing) -> Answer:
        """Send the request once: no redirect followed, nothing repeated."""

    def close(self) -> None:
        """Release the connections."""
