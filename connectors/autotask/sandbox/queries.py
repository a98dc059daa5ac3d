"""Reading: one record, pages of a search, a count, the children of a parent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record

from .database import Database
from .filters import FilterReader, Test
from .refusal import Refusal
from .values import held_user_fields, shown

LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A query as it was sent; `search` is its text where it came in the URL, and travels along from page to page."""

    test: Test
    page_size: int
    include: frozenset[str] | None
    search: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a page begins or ends: a place in the order of ids, whatever happens to the rows in between."""

    forward: bool = True
    last_id: int | None = None

    def beyond(self, rows: list[Record]) -> list[Record]:
        """Return the rows on the side to which the reading goes."""
        if self.last_id is None:
            return rows
        if self.forward:
            return [row for row in rows if int(str(row["id"])) > self.last_id]
        return [row for row in rows if int(str(row["id"])) < self.last_id]


def read_search(
    db: Database, resource: Resource, body: object, *, search: str | None = None, page_size: int | None = None
) -> Search:
    """Read the JSON of a query; the casing of its keys does not matter, and a page's own size wins."""
    if not isinstance(body, dict):
        raise Refusal("Value cannot be null.\r\nParameter name: filters")
    lowered = {str(key).lower(): value for key, value in body.items()}
    test = FilterReader(db, resource).read(lowered.get("filter"))
    include = lowered.get("includefields")
    return Search(
        test=test,
        page_size=page_size or _page_size(lowered.get("maxrecords")),
        include=frozenset(str(name).lower() for name in include) if include else None,
        search=search,
    )


def item(db: Database, resource: Resource, record_id: int, parent: int | None = None) -> Record:
    """Answer for one id; an unknown one is no error."""
    record = db.one(resource.name, record_id)
    if record is not None and parent is not None and resource.child and record.get(resource.child.key) != parent:
        record = None
    return {"item": None if record is None else shown(db, resource, record, user_fields=_has_user_fields(resource))}


def count(db: Database, resource: Resource, search: Search) -> Record:
    """Answer how many rows meet the search."""
    return {"queryCount": sum(search.test(row) for row in db.seen(resource.name))}


def page(db: Database, resource: Resource, search: Search, position: Position, url: Callable[[str], str]) -> Record:
    """Answer one page of a search; `url` makes the address of the `next` or `previous` one."""
    found = [row for row in db.seen(resource.name) if search.test(row)]
    ahead = position.beyond(found)
    rows = ahead[: search.page_size] if position.forward else ahead[-search.page_size :]
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else (None, None)
    more_before = bool(rows) and found[0]["id"] != first
    more_after = bool(rows) and found[-1]["id"] != last
    if more_after and search.include is not None and "id" not in search.include:
        raise Refusal("IncludeFields must contain id when a query has more than one page.")
    token = {"pageSize": search.page_size, "previousIds": [first], "nextIds": [last]}
    query = urlencode({"paging": json.dumps(token), **({"search": search.search} if search.search is not None else {})})
    return {
        "items": _shown(db, resource, rows, search.include),
        "pageDetails": {
            "count": len(rows),
            "requestCount": search.page_size,
            "prevPageUrl": f"{url('previous')}?{query}" if more_before else None,
            "nextPageUrl": f"{url('next')}?{query}" if more_after else None,
        },
    }


def read_position(token: str, *, forward: bool) -> tuple[Position, int]:
    """Return the position of a page URL, and its page size."""
    try:
        node = json.loads(token)
        last_id = node["nextIds" if forward else "previousIds"][-1]
        return Position(forward=forward, last_id=int(last_id)), _page_size(node["pageSize"])
    except (ValueError, KeyError, IndexError, TypeError):
        raise Refusal("The paging token is invalid.") from None


def children(resource: Resource, parent: int) -> dict[str, Any]:
    """Return the query that gives the children of one parent."""
    key = resource.child.key if resource.child else "id"
    return {"filter": [{"op": "eq", "field": key, "value": parent}]}


def _page_size(value: object) -> int:
    if value is None:
        return LARGEST_PAGE
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_PAGE:
        raise Refusal(f"MaxRecords must be between 1 and {LARGEST_PAGE}.")
    return value


def _has_user_fields(resource: Resource) -> bool:
    return any(field.type == "udf" for field in resource.fields.values())


def _shown(db: Database, resource: Resource, rows: list[Record], include: frozenset[str] | None) -> list[Record]:
    # Where no row of the answer has a user-defined value, the collection is left out altogether.
    user_fields = _has_user_fields(resource) and any(
        value is not None for row in rows for value in held_user_fields(row).values()
    )
    full = [shown(db, resource, row, user_fields=user_fields) for row in rows]
    if "data" in resource.fields and not db.switches.files_in_lists:
        full = [{**row, "data": None} for row in full]  # a file itself is given with its own id only
    return full if include is None else [_only(row, include) for row in full]


def _only(row: Record, include: frozenset[str]) -> Record:
    kept: Record = {name: value for name, value in row.items() if name.lower() in include}
    user_fields = row.get("userDefinedFields")
    if isinstance(user_fields, list) and "userDefinedFields" not in kept:
        named = [entry for entry in user_fields if entry["name"].lower() in include]
        if named:
            kept["userDefinedFields"] = named
    return kept
