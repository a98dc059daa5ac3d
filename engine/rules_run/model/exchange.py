"""What is asked of a system and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Literal

from rules_run.model.frozen import frozen

Record = dict[str, object]
Operator = Literal["eq", "not", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "starts_with", "empty", "ours"]
Verb = Literal["create", "update"]


@frozen
class Condition:
    """One test of one (dotted) field; `in` and `not_in` take a tuple, `empty` a boolean.

    `ours` asks who wrote the value: the engine answers it, no connector ever sees it.
    """

    field: str
    op: Operator
    value: object


@frozen
class Query:
    """All records of a resource that meet every condition."""

    resource: str
    where: tuple[Condition, ...] = ()


@frozen
class Write:
    """One intended change: `values` by dotted field as people write them, `target_id` as text for an update."""

    resource: str
    verb: Verb
    values: Mapping[str, object]
    target_id: str | None = None


@frozen
class Request:
    """A frozen request without secrets: the same bytes leave on every attempt."""

    resource: str
    verb: Verb
    method: str
    path: str
    body: bytes
    digest: str
    idempotency_key: str | None = None


class Outcome(StrEnum):
    """What one send came to; `unknown` is neither success nor failure."""

    APPLIED = "applied"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Safety(StrEnum):
    """How a lost answer can be settled: idempotency key, uniqueness, probe, idempotent set, or nothing."""

    KEY = "K"
    UNIQUE = "U"
    PROBE = "P"
    IDEMPOTENT = "I"
    NOTHING = "W"


@frozen
class Verdict:
    """The classified answer to one send."""

    outcome: Outcome
    message: str = ""
    code: str = ""
    status: int | None = None
    target_id: str | None = None
    record: Record | None = None
    permanent: bool = True
    """A rejection that the same data will meet again; a false one is retried later (a locked card, a throttle)."""
    ask_first: bool = False
    """The answer says that the thing may exist already: look before anything else."""
    pause: bool = False
    """The connector must not be used again in this run (log-in refused)."""
    wait: float = 0.0
    """Seconds for which the system asks to be left alone."""


@frozen
class VirtualStep:
    """One write of a virtual resource with what a person reads about it."""

    write: Write
    says: str


@frozen
class VirtualPlan:
    """The steps from the current to the desired state, in order; `hold` says why none may be made."""

    steps: tuple[VirtualStep, ...] = ()
    hold: str = ""
    notes: tuple[str, ...] = field(default=())
