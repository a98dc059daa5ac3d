"""Cross-references between what the source and the target call the same thing, and members that a document spends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, insert, select

from rules_run.errors import Hold
from rules_run.ledger import tables
from rules_run.ledger.journal import Journal, chunks
from rules_run.ledger.records import Claim, DocKey


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

    def write(self, name: str, pairs: Mapping[DocKey, str]) -> None:
        """Link documents to their target ids, replacing what their parts were linked to."""
        with self._journal.store.write("queue") as connection:
            for key, target_id in pairs.items():
                write_links(connection, name, key, target_id)


def write_links(connection: Connection, name: str, key: DocKey, target_id: str) -> None:
    """Link one document inside a transaction of the caller."""
    columns = tables.link.c
    same = (
        columns.tenant == key.tenant,
        columns.name == name,
        columns.source_id == key.source_id,
        columns.part == key.part,
    )
    connection.execute(delete(tables.link).where(*same))
    row = {"tenant": key.tenant, "name": name, "source_id": key.source_id, "part": key.part, "target_id": target_id}
    connection.execute(insert(tables.link).values(row))


def spend(connection: Connection, tenant: str, claim: Claim, doc_id: int) -> None:
    """Give the members to the document for good; a member of another document is a hold that names it."""
    taken = holders(connection, tenant, claim.integration, claim.resource, claim.members)
    for member, holder in taken.items():
        if holder != doc_id:
            raise Hold(f"{claim.resource} {member} is already part of another document (number {holder}).", code="L006")
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
    if rows:
        connection.execute(insert(tables.claim), rows)


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
