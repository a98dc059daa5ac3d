"""The lists of the bridge: `$filter`, `$orderby`, `$select`, `$expand`, `$top` and `$skip` in the manner of OData."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from rules_run.model.catalogue import Field, Resource
from rules_run.model.exchange import Record

from .refusal import malformed

Test = Callable[[Record], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<date>\d{4}-\d\d-\d\d)(?![\w.])|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<name>[^\W\d]\w*(?:/[^\W\d]\w*)*)|(?P<sign>[(),]))"
)
_ORDERS: Mapping[str, Callable[[int], bool]] = {
    "gt": lambda sign: sign > 0,
    "ge": lambda sign: sign >= 0,
    "lt": lambda sign: sign < 0,
    "le": lambda sign: sign <= 0,
}
_ON_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_KINDS = {"integer": (int, Decimal), "decimal": (int, Decimal), "boolean": (bool,), "date": (date,), "text": (str,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word of a filter."""

    kind: str
    text: str


class Filter:
    """Reads a filter over the fields of a resource; what it does not know is refused, as a strict server does.

    `decided` are fields that are not looked at: every comparison of one comes to the same, or (None) is refused.
    """

    def __init__(
        self, resource: Resource, text: str, *, ignores_case: bool, decided: Mapping[str, bool | None]
    ) -> None:
        self._resource, self._fold = resource, str.casefold if ignores_case else str
        self._decided = decided
        self._tokens = list(_tokens(text))
        self._at = 0

    def read(self) -> Test:
        """Return the test that a filter states."""
        test = self._any()
        if self._peek() is not None:
            raise malformed(f"Filtre invalide près de « {self._next().text} »")
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._takes("or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda record: any(test(record) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._takes("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)

    def _one(self) -> Test:
        if self._takes("not"):
            denied = self._one()
            return lambda record: not denied(record)
        if self._takes("("):
            test = self._any()
            self._expect(")")
            return test
        name = self._next("name").text
        return self._function(name) if name in _ON_TEXT else self._comparison(name)

    def _function(self, name: str) -> Test:
        self._expect("(")
        path, spec = self._field(self._next("name").text)
        self._expect(",")
        part = self._literal(spec)
        self._expect(")")
        holds, fold = _ON_TEXT[name], self._fold
        if not isinstance(part, str):
            raise malformed(f"Filtre invalide : {name} demande un texte")
        return lambda record: isinstance(found := _value(record, path), str) and holds(fold(found), fold(part))

    def _comparison(self, name: str) -> Test:
        path, spec = self._field(name)
        operator = self._next("name").text
        wanted = self._literal(spec)
        if (decided := self._decided.get(name)) is not None:
            return lambda record: decided
        if operator in ("eq", "ne"):
            return lambda record: self._equal(_comparable(spec, _value(record, path)), wanted) is (operator == "eq")
        if operator not in _ORDERS or wanted is None or isinstance(wanted, bool):
            raise malformed(f"Opérateur invalide : {operator}")
        ordered = _ORDERS[operator]
        return lambda record: (
            (sign := _sign(_comparable(spec, _value(record, path)), wanted)) is not None and ordered(sign)
        )

    def _equal(self, left: object, right: object) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return self._fold(left) == self._fold(right)
        return left == right

    def _field(self, name: str) -> tuple[tuple[str, ...], Field]:
        path = tuple(name.split("/"))
        fields: Mapping[str, Field] = self._resource.fields
        for step in path[:-1]:
            fields = fields[step].fields if step in fields else {}
        refused = self._decided.get(name, True) is None
        if refused or path[-1] not in fields or fields[path[-1]].type not in _KINDS:
            raise malformed(f"Champ inconnu dans le filtre : {name}")
        return path, fields[path[-1]]

    def _literal(self, spec: Field) -> object:
        token = self._next()
        value = _literal_value(token)
        if value is None:
            return None
        kinds = _KINDS[spec.type]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise malformed(f"Filtre invalide : {token.text} n'est pas une valeur de {spec.name}")
        return value

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self, kind: str = "") -> Token:
        token = self._peek()
        if token is None or (kind and token.kind != kind):
            raise malformed(f"Filtre invalide près de « {token.text if token else 'la fin'} »")
        self._at += 1
        return token

    def _takes(self, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind == "text" or token.text != text:
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise malformed(f"Filtre invalide : il manque « {text} »")


def ordered(resource: Resource, rows: list[Record], text: str) -> list[Record]:
    """Return the rows in the order of `$orderby`; what is empty comes first."""
    for part in reversed([part.split() for part in text.split(",")]):
        if not part or part[0] not in resource.fields or part[1:] not in ([], ["asc"], ["desc"]):
            raise malformed(f"Tri invalide : {text}")
        name, spec = part[0], resource.fields[part[0]]
        if spec.type not in _KINDS:
            raise malformed(f"Tri invalide : {text}")
        filled = [row for row in rows if row.get(name) is not None]
        empty = [row for row in rows if row.get(name) is None]
        filled.sort(key=lambda row: _comparable(spec, row[name]), reverse=part[1:] == ["desc"])  # type: ignore[arg-type, return-value]
        rows = filled + empty if part[1:] == ["desc"] else empty + filled
    return rows


def selected(resource: Resource, rows: list[Record], select: str, expand: str) -> list[Record]:
    """Return the rows with the fields of `$select`, and those that only `$expand` shows."""
    hidden = {field.name for field in resource.fields.values() if field.write_only}
    shown = _names(expand, hidden, "à étendre")
    kept = (_names(select, set(resource.fields), "à sélectionner") or set(resource.fields)) - (hidden - shown)
    return [{name: row.get(name) for name in resource.fields if name in kept or name in shown} for row in rows]


def whole(text: str | None, name: str) -> int | None:
    """Return the number of a parameter, None where it was not given."""
    if text is None:
        return None
    if not text.isdigit():
        raise malformed(f"{name} invalide : {text}")
    return int(text)


def _names(text: str, known: set[str], what: str) -> set[str]:
    names = {name.strip() for name in text.split(",") if name.strip()}
    if strange := sorted(names - known):
        raise malformed(f"Champ {what} inconnu : {', '.join(strange)}")
    return names


def _tokens(text: str) -> Iterator[Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise malformed(f"Filtre invalide près de « {text[at : at + 20].strip()} »")
        yield Token(kind=found.lastgroup, text=found[found.lastgroup])
        at = found.end()


def _literal_value(token: Token) -> object:
    match token.kind, token.text:
        case "text", quoted:
            return quoted[1:-1].replace("''", "'")
        case "number", digits:
            return Decimal(digits)
        case "date", day:
            return _day(day)
        case "name", "true" | "false":
            return token.text == "true"
        case "name", "null":
            return None
    raise malformed(f"Filtre invalide près de « {token.text} »")


def _value(record: Record, path: tuple[str, ...]) -> object:
    value: object = record
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _comparable(spec: Field, value: object) -> object:
    if value is None:
        return None
    if spec.type == "date":
        return _day(str(value))
    if spec.type in ("integer", "decimal"):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            return None
    return value


def _sign(left: object, right: object) -> int | None:
    if left is None:
        return None
    return (left > right) - (left < right)  # type: ignore[operator, no-any-return]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise malformed(f"Date invalide : {text}") from None
