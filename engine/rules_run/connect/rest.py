"""The one runtime of every REST system that a manifest describes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from rules_run.connect.abreast import in_order
from rules_run.connect.account import Account
from rules_run.connect.budget import QuotaReached
from rules_run.connect.calls import Calls, Moved
from rules_run.connect.contract import Access, LiveField, StaleSend, Usage, VirtualResource
from rules_run.connect.dialect import Dialect, asks_nothing
from rules_run.connect.live import live_fields
from rules_run.connect.manifest import Rest
from rules_run.connect.pages import pages
from rules_run.connect.payload import write_json
from rules_run.connect.picklists import Picklists
from rules_run.connect.shapes import Shapes, field_of
from rules_run.connect.transport import TransportFault
from rules_run.connect.verdicts import at_path, judge
from rules_run.connect.writable import check_fields
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.mapping.filtering import matches, value_at
from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.exchange import (
    Condition,
    Outcome,
    Query,
    Record,
    Request,
    Safety,
    Verb,
    Verdict,
    Write,
)

_SHOWN = frozenset({"eq", "in", "gt", "gte", "lt", "lte", "contains", "starts_with"})
"""Conditions that only a record with a value meets."""
VirtualMaker = Callable[["RestConnector"], Mapping[str, VirtualResource]]


class RestConnector:
    """One account of a system that its manifest and catalogue describe; see contract.Connector."""

    def __init__(
        self, account: Account, catalogue: Catalogue, calls: Calls, virtual: VirtualMaker | None = None
    ) -> None:
        rest = account.manifest.rest
        if rest is None:
            raise ConnectorUnusable(f"The connector {account.manifest.name} is not described as a REST system.")
        self.alias, self.catalogue, self.timing = account.alias, catalogue, account.timing
        self._rest: Rest = rest
        self._calls = calls
        self._shapes = Shapes(Picklists(calls, rest.picklists) if rest.picklists else None, rest.udf)
        self._dialect = Dialect(rest, self._shapes)
        self._sees: dict[str, bool] = {}
        self._known_access: dict[str, object] = {}
        self._virtual = virtual(self) if virtual else {}

    def read(self, query: Query) -> Iterator[list[Record]]:
        """Yield pages of the records that meet the query; see contract.Connector."""
        resource = self._table(query.resource)
        if asks_nothing(query.where):
            return
        pushed = self._dialect.push(resource, query.where)
        queries = list(self._dialect.queries(resource, pushed.asked))
        if len(queries) == 1:
            yield from self._pages(resource, queries[0], pushed.left)
            return
        for met in in_order(lambda asked: list(self._pages(resource, asked, pushed.left)), queries, self.width):
            yield from met

    def _pages(
        self, resource: Resource, asked: tuple[Condition, ...], left: tuple[Condition, ...]
    ) -> Iterator[list[Record]]:
        # Judged here once more: systems compare case aside, and some ignore an operator they do not know.
        tests = self._tests(resource, (*asked, *left))
        for page in pages(self._calls, self._rest, self._dialect, resource, asked):
            records = [self._shapes.record(resource, wire) for wire in page]
            self._check_asked(resource, asked, records)
            if met := [record for record in records if matches(record, tests)]:
                yield met

    def _check_asked(self, resource: Resource, asked: tuple[Condition, ...], records: list[Record]) -> None:
        """Refuse records without the fields they were asked for by: to pass over them would say that nothing is there.

        What the system may take for a null, as false or 0, is no contradiction.
        """
        for condition in asked:
            if condition.op not in _SHOWN or not condition.value:
                continue
            if any(isinstance(value_at(each, condition.field), dict | None) for each in records):
                raise ConnectorUnusable(
                    f"{self.alias}.{resource.name} cannot be read: it was asked for by {condition.field}, "
                    "and the answer holds a record without it. "
                    f"Has the system changed? rules-run connectors refresh {self.alias}"
                )

    def unpushed(self, query: Query) -> tuple[Condition, ...]:
        """Return the conditions that are filtered here."""
        return self._dialect.push(self._resource(query.resource), query.where).left

    def canonical(self, resource: str, values: Record) -> Record:
        """Return the values as a later read gives them; raise ValueFault for what the system would refuse."""
        return self._shapes.canonical(self._resource(resource), values)

    def prepare(self, write: Write) -> Request:
        """Freeze a write into bytes."""
        resource = self._table(write.resource)
        style = self._rest.write
        if style is None or write.verb not in resource.operations:
            raise ValueFault(f"{resource.name} cannot be {write.verb}d in this system.", code="C106")
        check_fields(resource, write)
        body = self._body(resource, write, whole=style.update_whole)
        path = self._write_path(resource, write)
        call = style.create if write.verb == "create" else style.update
        if write.verb == "update" and style.update_id_in_body:
            body = {resource.id_field: self._id(resource, write.target_id), **body}
        path = call.path.format(path=path, id=self._id(resource, write.target_id) if write.target_id else "")
        sent = write_json({resource.wrap: body} if resource.wrap else body)
        digest = hashlib.sha256(f"{call.method} {path}\n".encode() + sent).hexdigest()
        return Request(resource=resource.name, verb=write.verb, method=call.method, path=path, body=sent, digest=digest)

    def send(self, request: Request, guard: Callable[[], None]) -> Verdict:
        """Send once and classify what came back."""
        try:
            headers = self._rest.write.headers[request.verb] if self._rest.write else {}
            answer = self._calls.send(request.resource, request, guard, headers)
        except StaleSend as signal:
            message = str(signal) or "The start guard refused."
            return Verdict(outcome=Outcome.NOT_SENT, message=message, code="stale", permanent=False)
        except QuotaReached as signal:
            return Verdict(outcome=Outcome.NOT_SENT, message=str(signal), code="quota", permanent=False, pause=True)
        except Moved as signal:
            return Verdict(outcome=Outcome.REJECTED, message=str(signal), code="login", status=401, permanent=False)
        except ConnectorUnusable as fault:
            left = isinstance(fault, TransportFault) and fault.left
            outcome = Outcome.UNKNOWN if left else Outcome.NOT_SENT
            return Verdict(outcome=outcome, message=str(fault), code="transport", permanent=False)
        verdict = judge(answer, self._rest, request.verb)
        record = verdict.record and self._shapes.record(self._resource(request.resource), verdict.record)
        return replace(verdict, message=self._calls.hide(verdict.message), record=record)

    def safety(self, resource: str, verb: Verb, *, marked: bool) -> Safety:
        """Return the safety class of such a write."""
        return self._rest.safety.of(resource, verb, marked=marked)

    def sees_all(self, resource: str) -> bool:
        """Say whether the system tells that this log-in sees every record of the resource."""
        if (virtual := self.virtual(resource)) is not None:
            return all(self.sees_all(each) for each in virtual.reads())
        access = self._rest.access
        if access is None:
            return False
        if resource not in self._sees:
            self._sees[resource] = self.access(resource, "read") == "all"
        return self._sees[resource]

    def log_in(self) -> None:
        """Show the log-in; see contract.Examinable."""
        name = next(name for name in self.catalogue.names() if not self._resource(name).virtual)
        if self.access(name, "read") is None:
            next(self.read(Query(resource=name)), None)

    def access(self, resource: str, verb: Verb | Literal["read"]) -> Access | None:
        """Return which records of a resource the log-in may treat so."""
        style = self._rest.access
        if style is None or verb not in style.give:
            return None
        path = style.call.path.format(path=self._resource(resource).path)
        if resource not in self._known_access:
            self._known_access[resource] = self._calls.fetch(resource, style.call.method, path)
        word = at_path(self._known_access[resource], style.give[verb])
        return "all" if word == style.all else "none" if word == style.none else "some"

    def live_fields(self, resource: str) -> Mapping[str, LiveField] | None:
        """Return the fields of a resource as the system describes them now."""
        style = self._rest.metadata
        if style is None:
            return None
        path = style.call.path.format(path=self._resource(resource).path)
        return live_fields(resource, self._calls.fetch(resource, style.call.method, path), style)

    def clock_skew(self) -> float | None:
        """Return by how many seconds the system's clock is ahead."""
        return self._calls.skew

    def virtual(self, resource: str) -> VirtualResource | None:
        """Return the virtual resource of that name, or None."""
        return self._virtual.get(resource)

    def calls(self) -> int:
        """Return how many requests were sent so far."""
        return self._calls.count

    @property
    def width(self) -> int:
        """Return how many sends may be under way at once."""
        return self._rest.in_flight

    def usage(self) -> Usage | None:
        """Return how much of the system's quota is used."""
        return self._calls.usage()

    def close(self) -> None:
        """Release the connections."""
        self._calls.close()

    def _resource(self, name: str) -> Resource:
        if (resource := self.catalogue.resource(name)) is None:
            raise ConnectorUnusable(f"{self.alias} has no resource {name}.")
        return resource

    def _table(self, name: str) -> Resource:
        """Return a resource that the system itself has, not one that is reached in steps."""
        if (resource := self._resource(name)).virtual:
            raise ConnectorUnusable(f"{self.alias}.{name} is no table of the system: its steps are read and written.")
        return resource

    def _tests(self, resource: Resource, where: tuple[Condition, ...]) -> tuple[Condition, ...]:
        """Return the conditions with picklist ids as labels, as records hold them."""
        return tuple(
            replace(each, value=self._labels(resource, each))
            if field_of(resource, each.field).picklist and each.op != "empty"
            else each
            for each in where
        )

    def _labels(self, resource: Resource, condition: Condition) -> object:
        def label(value: object) -> object:
            return self._shapes.canonical(resource, {condition.field: value})[condition.field]

        if condition.op in ("eq", "not"):
            return label(condition.value)
        if condition.op in ("in", "not_in") and isinstance(condition.value, (tuple, list)):
            return tuple(label(each) for each in condition.value if each is not None)
        return condition.value

    def _body(self, resource: Resource, write: Write, *, whole: bool) -> dict[str, object]:
        """Return the fields that are sent: those that change, or with them all others that may be written."""
        if write.verb == "create" or not whole or write.target_id is None:
            return self._shapes.wire(resource, write.values)
        current = self._current(resource, write.target_id)
        kept = {
            name: current[name] for name, field in resource.fields.items() if name in current and not field.read_only
        }
        return self._shapes.wire(resource, {**kept, **write.values})

    def _write_path(self, resource: Resource, write: Write) -> str:
        child = resource.child
        if child is None:
            return resource.path
        parent = write.values.get(child.key)
        if parent is None and write.target_id and not child.optional:
            parent = self._parent_of(resource, write.target_id, child.key)
        if parent is None and child.optional:
            return resource.path
        if parent is None:
            raise ValueFault(
                f"{resource.name}.{child.key} is needed: it is the record that this one belongs to.", code="C107"
            )
        above = self.catalogue.resource(child.of)
        segment = _checked_id(
            above.id_pattern if above else resource.id_pattern, str(parent), f"{resource.name}.{child.key}"
        )
        return f"{above.path if above else child.of}/{segment}/{child.segment}"

    def _parent_of(self, resource: Resource, target_id: str, key: str) -> object:
        return self._current(resource, target_id).get(key)

    def _current(self, resource: Resource, target_id: str) -> Record:
        where = (Condition(field=resource.id_field, op="eq", value=target_id),)
        for page in self.read(Query(resource=resource.name, where=where)):
            return page[0]
        raise ValueFault(f"{resource.name} {target_id} is not there any more.", code="C107")

    def _id(self, resource: Resource, target_id: str | None) -> object:
        text = _checked_id(resource.id_pattern, target_id or "", f"{resource.name}.{resource.id_field}")
        field = resource.fields.get(resource.id_field)
        return int(text) if field and field.type == "integer" else text


def _checked_id(pattern: str, text: str, where: str) -> str:
    """Return an id that may stand in a path: of the system's form, and one plain segment whatever that allows."""
    if not re.fullmatch(pattern, text) or not re.fullmatch(r"[\w.:,;=@+~-]+", text, re.ASCII) or set(text) <= {"."}:
        raise ValueFault(f"{where}: {text!r} is not an id of this system.", code="C110")
    return text
