"""A schema's complaints in the words of the file: what stands there, what is expected, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from rules_run.model.problem import Origin, Problem, legible

from .suggest import did_you_mean
from .yaml_nodes import MappingNode, Node

_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping of names",
    "array": "a list",
    "null": "nothing",
}
MOST_UNKNOWN = 20
"""So many unknown words of one mapping are told; more are no slips."""
_BELONGS = {
    **dict.fromkeys(("write", "mode", "match", "marker", "set", "set_once", "on_change"), "to"),
    **dict.fromkeys(("read", "source", "as", "where"), "from"),
    **dict.fromkeys(("keys", "sort"), "group_by"),
}
_LANGUAGE_HINT = (
    "This engine runs language 1. Write `language: 1`, or use the version of the engine that the file was made for."
)
_NAME_HINT = "Use small letters a-z, digits and `_`, a letter first."
Lines = Iterator[tuple[str, str, Origin, str]]


def explain(error: Any, trail: list[Node]) -> list[Problem]:
    """Return the problems that one schema error stands for; `trail` leads from the top of the file to its value."""
    speak = _SPEAKERS.get(error.validator, _other)
    return [
        Problem(code=code, message=legible(" ".join(message.splitlines())), origin=origin, hint=legible(hint))
        for code, message, origin, hint in speak(error, trail)
    ]


def _word(error: Any) -> str:
    """Return the word whose value is wrong, in words: `key`, or "item 2 of `key`"."""
    path = list(error.absolute_path)
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        names = [step for step in path if isinstance(step, str)]
        return f"item {path[-1] + 1} of `{names[-1]}`" if names else f"item {path[-1] + 1}"
    return f"`{path[-1]}`"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _meaning(error: Any) -> str:
    schema = error.schema if isinstance(error.schema, dict) else {}
    text = schema.get("description", "")
    return text if not text or text.endswith(".") else f"{text}."


def _stands(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"the number {value}"
    text = str(value)
    return f'the text "{text if len(text) <= 40 else text[:39] + "…"}"'


def known_words(error: Any) -> list[str]:
    """Return the words that may stand where an unknown one does; a condition may also be a value in the long form."""
    words = list(error.schema.get("properties", {}))
    return [*words, "select", "template", "const", "choose"] if "starts_with" in words else words


def _unknown_word(error: Any, trail: list[Node]) -> Lines:
    allowed = known_words(error)
    mapping = trail[-1]
    assert isinstance(mapping, MappingNode)
    unknown = [entry for entry in mapping if entry.name not in allowed]
    for entry in unknown[:MOST_UNKNOWN]:
        place = "in the file" if len(trail) == 1 else f"under {_word(error)}"
        hint = did_you_mean(entry.name, allowed, "Known here")
        home = _BELONGS.get(entry.name)
        if home in allowed:
            hint = f"`{entry.name}` stands under `{home}`."
        yield "S001", f"`{entry.name}` is not a word of the language {place}.", entry.origin, hint


def _missing_word(error: Any, trail: list[Node]) -> Lines:
    mapping = trail[-1]
    assert isinstance(mapping, MappingNode)
    for name in error.validator_value:
        if name not in mapping and f"'{name}'" in error.message:
            meaning = error.schema.get("properties", {}).get(name, {}).get("description", "")
            yield "S002", f"{_capital(_word(error))} lacks the word `{name}`.", _key_of(trail), meaning


def _key_of(trail: list[Node]) -> Origin:
    """Return the place of the word under which the last node stands."""
    if len(trail) > 1 and isinstance(parent := trail[-2], MappingNode):
        return next(entry.origin for entry in parent if entry.node is trail[-1])
    return trail[-1].origin


def _wrong_kind(error: Any, trail: list[Node]) -> Lines:
    expected = error.validator_value
    words = " or ".join(_KINDS[each] for each in (expected if isinstance(expected, list) else [expected]))
    if expected == ["string", "boolean"]:
        words = "an expression, true or false"
    hint = _meaning(error)
    if expected == "string" and isinstance(error.instance, int | Decimal):
        hint = f"Put it in quotes. {hint}".strip()
    message = f"{_capital(_word(error))} must be {words}, not {_stands(error.instance)}."
    yield "S003", message, trail[-1].origin, hint


def _not_one_of(error: Any, trail: list[Node]) -> Lines:
    allowed = [str(each) for each in error.validator_value]
    shown = ", ".join(allowed)
    message = f"{_capital(_word(error))} must be one of {shown}, not {_stands(error.instance)}."
    near = did_you_mean(str(error.instance), allowed) if isinstance(error.instance, str) else ""
    yield "S004", message, trail[-1].origin, near if near.startswith("Did") else _meaning(error)


def _not_const(error: Any, trail: list[Node]) -> Lines:
    if list(error.absolute_path) == ["language"]:
        message = f"The file is written in another version of the language: {_stands(error.instance)}."
        yield "S011", message, trail[-1].origin, _LANGUAGE_HINT
    else:
        message = f"{_capital(_word(error))} must be {_stands(error.validator_value)}, not {_stands(error.instance)}."
        yield "S004", message, trail[-1].origin, _meaning(error)


def _wrong_text(error: Any, trail: list[Node]) -> Lines:
    if "propertyNames" in error.absolute_schema_path:
        mapping = trail[-1]
        assert isinstance(mapping, MappingNode)
        origin = mapping.entries[error.instance].origin
        hint = "Write alias.Resource." if "." in error.validator_value else _NAME_HINT
        yield "S005", f"`{error.instance}` cannot be a name here.", origin, hint
    else:
        message = f"{_capital(_word(error))} is not written as it has to be: {_stands(error.instance)}."
        yield "S006", message, trail[-1].origin, _text_hint(error)


def _text_hint(error: Any) -> str:
    pattern = error.validator_value
    if "\\." in pattern and "A-Z" in pattern:
        return "Write alias.Resource, for example psa.Companies."
    if "\\d" in pattern:
        return "Write three numbers, for example 1.0.0."
    if "a-z0-9-" in pattern:
        return "Use small letters a-z, digits and `-`, a letter first."
    return _NAME_HINT


def _too_little(error: Any, trail: list[Node]) -> Lines:
    least = error.validator_value
    what = {"minItems": "item", "minProperties": "entry", "minLength": "character"}[error.validator]
    need = f"at least {least} {what}{'s' if least > 1 else ''}".replace("entrys", "entries")
    message = f"{_capital(_word(error))} needs {need}."
    if not error.instance:
        message = f"{_capital(_word(error))} is empty."
    yield "S007", message, trail[-1].origin, _meaning(error) or "Fill it or delete the word."


def _too_much(error: Any, trail: list[Node]) -> Lines:
    yield (
        "S007",
        f"{_capital(_word(error))} holds more than {error.validator_value}.",
        trail[-1].origin,
        _meaning(error),
    )


def _out_of_range(error: Any, trail: list[Node]) -> Lines:
    side = "at least" if error.validator == "minimum" else "at most"
    message = f"{_capital(_word(error))} must be {side} {error.validator_value}, not {error.instance}."
    yield "S008", message, trail[-1].origin, _meaning(error)


def _not_here(error: Any, trail: list[Node]) -> Lines:
    if not isinstance(error.instance, list) or error.absolute_path[-1] in ("with", "let", "check"):
        yield "S012", f"`{error.absolute_path[-1]}` has no meaning here.", _key_of(trail), _meaning(error)
        return
    hint = "Write {const: [...]} for a fixed list, or a JMESPath list."
    yield "S010", f"{_capital(_word(error))} is a list, and a list is not a value.", trail[-1].origin, hint


def _other(error: Any, trail: list[Node]) -> Lines:
    yield "S003", f"{_capital(_word(error))} is not what is expected here.", trail[-1].origin, _meaning(error)


_SPEAKERS: dict[str | None, Callable[[Any, list[Node]], Lines]] = {
    "additionalProperties": _unknown_word,
    "required": _missing_word,
    "type": _wrong_kind,
    "enum": _not_one_of,
    "const": _not_const,
    "pattern": _wrong_text,
    "minItems": _too_little,
    "minProperties": _too_little,
    "minLength": _too_little,
    "maxItems": _too_much,
    "maxProperties": _too_much,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "not": _not_here,
}
