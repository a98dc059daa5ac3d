"""What a connector offers the engine: the one seam between rules and systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

from rules_run.connect.timing import Timing as Timing
from rules_run.model.catalogue import Catalogue
from rules_run.model.exchange import (
    Condition,
    Query,
    Record,
    Request,
    Safety,
    Verb,
    Verdict,
    VirtualPlan,
    Write,
)
from rules_run.model.frozen import frozen


@frozen
class Usage:
    """How many of the requests that all clients of an account have together in `minutes` are used; `share` is ours."""

    used: int
    most: int
    minutes: int
    share: int

    @property
    def spent(self) -> bool:
        """Say whether the share is used up, which `share` gives in percent."""
        return self.used * 100 >= self.most * self.share


class VirtualResource(Protocol):
    """A desired state that the connector reaches in steps of real writes."""

    def key_fields(self) -> tuple[str, ...]:
        """Return the fields that name one object of the resource (they are what `match` must give)."""

    def read(self, keys: Sequence[Record]) -> list[Record | None]:
        """Return the current state of each key, in order, in as few calls as can be; None where nothing stands."""

    def reads(self) -> tuple[str, ...]:
        """Return the resources that `read` asks: a log-in that sees all of them sees that nothing stands."""

    def steps(self, desired: Record, current: Record | None) -> VirtualPlan:
        """Return the writes from `current` to `desired`; pure, and empty when nothing is to be done."""

    def settle(self, write: Write, before: Record | None, now: Record | None) -> bool | None:
        """Say whether a write whose answer was lost is in `now`: True, False, or None when it cannot be told."""


class Connector(Protocol):
    """One account of one system.

    Records go in and out as people write them: dotted fields nest, picklists are labels, user-defined fields are a
    mapping by name, numbers are int or Decimal, dates `YYYY-MM-DD` texts, date-times ISO texts with a zone, absent
    fields absent.
    Reads raise `ConnectorUnusable`; a failed send is a value.
    """

    @property
    def alias(self) -> str:
        """Return the name that the rule file gives the account."""

    @property
    def catalogue(self) -> Catalogue:
        """Return what the system offers."""

    @property
    def timing(self) -> Timing:
        """Return how long answers may take and how late a commit may come."""

    @property
    def width(self) -> int:
        """Return how many sends may be under way at once."""

    def read(self, query: Query) -> Iterator[list[Record]]:
        """Yield pages of exactly the records that meet the query: what the system cannot filter is filtered here.

        `in` lists of any length are split into as many calls as the system's limits ask for; None asks nothing.
        """

    def unpushed(self, query: Query) -> tuple[Condition, ...]:
        """Return the conditions that the system cannot filter itself."""

    def canonical(self, resource: str, values: Record) -> Record:
        """Return the values in the form in which a later read gives them; raise ValueFault for what it would refuse."""

    def prepare(self, write: Write) -> Request:
        """Freeze a write into bytes; raise ValueFault for what the system would surely refuse."""

    def send(self, request: Request, guard: Callable[[], None]) -> Verdict:
        """Send once, no retry, no redirect; `guard` is called just before the first byte and may raise `StaleSend`."""

    def safety(self, resource: str, verb: Verb, *, marked: bool) -> Safety:
        """Return the safety class of such a write; `marked` says that the rule writes a searchable marker."""

    def sees_all(self, resource: str) -> bool:
        """Say whether this log-in certainly sees every record of the resource: the control of a negative answer."""

    def virtual(self, resource: str) -> VirtualResource | None:
        """Return the virtual resource of that name, or None for a real one."""

    def calls(self) -> int:
        """Return how many requests were sent so far."""

    def usage(self) -> Usage | None:
        """Return how much of the system's quota is used, None where it has none or nobody counts it."""

    def close(self) -> None:
        """Release what the connector holds."""


@runtime_checkable
class Examinable(Protocol):
    """A connector whose system tells what a log-in may do, and what it offers now."""

    def log_in(self) -> None:
        """Show the log-in; raise ConnectorUnusable where it is refused."""

    def access(self, resource: str, verb: Verb | Literal["read"]) -> Access | None:
        """Return which records of a resource the log-in may treat so, None where the system does not tell."""

    def live_fields(self, resource: str) -> Mapping[str, LiveField] | None:
        """Return the fields of a resource as the system describes them now, None where it does not."""

    def clock_skew(self) -> float | None:
        """Return by how many seconds the system's clock is ahead of this machine's, None before any answer told."""


Access = Literal["all", "some", "none"]


@frozen
class LiveField:
    """A field as a system describes it: the types of the catalogue that may stand for its own, and what else it tells.

    `flags` holds `length`, `required`, `read_only`, `filterable` and `picklist` as far as they are told.
    """

    name: str
    told_type: str
    types: tuple[str, ...]
    flags: Mapping[str, object]


class StaleSend(Exception):
    """The start guard refuses: too late, or no longer the holder; no byte may leave."""
