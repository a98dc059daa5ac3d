"""Asks a query page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules_run.connect.calls import Calls
from rules_run.connect.dialect import Dialect
from rules_run.connect.manifest import Rest
from rules_run.connect.verdicts import at_path
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Condition

Wire = Mapping[str, object]


def pages(
    calls: Calls, rest: Rest, dialect: Dialect, resource: Resource, asked: tuple[Condition, ...]
) -> Iterator[list[Wire]]:
    """Yield the pages of one query as they come."""
    asking = _Asking(calls, rest, dialect, resource)
    if rest.paging.style in ("offset", "page"):
        yield from _counted(asking, asked)
    elif rest.paging.style == "keyset" and dialect.orders_by_id(resource):
        yield from _by_last_id(asking, asked)
    else:
        yield from _followed(asking, asked)


class _Asking:
    """One query on its way, page by page."""

    def __init__(self, calls: Calls, rest: Rest, dialect: Dialect, resource: Resource) -> None:
        self.calls, self.rest, self.dialect, self.resource = calls, rest, dialect, resource

    def page(self, asked: tuple[Condition, ...], position: Mapping[str, object] | None = None) -> object:
        """Ask for the records that meet the conditions, from a position on."""
        style = self.rest.query
        node = {**self.body(asked), **(position or {})}
        path = style.call.path.format(path=self.resource.path)
        if style.style == "body":
            return self.calls.fetch(self.resource.name, style.call.method, path, body=node or None)
        return self.calls.fetch(self.resource.name, style.call.method, path, parameters=node)

    def body(self, asked: tuple[Condition, ...]) -> dict[str, object]:
        """Return a query as it is written: a body, or parameters."""
        paging, dialect = self.rest.paging, self.dialect
        written = {"body": dialect.body, "expression": dialect.expression}
        size: dict[str, object] = {paging.size_name: paging.size} if paging.size_name else {}
        order = {name: word.format(id=self.resource.id_field) for name, word in paging.order.items()}
        return {**written.get(self.rest.query.style, dialect.parameters)(self.resource, asked), **order, **size}

    def items(self, answer: object) -> list[Wire]:
        """Return the records of an answer."""
        path = self.rest.query.items
        items = at_path(answer, path)
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise self.fault(f"the answer holds no list of records at `{path}`.")
        return items

    def fault(self, what: str) -> ConnectorUnusable:
        """Return the error that names the resource."""
        return ConnectorUnusable(f"{self.resource.name}: {what}")


def _by_last_id(asking: _Asking, asked: tuple[Condition, ...]) -> Iterator[list[Wire]]:
    """Yield pages of ids above the last one: whatever comes and goes meanwhile moves no other record to another page.

    A page that came twice is asked for again, once; a record that was given before is not given again. Where no answer
    says whether there is more, it goes on until a page is empty: a system may give fewer than it was asked for.
    """
    last: int | None = None
    repeated = False
    while True:
        field = asking.resource.id_field
        further = () if last is None else (Condition(field=field, op="gt", value=last),)
        answer = asking.page((*asked, *further))
        items = asking.items(answer)
        ids = [_number(asking, item.get(field)) for item in items]
        if ids != sorted(ids):
            raise asking.fault("the records do not come in the order of their ids, so pages could miss some.")
        fresh = [item for item, number in zip(items, ids, strict=True) if last is None or number > last]
        more = bool(at_path(answer, asking.rest.paging.next) if asking.rest.paging.next else items)
        if fresh or not more:
            yield fresh
        if not more:
            return
        if not fresh and repeated:
            raise asking.fault("the system gives the same page again and again.")
        repeated, last = not fresh, max([*ids, last if last is not None else 0]) if fresh else last


def _followed(asking: _Asking, asked: tuple[Condition, ...]) -> Iterator[list[Wire]]:
    """Yield pages by the addresses that the answers name."""
    style, paging, name = asking.rest.query, asking.rest.paging, asking.resource.name
    if paging.style == "keyset" and not paging.next:
        raise asking.fault("its ids cannot be asked for, so nothing tells where its last page is.")
    answer = asking.page(asked)
    yield asking.items(answer)
    seen: set[str] = set()
    while paging.style in ("next_url", "keyset") and (url := at_path(answer, paging.next)):
        if not isinstance(url, str) or url in seen:
            raise asking.fault("the pages of the answer lead in a circle.")
        seen.add(url)
        method = style.call.method if paging.repeat_body else "GET"
        body = asking.body(asked) if paging.repeat_body else None
        answer = asking.calls.follow(name, method, url, body=body)
        yield asking.items(answer)


def _counted(asking: _Asking, asked: tuple[Condition, ...]) -> Iterator[list[Wire]]:
    """Yield pages by offset or page number until one is short."""
    paging = asking.rest.paging
    position = 0 if paging.style == "offset" else paging.first_page
    last: list[Wire] = []
    while True:
        items = asking.items(asking.page(asked, {paging.position_name: position}))
        if items and items == last:
            raise asking.fault("the system gives the same page again and again.")
        yield items
        if len(items) < paging.size:
            return
        last = items
        position += len(items) if paging.style == "offset" else 1


def _number(asking: _Asking, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise asking.fault(f"the answer holds a record without its {asking.resource.id_field}.")
    return value
