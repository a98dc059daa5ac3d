"""Writes templates: one f-string behind one test, and the branches of conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import operators
from .nodes import Choose, Literal, Node, Text
from .paths import label_of
from .values import LONGEST_TEXT, NUMBERS, number_text

if TYPE_CHECKING:
    from .emitter import Emitter


def write_text(emitter: Emitter, node: Text, current: str | None) -> str:
    """Write the text that parts make and return the name that holds it."""
    parts = list(_flat(node))
    if all(isinstance(part, str) for part in parts):
        return repr("".join(part for part in parts if isinstance(part, str)))
    writer = emitter.writer
    values = [repr(part) if isinstance(part, str) else emitter.local(part, current) for part in parts]
    labels = tuple("" if isinstance(part, str) else label_of(part) or "A value" for part in parts)
    names = dict.fromkeys(value for part, value in zip(parts, values, strict=True) if not isinstance(part, str))
    format_text = "".join(
        _escaped(part) if isinstance(part, str) else f"{{{value}}}" for part, value in zip(parts, values, strict=True)
    )
    result = writer.fresh()
    with writer.block(f"if {' and '.join(f'({name}.__class__ is str or {name}.__class__ is int)' for name in names)}:"):
        writer.line(f'{result} = f"{format_text}"')
        with writer.block(f"if len({result}) > {LONGEST_TEXT}:"):
            writer.line(f"{emitter.helper(operators.bounded_render)}({result})")
    with writer.block("else:"):
        writer.line(f"{result} = {emitter.helper(operators.rendered)}(({', '.join(values)},), {labels!r})")
    return result


def write_choose(emitter: Emitter, node: Choose, current: str | None) -> str:
    """Write the branch that a condition chooses; an unknown condition makes the value unknown."""
    writer = emitter.writer
    test = emitter.local(node.test, current)
    slow = f"{emitter.helper(operators.decided)}({test}, {label_of(node.test)!r})"
    test = writer.assign(f"{test} if {test}.__class__ is bool else {slow}")
    result = writer.fresh()
    with writer.block(f"if {test} is True:"):
        writer.line(f"{result} = {emitter.value(node.then, current)}")
    with writer.block(f"elif {test} is False:"):
        writer.line(f"{result} = {emitter.value(node.otherwise, current)}")
    with writer.block("else:"):
        writer.line(f"{result} = {test}")
    return result


def _flat(node: Text) -> Iterator[Node | str]:
    for part in node.parts:
        if isinstance(part, Text):
            yield from _flat(part)
        elif isinstance(part, Literal) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, Literal) and part.value.__class__ in NUMBERS:
            yield number_text(part.value)
        else:
            yield part


def _escaped(text: str) -> str:
    """Return a text as it stands inside an f-string in double quotes."""
    plain = text.encode("unicode_escape").decode("ascii")
    return plain.replace('"', '\\"').replace("{", "{{").replace("}", "}}")
