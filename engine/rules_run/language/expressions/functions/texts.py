"""Functions on texts, and short stable identifiers."""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from rules_run.errors import ValueFault
from rules_run.model.unknown import Unknown

from ..values import LONGEST_TEXT, NUMBERS, bounded_text, json_text, number_text, shown
from .numbers import Number, as_count
from .signature import Function, function

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def _plain(value: str | Number) -> str:
    return value if isinstance(value, str) else number_text(value)


def _join_text(values: list[Any], separator: str) -> str | Unknown:
    present = [value for value in values if value is not None and value != ""]
    for value in present:
        if isinstance(value, Unknown):
            return value
        if value.__class__ is not str and value.__class__ not in NUMBERS:
            raise ValueFault(f"join_text() joins texts and numbers, but found {shown(value)}.", code="E008")
    return bounded_text(separator.join(map(_plain, present)))


def _pad(value: str | Number, width: Number, fill: str = "0") -> str:
    count = as_count(width, "The width of pad()")
    if len(fill) != 1:
        raise ValueFault(f"pad() fills with one character, not {shown(fill)}.", code="E011")
    if count > LONGEST_TEXT:
        raise ValueFault("pad() makes no text longer than 64 KB.", code="E012")
    return _plain(value).rjust(count, fill)


def _replace(value: str, old: str, new: str) -> str:
    if not old:
        raise ValueFault("replace() needs a text to look for, not an empty one.", code="E011")
    if len(value) + value.count(old) * (len(new) - len(old)) > LONGEST_TEXT:
        raise ValueFault("replace() makes no text longer than 64 KB.", code="E012")
    return value.replace(old, new)


def _regex_find(value: str, pattern: str) -> str | None:
    try:
        found = _pattern(pattern).search(value)
    except UnicodeEncodeError:
        raise ValueFault("regex_find() met half a character, which no text may hold.", code="E011") from None
    if found is None:
        return None
    text: str | None = found.group(1) if found.re.groups else found.group()
    return text


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    import re2  # type: ignore[import-untyped]  # linear in the text, whatever the pattern

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise ValueFault(f"regex_find() cannot read the pattern {shown(pattern)}: {reason}.", code="E011") from None


def _title(value: str) -> str:
    return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), value)


def _unique(values: list[Any]) -> list[Any]:
    first: dict[object, Any] = {}
    for value in values:
        first.setdefault(json_text(value, canonical=True), value)
    return list(first.values())


def _short_id(value: object) -> str | Unknown:
    text = json_text(value, canonical=True)
    if isinstance(text, Unknown):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest)[:12].decode().lower()


TEXTS: tuple[Function, ...] = (
    function(
        "join_text(values: list, separator: text)",
        "text",
        "The texts and numbers of a list joined to one text, leaving out empty ones.",
        _join_text,
        ((["J-12", None, 7], ", "), "J-12, 7"),
    ),
    function(
        "pad(value: text|number, width: number, fill?: text)",
        "text",
        "The value filled up at its left to a width, with zeros or another character.",
        _pad,
        ((42, 5), "00042"),
        (("a", 3, "."), "..a"),
    ),
    function(
        "replace(value: text, old: text, new: text)",
        "text",
        "The text with every occurrence of one text replaced by another.",
        _replace,
        (("a:b:c", ":", "-"), "a-b-c"),
    ),
    function(
        "regex_find(value: text, pattern: text)",
        "text|null",
        "What a regular expression (RE2 syntax) finds first: its first group if it has one; null if nothing.",
        _regex_find,
        (("Invoice 1042 of May", r"(\d+)"), "1042"),
        (("none", "[0-9]"), None),
    ),
    function("upper(value: text)", "text", "The text in capitals.", str.upper, (("Unité",), "UNITÉ")),
    function("lower(value: text)", "text", "The text in small letters.", str.lower, (("Unité",), "unité")),
    function(
        "title(value: text)",
        "text",
        "The text with every word capitalised.",
        _title,
        (("o'neil and SONS",), "O'neil And Sons"),
    ),
    function(
        "unique(values: list)",
        "list",
        "The list without values that came before, in order; equal numbers are one value.",
        _unique,
        (([1, "1", Decimal("1.0"), 2],), [1, "1", 2]),
        keeps="list",
    ),
    function(
        "short_id(value: any)",
        "text",
        "Twelve letters and digits that are always the same for an equal value.",
        _short_id,
        ((["TX-1", Decimal("1.50")],), "kpheebjhpfqf"),
    ),
)
