"""The duplicate watch: whether a write that was ruled absent, and sent again, has arrived twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules_run.connect.contract import Connector
from rules_run.delivery.orders import StepOrder, order_of
from rules_run.delivery.target import find, id_of
from rules_run.delivery.wording import doubled
from rules_run.errors import ConnectorUnusable
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import DocState, OpenAttempt
from rules_run.mapping.filtering import matches
from rules_run.model.exchange import Condition, Record

_Watched = tuple[OpenAttempt, StepOrder]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A document that stands twice in its target."""

    doc: DocState
    target_ids: tuple[str, ...]
    text: str


class Watcher:
    """Asks for all watched writes of a resource together, once in a run."""

    def __init__(self, *, ledger: Ledger, connectors: Mapping[str, Connector]) -> None:
        self._watches, self._connectors = ledger.watches, connectors

    def watch(self) -> list[Alarm]:
        """Return the documents that stand twice, each marked so that a person looks at it."""
        groups: dict[tuple[str, str, tuple[str, ...]], list[_Watched]] = {}
        for found in self._watches.open():
            order, _ = order_of(found.step.intent)
            if order.alias in self._connectors and _searchable(order):
                fields = tuple(sorted(condition.field for condition in order.search))
                groups.setdefault((order.alias, order.write.resource, fields), []).append((found, order))
        alarms = (self._look(*key, watched) for key, watched in groups.items())
        return [alarm for some in alarms for alarm in some]

    def _look(self, alias: str, resource: str, fields: tuple[str, ...], watched: Sequence[_Watched]) -> list[Alarm]:
        connector = self._connectors[alias]
        searches = [condition for _, order in watched for condition in order.search]
        values = {field: tuple({each.value: None for each in searches if each.field == field}) for field in fields}
        try:
            records = find(
                connector, resource, tuple(Condition(field=field, op="in", value=values[field]) for field in fields)
            )
        except ConnectorUnusable:
            return []  # the next run asks again
        alarms = (self._judge(connector, found, order, records) for found, order in watched)
        return [alarm for alarm in alarms if alarm is not None]

    def _judge(
        self, connector: Connector, found: OpenAttempt, order: StepOrder, records: Sequence[Record]
    ) -> Alarm | None:
        resource = order.write.resource
        ids = {id_of(connector, resource, record) for record in records if matches(record, order.search)}
        if found.step.intent.main and found.doc.target_id is not None:
            ids.add(found.doc.target_id)
        if len(ids) < 2:
            return None
        # An id alone would be taken for one of the document's own kind.
        text = doubled([each if found.step.intent.main else f"{resource} {each}" for each in sorted(ids)])
        return Alarm(doc=self._watches.alarm(found, "D004", text), target_ids=tuple(sorted(ids)), text=text)


def _searchable(order: StepOrder) -> bool:
    known = order.origin is not None or order.write.target_id is not None
    return not known and bool(order.search) and all(condition.op == "eq" for condition in order.search)
