"""What connectors over local data share: everything is read, and the conditions are judged here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol

from rules_run.connect.contract import Timing, Usage, VirtualResource
from rules_run.connect.scalars import shape
from rules_run.connect.shapes import field_of
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.mapping.filtering import matches
from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.exchange import Condition, Outcome, Query, Record, Request, Safety, Verb, Verdict, Write
from rules_run.model.unknown import Unknown

PAGE = 500


class Supply(Protocol):
    """Gives all records of a resource, in the order of the data."""

    def __call__(self, resource: str, /) -> Iterable[Record]:
        """Return the records."""


class ReadOnlyConnector:
    """A connector over data at hand that is never written; see contract.Connector."""

    def __init__(self, alias: str, catalogue: Catalogue, supply: Supply) -> None:
        self.alias, self.catalogue, self._supply = alias, catalogue, supply
        self.timing = Timing(deadline=10, settle=0, negative_gap=0)
        self.width = 1

    def read(self, query: Query) -> Iterator[list[Record]]:
        """Yield pages of the records that meet the query."""
        yield from self.meeting(query, self._supply(self.resource(query.resource).name))

    def meeting(self, query: Query, records: Iterable[Record]) -> Iterator[list[Record]]:
        """Yield pages of those records that meet the query."""
        resource = self.resource(query.resource)
        for condition in query.where:
            field_of(resource, condition.field)
        met = (record for record in records if matches(record, query.where))
        while page := list(islice(met, PAGE)):
            yield page

    def unpushed(self, query: Query) -> tuple[Condition, ...]:
        """Nothing: all data is at hand, so filtering costs no call."""
        return ()

    def canonical(self, resource: str, values: Record) -> Record:
        """Return the values in the one form of their types."""
        known = self.resource(resource)
        return {name: canonical(known, name, value) for name, value in values.items()}

    def prepare(self, write: Write) -> Request:
        """Refuse: this connector only reads."""
        raise ValueFault(f"{self.alias}.{write.resource} is only read, never written.", code="C106")

    def send(self, request: Request, guard: Callable[[], None]) -> Verdict:
        """Refuse: this connector only reads."""
        return Verdict(outcome=Outcome.REJECTED, message=f"{self.alias} is only read, never written.")

    def safety(self, resource: str, verb: Verb, *, marked: bool) -> Safety:
        """Nothing can be written."""
        return Safety.NOTHING

    def sees_all(self, resource: str) -> bool:
        """All data is at hand."""
        return True

    def virtual(self, resource: str) -> VirtualResource | None:
        """There is none."""
        return None

    def calls(self) -> int:
        """No call is ever made."""
        return 0

    def usage(self) -> Usage | None:
        """There is no quota."""
        return None

    def close(self) -> None:
        """Nothing is held."""

    def resource(self, name: str) -> Resource:
        """Return a resource of the catalogue; raise ConnectorUnusable where there is none of that name."""
        if (resource := self.catalogue.resource(name)) is None:
            known = ", ".join(self.catalogue.names()) or "none"
            raise ConnectorUnusable(f"{self.alias} has no resource {name}. There are: {known}.")
        return resource


def canonical(resource: Resource, name: str, value: object) -> object:
    """Return one value in the form of its field's type."""
    field = field_of(resource, name)
    if value is None or isinstance(value, Unknown) or name != field.name:
        return value
    return shape(field, value, f"{resource.name}.{name}")
