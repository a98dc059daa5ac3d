"""Sends documents that do not depend on each other side by side, each by itself in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rules_run.connect.abreast import in_order
from rules_run.delivery.delivery import Delivery
from rules_run.delivery.orders import StepResult
from rules_run.model.plan import Action
from rules_run.runtime.delivering import Orders
from rules_run.runtime.intended import Document, Intended
from rules_run.runtime.lookups import Lookups

Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """The further writes of one document; `complete` says that nothing of it waits after them."""

    document: Document
    writes: Sequence[Intended]
    complete: bool = True


class Sender:
    """Sends as many documents at once as their connectors bear; the results come in the order asked.

    What runs in a thread touches its own documents only. Documents of one target are sent one after the other.
    """

    def __init__(self, delivery: Delivery, orders: Orders, lookups: Lookups) -> None:
        self._delivery, self._orders, self._lookups = delivery, orders, lookups

    def documents(self, documents: Sequence[Document]) -> Iterator[tuple[Document, StepResult | None]]:
        """Yield each document with what its last step came to; None where nothing was to be sent."""
        groups = _by_target(documents, [[each] for each in documents])
        for sent in in_order(
            lambda group: [(each, self._document(each)) for each in group], groups, self._width(documents)
        ):
            yield from sent

    def further(self, jobs: Sequence[Further]) -> Iterator[tuple[Further, StepResult | None]]:
        """Yield each job with what its last step came to."""
        groups = _by_target(jobs, [job.writes for job in jobs])
        width = self._width([each for job in jobs for each in job.writes])
        for sent in in_order(lambda group: [(job, self._further(job)) for job in group], groups, width):
            yield from sent

    def _document(self, document: Document) -> StepResult | None:
        steps, result = self._orders.count(document), None
        complete = not document.rule.on_success
        for number, order in enumerate(self._orders.of(document), start=1):
            if document.state is None:
                return None
            result = self._delivery.send(document.state, order, last=complete and number == steps)
            document.state = result.doc
            if result.status != "applied":
                break
        return result

    def _further(self, job: Further) -> StepResult | None:
        document, result = job.document, None
        for number, each in enumerate(job.writes, start=1):
            for order in self._orders.of(each):
                if document.state is None:
                    return None
                last = job.complete and number == len(job.writes) and document.action is not Action.FAIL
                result = self._delivery.send(document.state, order, last=last)
                document.state = result.doc
                if result.status != "applied":
                    return result
        return result

    def _width(self, wanted: Iterable[Intended]) -> int:
        resources = {each.resource for each in wanted}
        return min((self._lookups.connector(resource)[0].width for resource in resources), default=1)


def _by_target(pieces: Sequence[Piece], writes: Sequence[Sequence[Intended]]) -> list[list[Piece]]:
    """Return the pieces in groups: those that change one record stay together, in their order."""
    groups: dict[object, list[Piece]] = {}
    for number, (piece, written) in enumerate(zip(pieces, writes, strict=True)):
        known = [(each.resource, each.target_id) for each in written if each.target_id is not None]
        groups.setdefault(known[0] if known else number, []).append(piece)
    return list(groups.values())
