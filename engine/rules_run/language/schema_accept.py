"""Says whether a value meets one of our JSON Schemas, and nothing more.

Nearly every file does, and this says so in less time than the library takes to be imported. What it does not accept, a
keyword that it does not know included, is held against the library, which has the last word and says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from rules_run.bundled import bundled

Schema = Mapping[str, Any]
Check = Callable[[Any], bool]

_ANNOTATIONS = {"$schema", "$id", "$defs", "$comment", "title", "description", "default", "examples", "format"}
_NUMBERS = (int, Decimal, float)
_CLASSES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": _NUMBERS,
}


def accepts(schema: str, value: object) -> bool:
    """Say whether a value surely meets `schemas/<schema>.schema.json`."""
    return _check_of(schema)(value)


@cache
def _check_of(schema: str) -> Check:
    path = bundled("schemas") / f"{schema}.schema.json"
    return Acceptance(json.loads(path.read_text(encoding="utf-8"))).check


class _UnknownKeyword(Exception):
    """A schema says something that only the library can judge."""


class Acceptance:
    """One schema as a function of a value; one with a keyword that is not known here accepts nothing."""

    def __init__(self, schema: Schema) -> None:
        self._definitions = schema.get("$defs", {})
        self._made: dict[str, Check] = {}
        try:
            self.check = self._compile(schema)
        except _UnknownKeyword:
            self.check = _never

    def _compile(self, schema: Any) -> Check:
        if isinstance(schema, bool):
            return _always if schema else _never
        if schema.keys() - _KEYWORDS - _ANNOTATIONS:
            raise _UnknownKeyword
        checks = [make(self, schema) for words, make in _MAKERS if not words.isdisjoint(schema)]
        if len(checks) < 2:
            return checks[0] if checks else _always

        def check(value: Any) -> bool:
            for each in checks:  # noqa: SIM110 - a generator for each value would double the time
                if not each(value):
                    return False
            return True

        return check

    def _reference(self, schema: Schema) -> Check:
        name = schema["$ref"].removeprefix("#/$defs/")
        if name not in self._definitions:
            raise _UnknownKeyword
        if name not in self._made:
            self._made[name] = lambda value: self._made[name](value)  # while it is made it may refer to itself
            self._made[name] = self._compile(self._definitions[name])
        return lambda value: self._made[name](value)

    def _type(self, schema: Schema) -> Check:
        named: Any = schema["type"]
        classes = {each for name in ([named] if isinstance(named, str) else named) for each in _CLASSES[name]}
        return lambda value: value.__class__ in classes

    def _choice(self, schema: Schema) -> Check:
        allowed = [schema["const"]] if "const" in schema else schema["enum"]
        if any(isinstance(each, list | dict) for each in allowed) or {"const", "enum"} <= schema.keys():
            raise _UnknownKeyword
        plain = {(each.__class__ is bool, each) for each in allowed}  # 1 is not true
        return lambda value: value.__class__ not in (list, dict) and (value.__class__ is bool, value) in plain

    def _text(self, schema: Schema) -> Check:
        least, pattern = schema.get("minLength", 0), schema.get("pattern", "")

        def check(value: Any) -> bool:
            return value.__class__ is not str or (len(value) >= least and _pattern(pattern).search(value) is not None)

        return check

    def _number(self, schema: Schema) -> Check:
        least, above, most = schema.get("minimum"), schema.get("exclusiveMinimum"), schema.get("maximum")

        def check(value: Any) -> bool:
            return value.__class__ not in _NUMBERS or (
                (least is None or value >= least)
                and (above is None or value > above)
                and (most is None or value <= most)
            )

        return check

    def _list(self, schema: Schema) -> Check:
        least, item = schema.get("minItems", 0), self._compile(schema.get("items", True))
        return lambda value: value.__class__ is not list or (len(value) >= least and all(map(item, value)))

    def _size(self, schema: Schema) -> Check:
        least, most = schema.get("minProperties", 0), schema.get("maxProperties", float("inf"))
        required, named = tuple(schema.get("required", ())), self._compile(schema.get("propertyNames", True))

        def check(value: Any) -> bool:
            return value.__class__ is not dict or (
                least <= len(value) <= most and all(name in value for name in required) and all(map(named, value))
            )

        return check

    def _properties(self, schema: Schema) -> Check:
        properties = {name: self._compile(each) for name, each in schema.get("properties", {}).items()}
        others = self._compile(schema.get("additionalProperties", True))

        def check(value: Any) -> bool:
            return value.__class__ is not dict or all(
                properties.get(name, others)(inner) for name, inner in value.items()
            )

        return check

    def _condition(self, schema: Schema) -> Check:
        condition = self._compile(schema.get("if", True))
        then, otherwise = (self._compile(schema.get(word, True)) for word in ("then", "else"))
        if "if" not in schema:
            return _always
        return lambda value: then(value) if condition(value) else otherwise(value)

    def _not(self, schema: Schema) -> Check:
        refused = self._compile(schema["not"])
        return lambda value: not refused(value)

    def _any(self, schema: Schema) -> Check:
        ways = [self._compile(each) for each in schema["anyOf"]]
        return lambda value: any(way(value) for way in ways)


_MAKERS: tuple[tuple[frozenset[str], Callable[[Acceptance, Schema], Check]], ...] = (
    (frozenset(("type",)), Acceptance._type),
    (frozenset(("const", "enum")), Acceptance._choice),
    (frozenset(("minLength", "pattern")), Acceptance._text),
    (frozenset(("minimum", "exclusiveMinimum", "maximum")), Acceptance._number),
    (frozenset(("minItems", "items")), Acceptance._list),
    (frozenset(("required", "minProperties", "maxProperties", "propertyNames")), Acceptance._size),
    (frozenset(("properties", "additionalProperties")), Acceptance._properties),
    (frozenset(("$ref",)), Acceptance._reference),
    (frozenset(("if", "then", "else")), Acceptance._condition),
    (frozenset(("not",)), Acceptance._not),
    (frozenset(("anyOf",)), Acceptance._any),
)
_KEYWORDS = frozenset(word for words, _ in _MAKERS for word in words)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _always(value: object) -> bool:
    return True


def _never(value: object) -> bool:
    return False
