"""Cross-references between what the source and the target call the same thing, and members that a document spends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Executable, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from rules_run.errors import Hold
from rules_run.ledger import tables
from rules_run.ledger.journal import Journal, chunks
from rules_run.ledger.records import Claim, DocKey, Link

_OF_PART = delete(tables.link).where(*(tables.link.c[name] == bindparam(name) for name in ("tenant", "name", "part")))
_LINK = insert(tables.link)
_OF_SOURCE = _OF_PART.where(tables.link.c.source_id == bindparam("source_id"))
_OF_TARGET = _OF_PART.where(tables.link.c.target_id == bindparam("target_id"))


class Links:
    """Named cross-references: rules of opposite direction share one, so neither creates what the other linked."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def targets(self, name: str, source_ids: Iterable[str]) -> dict[str, str]:
        """Return the target id of each linked source id, of its newest part."""
        columns, found = tables.link.c, {}
        with self._journal.store.read() as connection:
            for ids in chunks(dict.fromkeys(source_ids)):
                query = select(columns.source_id, columns.target_id).where(
                    columns.tenant == self._journal.tenant, columns.name == name, columns.source_id.in_(ids)
                )
                # A generation is a number in text: "10" is newer than "9".
                for row in connection.execute(query.order_by(func.length(columns.part), columns.part)):
                    found[row.source_id] = row.target_id
        return found

    def sources(self, name: str, target_ids: Iterable[str]) -> dict[str, str]:
        """Return the source id of each linked target id."""
        columns, found = tables.link.c, {}
        with self._journal.store.read() as connection:
            for ids in chunks(dict.fromkeys(target_ids)):
                query = select(columns.source_id, columns.target_id).where(
                    columns.tenant == self._journal.tenant, columns.name == name, columns.target_id.in_(ids)
                )
                found.update({row.target_id: row.source_id for row in connection.execute(query)})
        return found

    def linked(self, link: Link, source_ids: Iterable[str]) -> dict[str, str]:
        """Return what each source id of a rule is linked to, whichever rule of the link did it."""
        return self.sources(link.name, source_ids) if link.reverse else self.targets(link.name, source_ids)

    def write(self, link: Link, pairs: Mapping[DocKey, str]) -> None:
        """Link documents to their target ids, replacing what their parts were linked to."""
        with self._journal.store.write("queue") as connection:
            write_links(connection, link, pairs)


def write_links(connection: Connection, link: Link, pairs: Mapping[DocKey, str]) -> None:
    """Link documents inside a transaction of the caller, instead of what their parts were linked to."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for key, target_id in pairs.items():
        near, far = (target_id, key.source_id) if link.reverse else (key.source_id, target_id)
        place = (far if link.reverse else near, key.part)
        rows[place] = {"tenant": key.tenant, "name": link.name, "source_id": near, "part": key.part, "target_id": far}
    if not rows:
        return
    # Two statements, each with an index of its own: one with `or` would read every link there is.
    connection.execute(_OF_SOURCE, list(rows.values()))
    if link.reverse:
        connection.execute(_OF_TARGET, list(rows.values()))
    # Of several documents that are linked to one record of the near side the last one stands.
    last = {(row["source_id"], row["part"]): row for row in rows.values()}
    connection.execute(_LINK, list(last.values()))


def spend(connection: Connection, tenant: str, claim: Claim, doc_id: int) -> None:
    """Give the members to the document for good; a member of another document is a hold that names it."""
    taken = holders(connection, tenant, claim.integration, claim.resource, claim.members)
    for member, holder in taken.items():
        if holder != doc_id:
            raise _taken(claim, member, holder)
    rows = [
        {
            "tenant": tenant,
            "integration": claim.integration,
            "resource": claim.resource,
            "member_id": m,
            "doc_id": doc_id,
        }
        for m in dict.fromkeys(claim.members)
        if m not in taken
    ]
    if not rows:
        return
    connection.execute(_unless_taken(connection), rows)
    # Another process may have been faster by a moment: its rows are seen now.
    for member, holder in holders(connection, tenant, claim.integration, claim.resource, claim.members).items():
        if holder != doc_id:
            raise _taken(claim, member, holder)


def _taken(claim: Claim, member: str, holder: int) -> Hold:
    return Hold(f"{claim.resource} {member} is already part of another document (number {holder}).", code="L006")


def _unless_taken(connection: Connection) -> Executable:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(tables.claim).on_conflict_do_nothing()
    return sqlite.insert(tables.claim).on_conflict_do_nothing()


def holders(
    connection: Connection, tenant: str, integration: str, resource: str, members: Iterable[str]
) -> dict[str, int]:
    """Return the document that spent each member, for those that are spent."""
    columns, found = tables.claim.c, {}
    for ids in chunks(dict.fromkeys(members)):
        query = select(columns.member_id, columns.doc_id).where(
            columns.tenant == tenant,
            columns.integration == integration,
            columns.resource == resource,
            columns.member_id.in_(ids),
        )
        found.update({row.member_id: row.doc_id for row in connection.execute(query)})
    return found


def members_of(connection: Connection, doc_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the members that each document spent, for those that spent any."""
    columns = tables.claim.c
    found: dict[int, tuple[str, ...]] = {}
    for ids in chunks(dict.fromkeys(doc_ids)):
        query = select(columns.doc_id, columns.member_id).where(columns.doc_id.in_(ids)).order_by(columns.member_id)
        for row in connection.execute(query):
            found[row.doc_id] = (*found.get(row.doc_id, ()), row.member_id)
    return found
