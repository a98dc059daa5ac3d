"""Documents of one rule that mean the same target: the one that had it first keeps it, the others wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rules_run.errors import Hold
from rules_run.mapping.difference import digest, has_unknown
from rules_run.model.plan import Action
from rules_run.runtime.intended import Document


def keep_apart(known: Iterable[Document], changed: Sequence[Document]) -> None:
    """Hold documents that would make what another one makes, or that say otherwise what another one keeps.

    Documents that only find a record, and write nothing when it is there, may share it.
    """
    fresh = {id(document) for document in changed if document.state is None or not document.state.target_id}
    keepers: dict[tuple[str, str], Document] = {}
    for document in sorted(known, key=lambda each: id(each) in fresh):
        for place in _places(document):
            keeper = keepers.setdefault(place, document)
            if keeper is not document and id(document) in fresh and _collide(keeper, document):
                name, rule = document.target_id or "a new record", document.rule.rule.name
                text = f"{rule} {document.key} would write the same {document.resource} ({name}) as {rule} {keeper.key}"
                document.end(Hold(text, code="M053"))
                break


def _places(document: Document) -> Iterator[tuple[str, str]]:
    """Yield what a document's target is known by: its id, and what `match` says of it."""
    if not document.alive or document.target.target.mode == "create":
        return
    if document.target_id:
        yield document.resource, document.target_id
    if document.match_values and not has_unknown(document.match_values):
        yield document.resource, digest(document.match_values)


def _collide(keeper: Document, document: Document) -> bool:
    return bool(document.rule.rule.to.set) or keeper.action is document.action is Action.CREATE
