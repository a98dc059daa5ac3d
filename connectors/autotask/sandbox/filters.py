"""The query language: filter nodes become one test of a record."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Record

from .database import Database
from .refusal import Refusal
from .values import held_user_fields, moment, stored

Test = Callable[[Record], bool]
MOST_ALTERNATIVES = 500
_NUMBER, _TEXT = ("integer", "decimal"), ("text",)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda held, asked: bool(held == asked),
    "noteq": lambda held, asked: bool(held != asked),
    "gt": lambda held, asked: bool(held > asked),
    "gte": lambda held, asked: bool(held >= asked),
    "lt": lambda held, asked: bool(held < asked),
    "lte": lambda held, asked: bool(held <= asked),
    "beginswith": lambda held, asked: str(held).startswith(str(asked)),
    "endswith": lambda held, asked: str(held).endswith(str(asked)),
    "contains": lambda held, asked: str(asked) in str(held),
    "in": lambda held, asked: held in asked,
    "notin": lambda held, asked: held not in asked,
}
_PARTS = ("beginswith", "endswith", "contains")


class _Nothing:
    """A value that no record holds; ordering it is false, too."""

    def _never(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never


class FilterReader:
    """Reads the filter of one query on one resource."""

    def __init__(self, db: Database, resource: Resource) -> None:
        self._db, self._resource = db, resource
        self._by_name = {name.lower(): field for name, field in resource.fields.items()}
        self._alternatives = self._user_conditions = 0

    def read(self, nodes: object) -> Test:
        """Return the test of the whole filter; an empty one is an error."""
        if not isinstance(nodes, list) or not nodes:
            raise Refusal("A query needs at least one filter. Parameter name: filters")
        if self._resource.name == "TicketHistory" and not _one_ticket(nodes):
            raise Refusal("TicketHistory can be queried by one condition only: ticketID equal to a value.")
        test = _all(self._tests(nodes))
        if self._alternatives > MOST_ALTERNATIVES:
            raise Refusal(f"Queries are limited to {MOST_ALTERNATIVES} or fewer 'OR' conditions.")
        if self._user_conditions > 1:
            raise Refusal("Only one userDefinedField condition is allowed in a query.")
        return test

    def _tests(self, nodes: list[Any]) -> list[Test]:
        return [test for node in nodes if (test := self._node(node)) is not None]

    def _node(self, node: object) -> Test | None:
        if not isinstance(node, dict):
            raise Refusal("Error converting value to type Filter.")
        lowered = {str(key).lower(): value for key, value in node.items()}
        op = str(lowered.get("op", "")).lower()
        if op in ("and", "or"):
            return self._group(op, lowered.get("items"))
        if op not in (*_COMPARE, "exist", "notexist"):
            # A misspelt operator is no error there: the condition is left out, and all rows come back.
            if self._db.switches.unknown_operators_ignored:
                return None
            raise Refusal(f"Invalid operator: {lowered.get('op')}.")
        return self._condition(op, lowered)

    def _group(self, op: str, items: object) -> Test:
        if not isinstance(items, list) or not items:
            raise Refusal(f"The group '{op}' needs items.")
        tests = self._tests(items)
        if op == "and" or not tests:
            return _all(tests)
        self._alternatives += len(items)
        return lambda record: any(test(record) for test in tests)

    def _condition(self, op: str, node: dict[str, Any]) -> Test:
        field, read = self._subject(node)
        if op == "exist":
            return lambda record: read(record) not in (None, "")
        if op == "notexist":
            return lambda record: read(record) in (None, "")
        compare, asked = _COMPARE[op], self._operand(op, field, node)
        return lambda record: (held := read(record)) is not None and compare(held, asked)

    def _subject(self, node: dict[str, Any]) -> tuple[Field, Callable[[Record], Any]]:
        name = str(node.get("field", ""))
        if node.get("udf"):
            return self._user_subject(name)
        field = self._by_name.get(name.lower())
        if field is None or field.type == "udf":
            raise Refusal(f"Unable to find {name} in the {self._resource.name} entity.")
        if not field.filterable:
            raise Refusal(f"The field {field.name} of {self._resource.name} is not queryable.")
        if field.type in _TEXT:
            return field, lambda record: self._folded(record.get(field.name))
        return field, lambda record: record.get(field.name)

    def _user_subject(self, name: str) -> tuple[Field, Callable[[Record], Any]]:
        known = next((udf for udf in self._db.user_fields.get(self._resource.name, ()) if udf.name == name), None)
        if known is None:
            raise Refusal(f"Unable to find the userDefinedField {name} in the {self._resource.name} entity.")
        self._user_conditions += 1
        kind = {"number": "decimal", "date": "datetime"}.get(known.type, "text")
        field = Field(name=name, type=kind)  # type: ignore[arg-type]

        def read(record: Record) -> Any:
            held = held_user_fields(record).get(name)
            return self._folded(held) if kind == "text" else stored(field, held)

        return field, read

    def _operand(self, op: str, field: Field, node: dict[str, Any]) -> object:
        value = node.get("value")
        if op in ("in", "notin"):
            if not isinstance(value, list):
                raise Refusal(f"The operator {node['op']} needs an array.")
            self._alternatives += len(value)
            return {self._typed(field, element) for element in value}
        if op in _PARTS:
            return self._folded("" if value is None else value) if field.type in _TEXT else str(value)
        return self._typed(field, value)

    def _typed(self, field: Field, value: object) -> object:
        if field.type == "boolean":
            return _boolean(value)
        if field.type in _NUMBER:
            return self._number(value)
        if field.type in ("date", "datetime"):
            return moment(value)
        return self._folded("" if value is None else value)

    def _number(self, value: object) -> object:
        # A node that lost its zero on the way is not refused.
        if value is None:
            return 0
        if isinstance(value, str) and not self._db.switches.quoted_numbers_match:
            return _Nothing()
        try:
            if isinstance(value, bool):
                raise InvalidOperation
            return Decimal(str(value))
        except InvalidOperation:
            text = str(value)
            raise Refusal(f"Conversion failed when converting varchar '{text}' to data type int.") from None

    def _folded(self, value: object) -> str | None:
        if value is None:
            return None
        return str(value).casefold() if self._db.switches.text_ignores_case else str(value)


def _all(tests: list[Test]) -> Test:
    return lambda record: all(test(record) for test in tests)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise Refusal(f"The value of a boolean field must be true or false, not {value}.")


def _one_ticket(nodes: list[Any]) -> bool:
    node = {str(key).lower(): str(value).lower() for key, value in nodes[0].items()} if len(nodes) == 1 else {}
    return node.get("field") == "ticketid" and node.get("op") == "eq"
