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
    style, paging = rest.query, rest.paging
    path = style.call.path.format(path=resource.path)
    parameters = dialect.parameters(resource, asked) if style.style == "parameters" else {}
    body = dialect.body(resource, asked) if style.style == "body" else {}
    if paging.size_name:
        (body if style.style == "body" else parameters)[paging.size_name] = paging.size
    if paging.style in ("offset", "page"):
        yield from _counted(calls, rest, resource, path, parameters, body)
        return
    answer = calls.fetch(resource.name, style.call.method, path, parameters=parameters, body=body or None)
    yield _items(resource, answer, style.items)
    seen: set[str] = set()
    while paging.style == "next_url" and (url := at_path(answer, paging.next)):
        if not isinstance(url, str) or url in seen:
            raise ConnectorUnusable(f"{resource.name}: the pages of the answer lead in a circle.")
        seen.add(url)
        method = style.call.method if paging.repeat_body else "GET"
        answer = calls.follow(resource.name, method, url, body=(body or None) if paging.repeat_body else None)
        yield _items(resource, answer, style.items)


def _counted(
    calls: Calls, rest: Rest, resource: Resource, path: str, parameters: dict[str, object], body: dict[str, object]
) -> Iterator[list[Wire]]:
    """Yield pages by offset or page number until one is short."""
    style, paging = rest.query, rest.paging
    position = 0 if paging.style == "offset" else paging.first_page
    last: list[Wire] = []
    while True:
        (body if style.style == "body" else parameters)[paging.position_name] = position
        answer = calls.fetch(resource.name, style.call.method, path, parameters=parameters, body=body or None)
        items = _items(resource, answer, style.items)
        if items and items == last:
            raise ConnectorUnusable(f"{resource.name}: the system gives the same page again and again.")
        yield items
        if len(items) < paging.size:
            return
        last = items
        position += len(items) if paging.style == "offset" else 1


def _items(resource: Resource, answer: object, path: str) -> list[Wire]:
    items = at_path(answer, path)
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise ConnectorUnusable(f"{resource.name}: the answer holds no list of records at `{path}`.")
    return items
