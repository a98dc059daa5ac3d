"""What a person is asked when the engine cannot know."""

from __future__ import annotations

from datetime import tzinfo

from rules_run.delivery.orders import StepOrder
from rules_run.ledger.records import DocState, OpenAttempt


def question(found: OpenAttempt, order: StepOrder, system: str, zone: tzinfo) -> str:
    """Return the question about a send that left no trace: the same words wherever it is asked."""
    at = found.attempt.intent_wall.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    name = title(found.doc, order)
    search = found.step.intent.marker or name
    return (
        f"{name} was sent to {system} at {at} and no answer came. "
        "It may or may not be there. It will not be sent again until you say so. "
        f"Search {system} for {search}: [It is there, number ____] [It is not there, send it]"
    )


def unsure(doc: DocState, order: StepOrder, system: str) -> str:
    """Return the question about a creation that a ledger which was brought back may have forgotten."""
    search = order.marker.value if order.marker is not None else title(doc, order)
    return (
        f"{title(doc, order)} may have been sent to {system} before the ledger was brought back. "
        "It may or may not be there. It will not be sent again until you say so. "
        f"Search {system} for {search}: [It is there, number ____] [It is not there, send it]"
    )


def title(doc: DocState, order: StepOrder) -> str:
    """Return what people call the document."""
    return order.says or f"{order.write.resource} {doc.key.source_id}"


def foreign(target_id: str, fields: list[str]) -> str:
    """Return what is said of one found thing that is not as it was written."""
    return (
        f"Number {target_id} carries this marker but differs in {', '.join(fields)}: somebody else's, or changed since."
    )


def doubled(target_ids: list[str]) -> str:
    """Return what is said when more than one is found."""
    return f"A duplicate exists: {', '.join(target_ids)}. Keep one of them in the target, then say which."
