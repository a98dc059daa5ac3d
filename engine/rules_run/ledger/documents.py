"""Pages of documents going into the ledger: queued, held or adopted, one transaction a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, insert, select, update

from rules_run.ledger import exact, tables
from rules_run.ledger.cursors import move_cursor
from rules_run.ledger.journal import DOC_STATE, Journal, chunks, doc_state, legible
from rules_run.ledger.links import spend, write_links
from rules_run.ledger.records import (
    AdoptedDocument,
    Cursor,
    DocKey,
    DocState,
    HeldDocument,
    Link,
    Payload,
    QueuedDocument,
    Standing,
    marker_for,
    sought_by,
)
from rules_run.ledger.states import State, check_move

_Values = dict[str, object]
_Move = tuple[int, State | None, State, str]
_FREE = frozenset({State.QUEUED, State.RETRY, State.HELD, State.DONE})
SUPERSEDED = "L007"
"""The hold code of a document that was cancelled because its members have gone into others."""
_HOLDABLE = _FREE | {State.APPLIED}
POISON = 3
"""So often a document may be taken up without coming to an attempt."""


def known(journal: Journal, rule_id: str, source_ids: Iterable[str]) -> dict[str, DocState]:
    """Return the newest part of each source id that the rule has a document for."""
    columns, found = tables.doc.c, {}
    with journal.store.read() as connection:
        for ids in chunks(dict.fromkeys(source_ids)):
            query = select(*DOC_STATE).where(
                columns.tenant == journal.tenant, columns.rule_id == rule_id, columns.source_id.in_(ids)
            )
            for row in connection.execute(query.order_by(columns.id)):
                found[row.source_id] = doc_state(row)
    return found


def standing(journal: Journal, rule_id: str) -> list[Standing]:
    """Return the documents of a rule that wait to be sent or for somebody, oldest first."""
    columns = tables.doc.c
    query = select(tables.doc).where(columns.tenant == journal.tenant, columns.rule_id == rule_id)
    query = query.where(columns.state.in_(sorted(_HOLDABLE - {State.DONE}))).order_by(columns.id)
    with journal.store.read() as connection:
        return [Standing(doc=doc_state(row), payload=payload_of(row.payload)) for row in connection.execute(query)]


def waiting(journal: Journal, rule_id: str) -> set[str]:
    """Return the source ids of the documents of a rule that wait to be sent or for somebody."""
    return _in_states(journal, rule_id, _HOLDABLE - {State.DONE})


def halfway(journal: Journal, rule_id: str) -> set[str]:
    """Return the source ids of the documents of a rule that are written and have something left that follows."""
    return _in_states(journal, rule_id, {State.APPLIED})


def _in_states(journal: Journal, rule_id: str, states: Collection[State]) -> set[str]:
    columns = tables.doc.c
    query = select(columns.source_id).where(columns.tenant == journal.tenant, columns.rule_id == rule_id)
    query = query.where(columns.state.in_(sorted(states)))
    with journal.store.read() as connection:
        return set(connection.execute(query).scalars())


def targets(journal: Journal, rule_id: str, source_ids: Iterable[str]) -> dict[str, set[str]]:
    """Return the targets of all parts of each source id."""
    columns = tables.doc.c
    found: dict[str, set[str]] = {}
    with journal.store.read() as connection:
        for ids in chunks(dict.fromkeys(source_ids)):
            query = select(columns.source_id, columns.target_id).where(
                columns.tenant == journal.tenant, columns.rule_id == rule_id, columns.source_id.in_(ids)
            )
            for row in connection.execute(query.where(columns.target_id.is_not(None))):
                found.setdefault(row.source_id, set()).add(row.target_id)
    return found


def supersede(journal: Journal, doc_ids: Iterable[int], why: str) -> None:
    """Cancel documents that were never sent, because their members have gone into others."""
    with journal.store.write("queue") as connection:
        for ids in chunks(doc_ids):
            for row in connection.execute(select(*DOC_STATE).where(tables.doc.c.id.in_(ids)).with_for_update()).all():
                hold = {"hold_code": SUPERSEDED, "hold_text": why, "due": None}
                journal.move(connection, doc_state(row), State.CANCELLED, why, values=hold)


def put(journal: Journal, documents: Sequence[QueuedDocument], cursor: Cursor | None = None) -> list[DocState]:
    """Bring documents to the state their kind names; those under way, parked or cancelled are left as they stand.

    A cursor that moves past what was read moves in the same transaction.
    """
    if not documents and cursor is None:
        return []
    with journal.store.write("queue") as connection:
        before = _existing(connection, [document.key for document in documents], lock=True)
        fresh = {d.key: d for d in documents if d.key not in before}
        _insert(connection, fresh.values())
        moves = _update(connection, before, documents)
        after = _existing(connection, [document.key for document in documents])
        moves += [(after[key].id, None, after[key].state, _why(document)) for key, document in fresh.items()]
        journal.record(connection, moves)
        _link(connection, documents, after)
        if cursor is not None:
            move_cursor(connection, journal.tenant, cursor)
    return [after[document.key] for document in documents]


def _target(document: QueuedDocument, before: DocState | None) -> State:
    match document:
        case HeldDocument():
            # What is applied stays applied: only its write-backs are held.
            return State.APPLIED if before is not None and before.state is State.APPLIED else State.HELD
        case AdoptedDocument():
            return State.DONE if document.complete else State.APPLIED
    return State.QUEUED


def _why(document: QueuedDocument) -> str:
    match document:
        case HeldDocument():
            return document.text
        case AdoptedDocument():
            return f"found in the target as {document.target_id}"
    return "planned"


def _insert(connection: Connection, documents: Iterable[QueuedDocument]) -> None:
    rows = [
        {
            **_identity(d.key),
            "marker": marker_for(d.key),
            "sought": sought_by(d.key),
            "state": _target(d, None),
            **_values(d, None),
        }
        for d in documents
    ]
    for group in _alike(rows):
        connection.execute(insert(tables.doc), group)


def _update(
    connection: Connection, before: Mapping[DocKey, DocState], documents: Sequence[QueuedDocument]
) -> list[_Move]:
    moves: list[_Move] = []
    rows: list[_Values] = []
    for document in {d.key: d for d in documents}.values():
        doc = before.get(document.key)
        if doc is None or not _changes(document, doc):
            continue
        state = _target(document, doc)
        rows.append({"doc_id": doc.id, "seen": doc.epoch, "state": state, **_values(document, doc)})
        if state is not doc.state or isinstance(document, HeldDocument):
            check_move(doc.state, state)
            moves.append((doc.id, doc.state, state, _why(document)))
    for group in _alike(rows):
        columns = tables.doc.c
        statement = update(tables.doc).where(columns.id == bindparam("doc_id"), columns.epoch == bindparam("seen"))
        connection.execute(statement, group)
    return moves


def _changes(document: QueuedDocument, doc: DocState) -> bool:
    if doc.started_without_outcome >= POISON:
        return False  # it kills whoever works on it, until a person has it tried again
    if doc.state not in (_HOLDABLE if isinstance(document, HeldDocument | AdoptedDocument) else _FREE):
        return False
    if _target(document, doc) is not doc.state or document.digests != doc.digests:
        return True
    match document:
        case HeldDocument():
            return (document.code, legible(document.text)) != (doc.hold_code, doc.hold_text)
        case AdoptedDocument():
            return document.target_id != doc.target_id
    return False


def _values(document: QueuedDocument, before: DocState | None) -> _Values:
    values: _Values = {
        "plan_digest": document.digests.plan,
        "source_digest": document.digests.source,
        "rule_digest": document.digests.rule,
        "rule_version": document.digests.rule_version,
        "payload": payload_text(document.payload),
        "hold_code": "",
        "hold_text": "",
    }
    match document:
        case HeldDocument():
            values |= {"hold_code": document.code, "hold_text": legible(document.text), "due": None}
        case AdoptedDocument():
            values |= {"target_id": document.target_id, "target_ref": document.target_ref, "due": None}
            values["sought"] = sought_by(document.key, document.target_id, document.target_ref)
        case _ if before is None or before.state not in (State.RETRY, State.QUEUED):
            values["due"] = None  # otherwise the back-off of the last failure goes on
    return values


def _alike(rows: Iterable[_Values]) -> Iterable[list[_Values]]:
    groups: dict[tuple[str, ...], list[_Values]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return groups.values()


def _identity(key: DocKey) -> _Values:
    names = ("tenant", "rule_id", "source_system", "entity", "source_id", "part")
    return dict(zip(names, key.identity, strict=True))


def _existing(connection: Connection, keys: Iterable[DocKey], *, lock: bool = False) -> dict[DocKey, DocState]:
    wanted = {marker_for(key): key for key in keys}
    found = {}
    for markers in chunks(wanted):
        query = select(*DOC_STATE).where(tables.doc.c.marker.in_(markers))
        query = query.order_by(tables.doc.c.id).with_for_update() if lock else query
        found.update({doc.key: doc for doc in map(doc_state, connection.execute(query))})
    return found


def _link(connection: Connection, documents: Sequence[QueuedDocument], after: Mapping[DocKey, DocState]) -> None:
    linked: dict[Link, dict[DocKey, str]] = {}
    for document in documents:
        if not isinstance(document, AdoptedDocument):
            continue
        if document.link is not None:
            linked.setdefault(document.link, {})[document.key] = document.target_id
        if document.claim is not None:
            spend(connection, document.key.tenant, document.claim, after[document.key].id)
    for link, pairs in linked.items():
        write_links(connection, link, pairs)


def payload_text(payload: Payload) -> str:
    """Return the JSON in which a payload is kept."""
    return exact.dumps({"source": payload.source, "transformed": payload.transformed, "message": payload.message})


def payload_of(text: str) -> Payload:
    """Return the payload of its JSON."""
    return Payload(**exact.loads(text)) if text else Payload()
