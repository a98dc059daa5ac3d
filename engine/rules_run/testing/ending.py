"""How everything stands at the end of a case: the records of every system, and the documents of the ledger."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.states import State, Word
from rules_run.model.catalogue import Field
from rules_run.model.exchange import Record
from rules_run.sandbox.store import SandboxStore
from rules_run.testing.systems import Systems

DAY = len("2019-06-04")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")
MOST = 1_000_000
NEEDED: Word = "Needs you"

Told = tuple[tuple[str, str], ...]
"""A record in text, whatever its id and the time of the day when it was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Records by `alias.Resource`, and what people read of each document by its rule, key and part."""

    records: Mapping[str, Counter[Told]]
    documents: Mapping[tuple[str, str, str], Word]
    doubted: frozenset[tuple[str, str, str]] = frozenset()
    """The documents that were sent, and of which nobody knows whether they arrived."""

    def differences(self, other: Ending) -> Iterator[str]:
        """Yield how another ending is no better than this one; a document may come to stand before a person.

        Another one that wanted the same target may then have it instead, and what the person has to look at may be
        missing in a system, but no system may hold a record more.
        """
        keys = self.documents.keys() | other.documents.keys()
        words = {key: (self.documents.get(key), other.documents.get(key)) for key in keys}
        asked = any(there == NEEDED != here for here, there in words.values()) or bool(other.doubted - self.doubted)
        for key, (here, there) in sorted(words.items()):
            if here != there != NEEDED and not (asked and (here, there) == (NEEDED, "Processed")):
                yield f"{' '.join(filter(None, key))} ends as {there or 'nothing'}, not as {here or 'nothing'}"
        for name in sorted(self.records.keys() | other.records.keys()):
            ours, theirs = self.records.get(name, Counter()), other.records.get(name, Counter())
            more = theirs.total() - ours.total()
            if more > 0 or (more < 0 and not asked):
                yield f"{name} ends with {theirs.total()} records, not with {ours.total()}"
            elif ours != theirs and not asked:
                yield f"{name} ends with {_apart(next(iter(theirs - ours)), next(iter(ours - theirs)))}"


def ending(systems: Systems, ledger: Ledger) -> Ending:
    """Return how everything stands now."""
    page = ledger.queue.find(limit=MOST)
    states = {(doc.key.rule_id, doc.key.source_id, doc.key.part): doc for doc in page.documents}
    records: dict[str, Counter[Told]] = {}
    for alias, store in systems.stores():
        for name, number in store.counts().items():
            if number:
                records[f"{alias}.{name}"] = Counter(_told(store, name, row) for row in store.rows(name))
    doubted = frozenset(key for key, doc in states.items() if doc.state is State.PARKED)
    return Ending(records=records, documents={key: doc.word for key, doc in states.items()}, doubted=doubted)


def _told(store: SandboxStore, name: str, record: Record, above: tuple[str, ...] = ()) -> Told:
    """Return a record in text: in the place of an id the record that it names, once round a circle."""
    resource = store.catalogue.resource(name)
    known = resource.fields if resource is not None else {}
    own = resource.id_field if resource is not None else ""
    return tuple(
        (field, _value(store, known.get(field), value, (*above, name)))
        for field, value in sorted(record.items())
        if field != own and value is not None
    )


def _value(store: SandboxStore, field: Field | None, value: object, above: tuple[str, ...]) -> str:
    if field is not None and field.reference is not None:
        named = store.get(field.reference, value) if field.reference not in above else {}
        return str(value) if named is None else str(dict(_told(store, field.reference, named, above)))
    text = str(value)
    return text[:DAY] if _TIME.match(text) else text


def _apart(one: Told, other: Told) -> str:
    """Return the fields in which one record is not the other."""
    found, wanted = dict(one), dict(other)
    names = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    return ", ".join(f"{name}: {found.get(name, 'nothing')}, not {wanted.get(name, 'nothing')}" for name in names)
