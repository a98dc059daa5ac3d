"""Documents of a run as a plan: plain values that can be shown, saved and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from rules_run.mapping.difference import digest
from rules_run.mapping.filtering import value_at
from rules_run.model.exchange import Record, Safety, Verb
from rules_run.model.plan import Action, Change, Follow, Plan, Planned, Tally
from rules_run.model.problem import Problem
from rules_run.runtime.intended import Document, FollowUp, Intended
from rules_run.runtime.promises import promises

if TYPE_CHECKING:
    from rules_run.runtime.planner import Planner
    from rules_run.runtime.shelf import Shelf


class PlannedDocuments(Collection[Planned]):
    """What was planned: what is told of documents in memory is kept as it is now, the rest comes from the disk."""

    def __init__(self, shelves: Iterable[Shelf]) -> None:
        self._shelves = [(tuple(shelf.told_near()), shelf) for shelf in shelves]

    def __iter__(self) -> Iterator[Planned]:
        return chain.from_iterable(chain(near, shelf.told_far()) for near, shelf in self._shelves)

    def __len__(self) -> int:
        return sum(len(shelf) for _, shelf in self._shelves)

    def __contains__(self, planned: object) -> bool:
        return any(each == planned for each in self)


def plan_of(planner: Planner, *, rule_digest: str, date: str) -> Plan:
    """Return the plan of everything a planner holds, in the order in which it would be written."""
    world = planner.world
    documents = PlannedDocuments(planner.shelves())
    tally = Tally.of(documents)
    return Plan(
        tenant=world.tenant.name,
        integration=world.integration.name,
        version=world.integration.version,
        rule_digest=rule_digest,
        date=date,
        documents=documents,
        promises=tuple(_promises(planner, tally.rules)),
        tally=tally,
    )


def _promises(planner: Planner, writing: Collection[str]) -> Iterator[str]:
    """Yield what is promised of the rules that this plan writes something for."""
    world = planner.world

    def safety(alias: str, resource: str, verb: Verb, marked: bool) -> Safety:
        connector, name = world.lookups.connector(f"{alias}.{resource}")
        return connector.safety(name, verb, marked=marked)

    for rule in world.integration.rules:
        if rule.name in writing:
            yield from promises(rule, world.integration, safety, planner.records.described)


def in_order(planner: Planner) -> Iterator[Document]:
    """Yield the documents, rule by rule in the order of writes, and last those without a key."""
    for shelf in planner.shelves():
        yield from shelf.documents()


def planned(planner: Planner, document: Document) -> Planned:
    """Return one document as a plan tells it."""
    follow = tuple(_follow(each) for each in document.follow if each.action not in {Action.SKIP, Action.NOTHING, None})
    action = document.action or Action.NOTHING
    if action is Action.NOTHING and any(each.problem is None for each in follow):
        action = Action.FINISH
    changed = document.changes if action in {Action.CREATE, Action.UPDATE} else ()
    steps = tuple(step.says for step in document.virtual.steps) if document.virtual else ()
    made: list[object] = [
        document.resource,
        action,
        document.target_id,
        [[c.field, c.old, c.new] for c in changed],
        steps,
    ]
    made += [[each.name, each.action, [[c.field, c.old, c.new] for c in each.changes]] for each in follow]
    return Planned(
        rule=document.rule.rule.name,
        key=document.key,
        resource=document.resource or _stated(document),
        action=action,
        label=label_of(planner, document),
        target_id=document.target_id,
        changes=changed,
        steps=steps,
        follow=follow,
        problem=document.problem,
        warnings=tuple(_unique(document.warnings)),
        amount=amount_of(planner, document),
        digest=digest(made),
        cause=document.cause,
        add_row=document.add_row,
    )


def label_of(planner: Planner, document: Document) -> str:
    """Return what people know the target record by, or the document's key."""
    described = planner.records.described(document.resource)
    if described is None or described.label is None:
        return document.key
    found = value_at({**(document.current or {}), **document.values}, described.label)
    return str(found) if isinstance(found, str | int) else document.key


def amount_of(planner: Planner, document: Document) -> Decimal | None:
    """Return the money that a new document moves: the product of the fields that the catalogue names."""
    if document.action is not Action.CREATE:
        return None
    described = planner.records.described(document.resource)
    if described is None or not described.amount:
        return None
    return product(document.values, described.amount)


def product(values: Record, fields: Iterable[str]) -> Decimal | None:
    """Return the product of some fields, None where one of them is no number."""
    total = Decimal(1)
    for field in fields:
        value = values.get(field)
        if not isinstance(value, int | Decimal):
            return None
        total *= value
    return total


def _follow(each: FollowUp) -> Follow:
    return Follow(
        name=each.further.further.name,
        resource=each.resource,
        action=each.action or Action.NOTHING,
        changes=_written(each),
        problem=each.problem,
    )


def _written(each: Intended) -> tuple[Change, ...]:
    return each.changes if each.action in {Action.CREATE, Action.UPDATE} else ()


def _stated(document: Document) -> str:
    resource = document.target.target.resource
    return resource if isinstance(resource, str) else ""


def _unique(problems: Iterable[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))
