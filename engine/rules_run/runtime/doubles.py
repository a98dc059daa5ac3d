"""Documents of one rule that mean the same target: the one that had it first keeps it, the others wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules_run.errors import Hold
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.difference import digest, has_unknown
from rules_run.model.plan import Action
from rules_run.runtime.intended import Document, Intended
from rules_run.runtime.resolving import Resolver, attempt
from rules_run.runtime.scratch import Scratch

OPEN = frozenset({State.SENDING, State.UNKNOWN, State.PARKED})
"""States of documents that were sent and of which nobody knows the end: what they would write is taken meanwhile."""


Displaced = Callable[[int, Hold], None]
"""Ends a document by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """A document that would write a place, as it stands now."""

    number: int
    key: str
    fresh: bool
    """The ledger knows no target of it."""
    creates: bool
    open: bool


class Places:
    """What the documents of one rule would write: those that are put away are remembered on the disk."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch, self._list = scratch, 0
        self._near: dict[str, list[Document]] = {}

    def renew(self, documents: Iterable[Document]) -> None:
        """Take down what documents would write now, instead of what they would have written before."""
        for document in documents:
            self._forget(document)
            document.places = tuple(_places(document))
            for place in document.places:
                self._near.setdefault(place, []).append(document)

    def put_away(self, documents: Sequence[Document]) -> None:
        """Remember on the disk what documents would write, which leave the memory."""
        for document in documents:
            self._forget(document)
        rows = [
            (place, claim.number, claim.key, claim.fresh, claim.creates, claim.open)
            for document in documents
            if document.alive or _open(document)
            for claim in (_claim(document),)
            for place in document.places
        ]
        if rows:
            self._list = self._list or self._scratch.new_list()
            values = ((self._list, *row) for row in rows)
            self._scratch.put("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def take_back(self, documents: Iterable[Document]) -> None:
        """Have documents in memory again that were put away."""
        rows = []
        for document in documents:
            rows += [(self._list, place, document.number) for place in document.places]
            for place in document.places:
                self._near.setdefault(place, []).append(document)
        if rows:
            self._scratch.put("DELETE FROM place WHERE list = ? AND place = ? AND number = ?", rows)

    def claimants(self, places: Iterable[str]) -> Mapping[str, list[Claimant]]:
        """Return who would write each place, in the order of the documents."""
        found: dict[str, list[Claimant]] = {}
        for place in places:
            standing = (each for each in self._near.get(place, ()) if each.alive or _open(each))
            found[place] = [_claim(each) for each in standing]
        if self._list:
            query = "SELECT place, number, key, fresh, creates, open FROM place WHERE list = ? AND place IN ({})"
            for place, number, key, fresh, creates, is_open in self._scratch.among(query, self._list, found):
                far = Claimant(number=number, key=key, fresh=bool(fresh), creates=bool(creates), open=bool(is_open))
                found[place].append(far)
        return found

    def _forget(self, document: Document) -> None:
        for place in document.places:
            there = [each for each in self._near.get(place, ()) if each is not document]
            if there:
                self._near[place] = there
            else:
                self._near.pop(place, None)


def keep_apart(places: Places, changed: Sequence[Document], displaced: Displaced | None) -> None:
    """Hold documents that would make what another one makes, or that say otherwise what another one keeps.

    Documents that only find a record, and write nothing when it is there, may share it. `displaced` ends one that was
    planned before, and has to give way to one whose target the ledger knows.
    """
    claims = places.claimants(dict.fromkeys(place for document in changed for place in document.places))
    now = {document.number for document in changed}
    gone: set[int] = set()

    def rank(claim: Claimant) -> tuple[bool, int]:
        return claim.fresh and (displaced is not None or claim.number in now), claim.number

    def others(place: str) -> list[Claimant]:
        return sorted((each for each in claims[place] if each.number not in gone), key=rank)

    for document in sorted(changed, key=lambda each: rank(_claim(each))):
        own = _claim(document)
        if own.fresh:
            keepers = (others(place)[0] for place in document.places)
            taken = (each for each in keepers if each.number != own.number and _collide(each, own, document))
            keeper = next(taken, None)
            if keeper is not None:
                document.end(_same_target(document, own, keeper))
                gone.add(own.number)
        elif displaced is not None:
            for other in _late(own, document, others, now):
                displaced(other.number, _same_target(document, other, own))
                gone.add(other.number)


def _late(
    keeper: Claimant, document: Document, others: Callable[[str], list[Claimant]], now: set[int]
) -> list[Claimant]:
    """Return those that were planned before and mean the target of a document that has one."""
    meant = {each.number: each for place in document.places for each in others(place)}
    late = (each for each in meant.values() if each.fresh and not each.open and each.number not in now)
    return [each for each in late if _collide(keeper, each, document)]


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


def _places(document: Document) -> Iterator[str]:
    """Yield what a document's target is known by: its id, and what `match` says of it."""
    if not (document.alive or _open(document)) or document.target.target.mode == "create":
        return
    if document.target_id:
        yield f"{document.resource}\n{document.target_id}"
    if document.match_values and not has_unknown(document.match_values):
        yield f"{document.resource}\n{digest(document.match_values)}"


def _claim(document: Document) -> Claimant:
    return Claimant(
        number=document.number,
        key=document.key,
        fresh=document.state is None or not document.state.target_id,
        creates=document.action is Action.CREATE,
        open=_open(document),
    )


def _collide(keeper: Claimant, other: Claimant, document: Document) -> bool:
    creates = other.creates and (keeper.creates or keeper.open)
    return creates or bool(document.rule.rule.to.set)


def _same_target(document: Document, held: Claimant, keeper: Claimant) -> Hold:
    name, rule = document.target_id or "a new record", document.rule.rule.name
    text = f"{rule} {held.key} would write the same {document.resource} ({name}) as {rule} {keeper.key}"
    return Hold(text, code="M053")
