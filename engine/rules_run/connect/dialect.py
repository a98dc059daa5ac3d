"""Which conditions a system can filter, in how many queries, and how they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rules_run.connect.asking import Expression
from rules_run.connect.expression import clause, either, lengths, literal, slices
from rules_run.connect.manifest import Rest
from rules_run.connect.shapes import Shapes, field_of, udf_name
from rules_run.errors import ValueFault
from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Condition

_BY_EQUALITY = frozenset({"eq", "not", "in", "not_in", "empty"})
_ON_LISTS = frozenset({"in", "not_in"})
_ON_TEXT = frozenset({"contains", "starts_with"})
_ORDERED = frozenset({"integer", "decimal", "date", "datetime"})
_LAST_ID = 60
"""Characters that the condition on the last id takes in an address, should there be a second page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """The conditions of a query: those the system filters, and those that remain for the reader."""

    asked: tuple[Condition, ...]
    left: tuple[Condition, ...]


class Dialect:
    """Writes the queries of one system."""

    def __init__(self, rest: Rest, shapes: Shapes) -> None:
        self._rest, self._style, self._shapes = rest, rest.query, shapes

    def push(self, resource: Resource, where: Sequence[Condition]) -> Pushed:
        """Divide the conditions by what the system can filter within its limits."""
        asked: list[Condition] = []
        left: list[Condition] = []
        udfs = 0
        for condition in where:
            field = field_of(resource, condition.field)
            udfs_then = udfs + (len(self._words(condition)) if field.type == "udf" else 0)
            if self._can(field, condition) and udfs_then <= (self._rest.udf.most_conditions if self._rest.udf else 0):
                asked.append(condition)
                udfs = udfs_then
            else:
                left.append(condition)
        return self._within_limit(asked, left)

    def queries(self, resource: Resource, asked: Sequence[Condition]) -> Iterator[tuple[Condition, ...]]:
        """Yield the same conditions as one query or several: the longest `in` is split to keep within the limit."""
        lists = [replace(each, value=self._askable(resource, each)) if each.op in _ON_LISTS else each for each in asked]
        conditions = [each for each in lists if each.op != "not_in" or each.value]
        longest = max((each for each in conditions if each.op == "in"), key=_size, default=None)
        if longest is None:
            yield tuple(conditions)
            return
        others = tuple(each for each in conditions if each is not longest)
        if any(each.op == "in" and not each.value for each in others):
            return
        members = _members(longest)
        room = self._style.most_conditions - sum(self._cost(each) for each in others)
        if self._rest.paging.style == "keyset" and longest.field != resource.id_field:
            room = max(1, room - 1)  # for the last id, should there be a second page
        for part in self._parts(resource, longest, others, room):
            yield (*others, replace(longest, value=members[part]))

    def _parts(self, resource: Resource, longest: Condition, others: Sequence[Condition], room: int) -> Iterator[slice]:
        """Yield the parts of a list of members by which each query keeps within the limits."""
        members, style = _members(longest), self._style.expression
        if style is None or not style.longest:
            return slices([0] * len(members), most=room, room=0)
        each = [self._clause(resource, replace(longest, value=(member,))) for member in members]
        taken = sum(lengths(style, [self._clause(resource, other) for other in others])) + _LAST_ID
        return slices(lengths(style, each), most=room, room=max(1, style.longest - taken))

    def orders_by_id(self, resource: Resource) -> bool:
        """Say whether records can be asked for by ids above another."""
        field = resource.fields.get(resource.id_field)
        return field is not None and field.type == "integer" and field.filterable and "gt" in self._style.operators

    def body(self, resource: Resource, asked: Sequence[Condition]) -> dict[str, object]:
        """Return the conditions as a JSON body."""
        conditions = [self._written(resource, condition) for condition in asked]
        if not conditions and self._style.everything:
            conditions = [dict(self._style.everything)]
        return {self._style.filter: conditions}

    def expression(self, resource: Resource, asked: Sequence[Condition]) -> dict[str, object]:
        """Return the conditions as one text in one parameter of an address."""
        style = self._style.expression
        if style is None or not asked:
            return {}
        return {self._style.filter: style.all.join(self._clause(resource, condition) for condition in asked)}

    def parameters(self, resource: Resource, asked: Sequence[Condition]) -> dict[str, object]:
        """Return the conditions as parameters of an address."""
        return {
            word.format(field=condition.field): _plain(self._value(resource, condition))
            for condition in asked
            for word in self._words(condition)
        }

    def _can(self, field: Field, condition: Condition) -> bool:
        if not self._words(condition) or not field.filterable or field.write_only or self._would_be_split(condition):
            return False
        if field.type == "udf":
            return udf_name(condition.field) is not None and condition.op in _BY_EQUALITY | _ON_TEXT
        if field.type in ("object", "list") or condition.field != field.name:
            return False
        if condition.op in _BY_EQUALITY:
            return True
        if field.picklist:
            return False  # the system orders ids, people mean labels
        return (
            condition.op in _ON_TEXT
            if field.type == "text"
            else field.type in _ORDERED and condition.op not in _ON_TEXT
        )

    def _would_be_split(self, condition: Condition) -> bool:
        """Say whether a system that takes lists in one parameter would take a value with a comma for two."""
        if self._style.style != "parameters":
            return False
        lists = {word for op in _ON_LISTS for word in self._style.operators.get(op, ())}
        return not lists.isdisjoint(self._words(condition)) and any("," in str(each) for each in _members(condition))

    def _within_limit(self, asked: list[Condition], left: list[Condition]) -> Pushed:
        """Leave to the reader what would pass the limit; the longest `in` may be split, so it takes one place."""
        longest = max((each for each in asked if each.op == "in"), key=_size, default=None)
        room = self._style.most_conditions - (1 if longest else 0)
        kept: list[Condition] = []
        for condition in asked:
            cost = 0 if condition is longest else self._cost(condition)
            if cost <= room:
                kept.append(condition)
                room -= cost
            else:
                left.append(condition)
        return Pushed(asked=tuple(kept), left=tuple(left))

    def _words(self, condition: Condition) -> tuple[str, ...]:
        name = "filled" if condition.op == "empty" and not condition.value else condition.op
        return self._style.operators.get(name, ())

    def _cost(self, condition: Condition) -> int:
        return len(self._words(condition)) - 1 + (_size(condition) if condition.op in _ON_LISTS else 1)

    def _written(self, resource: Resource, condition: Condition) -> dict[str, object]:
        tests = [self._test(resource, condition, word) for word in self._words(condition)]
        if len(tests) == 1:
            return tests[0]
        group = self._style.any
        return {group["operator"]: group["word"], group["members"]: tests}

    def _test(self, resource: Resource, condition: Condition, word: str) -> dict[str, object]:
        keys = self._style.condition
        udf = udf_name(condition.field) if field_of(resource, condition.field).type == "udf" else None
        test: dict[str, object] = {keys["operator"]: word, keys["field"]: udf or condition.field}
        if word not in self._style.without_value:
            test[keys["value"]] = self._value(resource, condition)
        if udf and self._rest.udf:
            test[self._rest.udf.flag] = True
        return test

    def _clause(self, resource: Resource, condition: Condition) -> str:
        style = self._style.expression or Expression(all=" and ", any=" or ")
        kind = field_of(resource, condition.field).type
        value = self._value(resource, condition) if condition.op != "empty" else ()
        literals = [literal(style, kind, each) for each in (value if isinstance(value, list) else [value])]
        negative = condition.op == "not_in"
        words = self._words(condition)
        return either(style, [clause(style, word, condition.field, literals, negative=negative) for word in words])

    def _value(self, resource: Resource, condition: Condition) -> object:
        if condition.op == "empty":
            return True  # the word says which of both is asked for
        if condition.op in _ON_LISTS:
            return [self._shapes.sent(resource, condition.field, each) for each in _members(condition)]
        return self._shapes.sent(resource, condition.field, condition.value)

    def _askable(self, resource: Resource, condition: Condition) -> tuple[object, ...]:
        """Return the members once each, without those that no value of the field can equal."""
        field = field_of(resource, condition.field)
        askable: dict[str, object] = {}
        for member in _members(condition):
            if member is None:
                continue
            try:
                askable.setdefault(str(self._shapes.sent(resource, condition.field, member)), member)
            except ValueFault:
                if field.picklist:
                    raise
        return tuple(askable.values())


def asks_nothing(where: Sequence[Condition]) -> bool:
    """Say whether a condition on null, or an empty list, makes any call needless: such a query has no hits."""
    for condition in where:
        if condition.op == "empty":
            continue
        if condition.value is None:
            return True
        if condition.op == "in" and not any(each is not None for each in _members(condition)):
            return True
    return False


def _members(condition: Condition) -> tuple[object, ...]:
    value = condition.value
    return tuple(value) if isinstance(value, (tuple, list, set, frozenset)) else (value,)


def _size(condition: Condition) -> int:
    return len(_members(condition))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_plain, value))
    return format(value, "f") if isinstance(value, Decimal) else str(value)
