"""Pages of documents going into the ledger: queued, held or adopted, one transaction a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, insert, select, update

from rules_run.ledger import exact, tables
from rules_run.ledger.journal import DOC_STATE, Journal, chunks, doc_state, legible
from rules_run.ledger.links import write_links
from rules_run.ledger.records import (
    AdoptedDocument,
    DocKey,
    DocState,
    HeldDocument,
    Payload,
    QueuedDocument,
    marker_for,
)
from rules_run.ledger.states import State, check_move

_Values = dict[str, object]
_Move = tuple[int, State | None, State, str]
_FREE = frozenset({State.QUEUED, State.RETRY, State.HELD, State.DONE})
_HOLDABLE = _FREE | {State.APPLIED}


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


def put(journal: Journal, documents: Sequence[QueuedDocument]) -> list[DocState]:
    """Bring documents to the state their kind names; those under way, parked or cancelled are left as they stand."""
    if not documents:
        return []
    with journal.store.write("queue") as connection:
        before = _existing(connection, [document.key for document in documents])
        fresh = {d.key: d for d in documents if d.key not in before}
        _insert(connection, fresh.values())
        moves = _update(connection, before, documents)
        after = _existing(connection, [document.key for document in documents])
        moves += [(after[key].id, None, after[key].state, _why(document)) for key, document in fresh.items()]
        journal.record(connection, moves)
        _link(connection, documents)
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
        {**_identity(d.key), "marker": marker_for(d.key), "state": _target(d, None), **_values(d, None)}
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


def _existing(connection: Connection, keys: Iterable[DocKey]) -> dict[DocKey, DocState]:
    wanted = {marker_for(key): key for key in keys}
    found = {}
    for markers in chunks(wanted):
        query = select(*DOC_STATE).where(tables.doc.c.marker.in_(markers))
        found.update({doc.key: doc for doc in map(doc_state, connection.execute(query))})
    return found


def _link(connection: Connection, documents: Sequence[QueuedDocument]) -> None:
    for document in documents:
        if isinstance(document, AdoptedDocument) and document.link:
            write_links(connection, document.link, document.key, document.target_id)


def payload_text(payload: Payload) -> str:
    """Return the JSON in which a payload is kept."""
    return exact.dumps({"source": payload.source, "transformed": payload.transformed, "message": payload.message})


def payload_of(text: str) -> Payload:
    """Return the payload of its JSON."""
    return Payload(**exact.loads(text)) if text else Payload()
