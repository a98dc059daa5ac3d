"""What delivery is asked to send, and what it reports back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rules_run.ledger.records import Claim, DocState, Link, StepIntent
from rules_run.ledger.states import State
from rules_run.model.exchange import Condition, Operator, Record, Safety, Write

MAIN = frozenset({"create", "update", "adjust"})
"""Kinds of steps that make or change the document itself; every other kind is the name of a write-back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """The text that finds a document in the target, and the field that holds it."""

    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The virtual resource that a write is a step of: which object, and how it stood before the write."""

    resource: str
    key: Record
    before: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOrder:
    """One write, with all that is needed to settle it should its answer be lost.

    `probe` finds what the write makes (by default its marker); `expected` are the values planned against;
    `looked` says that this run has searched for it already and found nothing;
    `says` is what people call the document ("Invoice INV-1042 (Northwind, 1 284.50)").
    """

    kind: str
    alias: str
    write: Write
    safety: Safety
    marker: Marker | None = None
    probe: tuple[Condition, ...] = ()
    expected: Record | None = None
    origin: Origin | None = None
    money: bool = False
    looked: bool = False
    link: Link | None = None
    claim: Claim | None = None
    says: str = ""

    @property
    def known_id(self) -> str | None:
        """Return how the written thing is known before any answer: an update by its id, a virtual object by its key."""
        if self.origin is not None:
            return "/".join(str(value) for value in self.origin.key.values())
        return self.write.target_id

    @property
    def search(self) -> tuple[Condition, ...]:
        """Return what finds the written thing."""
        if self.probe or self.marker is None:
            return self.probe
        return (Condition(field=self.marker.field, op="eq", value=self.marker.value),)


Status = Literal["applied", "retry", "unknown", "held", "parked", "paused", "waiting", "busy"]
STATUS: Mapping[State, Status] = {
    State.APPLIED: "applied",
    State.RETRY: "retry",
    State.UNKNOWN: "unknown",
    State.HELD: "held",
    State.PARKED: "parked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What came of a step; `paused`, `waiting` (not due) and `busy` (not to be had) sent and changed nothing."""

    status: Status
    doc: DocState
    target_id: str | None = None
    record: Record | None = None
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What looking after a lost answer came to; `record` is what was found."""

    status: Status
    doc: DocState
    kind: str
    text: str = ""
    record: Record | None = None


def intent_of(order: StepOrder, fingerprint: Record, *, last: bool) -> StepIntent:
    """Return the step as the ledger keeps it."""
    origin = order.origin
    memo = {
        "alias": order.alias,
        "resource": order.write.resource,
        "verb": order.write.verb,
        "values": dict(order.write.values),
        "target_id": order.write.target_id,
        "marker": None if order.marker is None else order.marker.field,
        "probe": [[c.field, c.op, c.value] for c in order.search],
        "expected": order.expected,
        "origin": None if origin is None else [origin.resource, origin.key, origin.before],
        "print": fingerprint,
        "says": order.says,
    }
    return StepIntent(
        kind=order.kind,
        main=order.kind in MAIN,
        last=last,
        safety=order.safety,
        marker="" if order.marker is None else order.marker.value,
        link=order.link,
        claim=order.claim,
        memo=memo,
    )


def order_of(intent: StepIntent) -> tuple[StepOrder, Record]:
    """Return the order and the fingerprint that the ledger kept."""
    memo: Mapping[str, Any] = intent.memo
    origin = memo["origin"]
    order = StepOrder(
        kind=intent.kind,
        alias=memo["alias"],
        write=Write(resource=memo["resource"], verb=memo["verb"], values=memo["values"], target_id=memo["target_id"]),
        safety=intent.safety,
        marker=None if memo["marker"] is None else Marker(field=memo["marker"], value=intent.marker),
        probe=tuple(_condition(*kept) for kept in memo["probe"]),
        expected=memo["expected"],
        origin=None if origin is None else Origin(resource=origin[0], key=origin[1], before=origin[2]),
        link=intent.link,
        says=memo["says"],
    )
    return order, memo["print"]


def _condition(field: str, op: Operator, value: object) -> Condition:
    return Condition(field=field, op=op, value=tuple(value) if isinstance(value, list) else value)
