"""Conditions as one text, as `$filter` of OData: what the manifest says of joining, literals and escaping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from urllib.parse import quote_plus

from rules_run.connect.asking import Expression

ALL, EACH = "{values}", "{value}"


def clause(style: Expression, word: str, field: str, literals: Sequence[str], *, negative: bool) -> str:
    """Return one condition; a word for one value is said of each, joined by `any`, or by `all` where it excludes."""
    if ALL in word:
        return word.format(field=field, values=",".join(literals))
    if EACH not in word:
        return word.format(field=field)
    said = [word.format(field=field, value=literal) for literal in literals]
    return (style.all if negative else style.any).join(said) if len(said) == 1 or negative else either(style, said)


def either(style: Expression, clauses: Sequence[str]) -> str:
    """Return a text that is true where one of the clauses is."""
    return clauses[0] if len(clauses) == 1 else style.group.format(any=style.any.join(clauses))


def literal(style: Expression, kind: str, value: object) -> str:
    """Return a value as a literal of its type; only texts hold what needs to be escaped."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    for sign, escaped in style.escape.items():
        text = text.replace(sign, escaped)
    return style.literals.get(kind, EACH).format(value=text)


def lengths(style: Expression, clauses: Sequence[str]) -> list[int]:
    """Return how many characters each clause takes in an address, with what joins it to the next."""
    joint = len(quote_plus(style.any))
    return [len(quote_plus(each)) + joint for each in clauses]


def slices(sizes: Sequence[int], *, most: int, room: int) -> Iterator[slice]:
    """Cut a list into parts of at most `most` members whose sizes add up to at most `room`; 0 is no limit."""
    start = total = 0
    for index, size in enumerate(sizes):
        full = index - start >= most or (room > 0 and total + size > room)
        if full and index > start:
            yield slice(start, index)
            start, total = index, 0
        total += size
    if sizes:
        yield slice(start, len(sizes))
