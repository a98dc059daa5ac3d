"""From a planned document to the steps that delivery sends, one at a time."""

from __future__ import annotations

from collections.abc import Iterator

from rules_run.connect.contract import Connector
from rules_run.delivery.orders import Marker, Origin, StepOrder
from rules_run.ledger.records import Link
from rules_run.mapping.filtering import value_at
from rules_run.model.exchange import Condition, Record, Write
from rules_run.model.plan import Action
from rules_run.runtime.finding import Finder
from rules_run.runtime.intended import Document, FollowUp, Intended
from rules_run.runtime.summary import product
from rules_run.runtime.world import World


class Orders:
    """Writes the orders for one intended object."""

    def __init__(self, world: World, finder: Finder) -> None:
        self._world, self._lookups, self._finder = world, world.lookups, finder

    def of(self, each: Intended) -> Iterator[StepOrder]:
        """Yield the steps of one object in order; a virtual one is read again between its steps."""
        if each.action not in {Action.CREATE, Action.UPDATE}:
            return
        if each.virtual is not None:
            yield from self._virtual(each)
        elif each.action is Action.CREATE:
            yield self._create(each)
        else:
            yield self._update(each)

    def count(self, each: Intended) -> int:
        """Return how many steps there are."""
        if each.action not in {Action.CREATE, Action.UPDATE}:
            return 0
        return len(each.virtual.steps) if each.virtual is not None else 1

    def _create(self, each: Intended) -> StepOrder:
        connector, name = self._lookups.connector(each.resource)
        probe = self._probe(each, connector, name)
        return StepOrder(
            kind=_kind(each, "create"),
            alias=each.alias,
            write=Write(resource=name, verb="create", values=each.values),
            safety=connector.safety(name, "create", marked=bool(probe)),
            marker=Marker(field=each.marker[0], value=each.marker[1]) if each.marker else None,
            probe=probe,
            money=_money(connector, name),
            looked=each.looked,
            link=self._link(each),
            claim=each.claim if isinstance(each, Document) else None,
        )

    def _update(self, each: Intended) -> StepOrder:
        connector, name = self._lookups.connector(each.resource)
        expected: Record = {field: value_at(each.current or {}, field) for field in each.values}
        return StepOrder(
            kind=_kind(each, "update"),
            alias=each.alias,
            write=Write(
                resource=name, verb="update", values=self._with_parent(each, connector, name), target_id=each.target_id
            ),
            safety=connector.safety(name, "update", marked=False),
            expected=expected,
            money=_money(connector, name),
            link=self._link(each),
            claim=each.claim if isinstance(each, Document) else None,
        )

    def _virtual(self, each: Intended) -> Iterator[StepOrder]:
        connector, name = self._lookups.connector(each.resource)
        virtual = connector.virtual(name)
        if virtual is None or each.virtual is None:
            return
        key: Record = {field: each.values.get(field) for field in virtual.key_fields()}
        before = each.current
        for number, step in enumerate(each.virtual.steps):
            if number:
                before = virtual.read([key])[0]
            yield StepOrder(
                kind=_kind(each, "adjust"),
                alias=each.alias,
                write=step.write,
                safety=connector.safety(step.write.resource, step.write.verb, marked=True),
                origin=Origin(resource=name, key=key, before=before),
                money=True,
                says=step.says,
            )

    def _link(self, each: Intended) -> Link | None:
        return self._world.link(each.rule.rule) if isinstance(each, Document) else None

    def _probe(self, each: Intended, connector: Connector, name: str) -> tuple[Condition, ...]:
        """Return what finds the record after a lost answer: its marker, else the match that was written with it."""
        if marked := self._finder.marker_ask(each):
            return marked
        described = connector.catalogue.resource(name)
        fields = described.fields if described else {}
        written = {
            field: value for field, value in each.match_values.items() if field in each.values and field in fields
        }
        if not written or not all(fields[field].filterable for field in written):
            return ()
        return tuple(Condition(field=field, op="eq", value=value) for field, value in written.items())

    def _with_parent(self, each: Intended, connector: Connector, name: str) -> Record:
        described = connector.catalogue.resource(name)
        child = described.child if described else None
        if child is None or child.key in each.values:
            return each.values
        return {**each.values, child.key: value_at(each.current or {}, child.key)}


def _kind(each: Intended, kind: str) -> str:
    return each.further.further.name if isinstance(each, FollowUp) else kind


def _called(connector: Connector, name: str, values: Record) -> str:
    """Return what people call a record that is about to be created; empty where its fields do not tell."""
    described = connector.catalogue.resource(name)
    label = None if described is None or described.label is None else value_at(values, described.label)
    if described is None or label in (None, ""):
        return ""
    amount = product(values, described.amount) if described.amount else None
    return f"{name} {label}" if amount is None else f"{name} {label} ({amount:,.2f})".replace(",", " ")


def _money(connector: Connector, name: str) -> bool:
    described = connector.catalogue.resource(name)
    return bool(described and described.money)
