"""Documents of one rule that mean the same target: the one that had it first keeps it, the others wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rules_run.errors import Hold
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.difference import digest, has_unknown
from rules_run.model.plan import Action
from rules_run.runtime.intended import Document, Intended
from rules_run.runtime.resolving import Resolver, attempt

OPEN = frozenset({State.SENDING, State.UNKNOWN, State.PARKED})
"""States of documents that were sent and of which nobody knows the end: what they would write is taken meanwhile."""


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


def take_places(resolver: Resolver, rule: CompiledRule, documents: Sequence[Document]) -> None:
    """Compute what `match` says of documents whose answer is open, so that no other one takes their target."""
    tries = [(each, _trial(each)) for each in documents if _open(each)]
    for alternative in rule.target.alternatives if tries else ():
        resolver.fields(alternative, [trial for _, trial in tries], rule.definitions)
        for document, trial in tries:
            fields = attempt(trial, alternative.all) if trial.alive else None
            if isinstance(fields, dict) and len(fields) == len(alternative.fields):
                document.resource = str(attempt(trial, rule.target.resource) or "")
                document.match_values.update(fields)


def _trial(document: Document) -> Intended:
    return Intended(scope=dict(document.base), target=document.target, definitions=document.definitions)


def _open(document: Document) -> bool:
    return document.state is not None and document.state.state in OPEN


def _places(document: Document) -> Iterator[tuple[str, str]]:
    """Yield what a document's target is known by: its id, and what `match` says of it."""
    if not (document.alive or _open(document)) or document.target.target.mode == "create":
        return
    if document.target_id:
        yield document.resource, document.target_id
    if document.match_values and not has_unknown(document.match_values):
        yield document.resource, digest(document.match_values)


def _collide(keeper: Document, document: Document) -> bool:
    creates = document.action is Action.CREATE and (keeper.action is Action.CREATE or _open(keeper))
    return creates or bool(document.rule.rule.to.set)
