"""Sends documents that do not depend on each other side by side, each by itself in order."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TypeVar

from rules_run.connect.abreast import Lane, Turns, in_order
from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import StepOrder, StepResult
from rules_run.ledger.records import DocState
from rules_run.model.plan import Action
from rules_run.runtime.delivering import Orders
from rules_run.runtime.entries import WAITS, WRITES
from rules_run.runtime.intended import Document, FollowUp, Intended
from rules_run.runtime.lookups import Lookups

Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """The further writes of one document; `complete` says that nothing of it waits after them.

    `more` says that some of those after them need what these give.
    """

    document: Document
    writes: Sequence[FollowUp]
    complete: bool = True
    more: bool = False


Followed = tuple[Further, StepResult | None]
FurtherLane = Lane[Further, Followed]


class Sender:
    """Sends as many documents at once as their connectors bear; the results come in the order asked.

    What runs in a thread touches its own documents only. Documents of one target are sent one after the other. Two
    workers more than may send write down what came of one document, and get the next one ready meanwhile.
    """

    def __init__(self, delivery: Delivery, orders: Orders, lookups: Lookups) -> None:
        self._delivery, self._orders, self._lookups = delivery, orders, lookups
        self._turns: dict[str, Turns] = {}
        self._lock = threading.Lock()

    def documents(self, documents: Sequence[Document]) -> Iterator[tuple[Document, StepResult | None]]:
        """Yield each document with what its last step came to; None where nothing was to be sent."""
        groups = _by_target(documents, [[each] for each in documents])
        for sent in in_order(
            lambda group: [(each, self._document(each)) for each in group], groups, self._workers(documents)
        ):
            yield from sent

    def further(self, jobs: Sequence[Further]) -> Iterator[Followed]:
        """Yield each job with what its last step came to."""
        groups = _by_target(jobs, [job.writes for job in jobs])
        workers = self._workers([each for job in jobs for each in job.writes])
        for sent in in_order(lambda group: [self._further(job) for job in group], groups, workers):
            yield from sent

    def lane(self, documents: Iterable[Document]) -> FurtherLane | None:
        """Return where further writes can be sent beside documents; None where a connector takes one thing at a time.

        Nothing is sent beside documents that are written into the same resource: whose value stands last is then a
        matter of the order.
        """
        further = [each for document in documents for each in document.follow if each.resource]
        if not further or {each.resource for each in further} & {document.resource for document in documents}:
            return None
        workers = self._workers(further)
        return Lane(self._further, workers) if workers > 1 else None

    def _document(self, document: Document) -> StepResult | None:
        steps, result = self._orders.count(document), None
        complete = not document.rule.on_success
        for number, order in enumerate(self._orders.of(document), start=1):
            if document.state is None:
                return None
            result = self._send(document.state, order, last=complete and number == steps)
            document.state = result.doc
            if result.status != "applied":
                break
        return result

    def _further(self, job: Further) -> Followed:
        document, result = job.document, None
        for number, each in enumerate(job.writes, start=1):
            for order in self._orders.of(each):
                if document.state is None:
                    return job, None
                last = job.complete and number == len(job.writes) and document.action is not Action.FAIL
                result = self._send(document.state, order, last=last)
                document.state = result.doc
                if result.status != "applied":
                    return job, result
            document.made[each.further.further.name] = (result and result.target_id) or each.target_id or ""
        return job, result

    def _send(self, state: DocState, order: StepOrder, *, last: bool) -> StepResult:
        resource = f"{order.alias}.{order.write.resource}"
        with self._lock:
            if (turns := self._turns.get(resource)) is None:
                connector, _ = self._lookups.connector(resource)
                turns = self._turns[resource] = Turns(connector.width)
        return self._delivery.send(state, order, last=last, turn=turns.one())

    def _workers(self, wanted: Iterable[Intended]) -> int:
        resources = {each.resource for each in wanted}
        width = min((self._lookups.connector(resource)[0].width for resource in resources), default=1)
        return width + 2 if width > 1 else 1


def target_of(writes: Iterable[Intended]) -> Hashable | None:
    """Return the record that writes change, as far as it is there already."""
    return next(((each.resource, each.target_id) for each in writes if each.target_id is not None), None)


def pending(document: Document) -> list[FollowUp]:
    """Return the further writes that are left; what was made in this run is not made once more."""
    left = [each for each in document.follow if each.alive and each.action in WRITES]
    return [each for each in left if each.further.further.name not in document.made]


def complete(document: Document) -> bool:
    """Say whether all that follows a document can be said."""
    return not any(each.action in WAITS for each in document.follow)


def sendable(job: Further) -> Further:
    """Return the part of a job that can be said by now; the rest needs what that part gives."""
    known = list(takewhile(lambda each: not each.unknown, job.writes))
    if len(known) == len(job.writes):
        return job
    return replace(job, writes=known, complete=False, more=True)


def _by_target(pieces: Sequence[Piece], writes: Sequence[Sequence[Intended]]) -> list[list[Piece]]:
    """Return the pieces in groups: those that change one record stay together, in their order."""
    groups: dict[Hashable, list[Piece]] = {}
    for number, (piece, written) in enumerate(zip(pieces, writes, strict=True)):
        groups.setdefault(target_of(written) or number, []).append(piece)
    return list(groups.values())
