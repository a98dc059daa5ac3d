"""The one syntax tree that JMESPath and Jinja texts are read into.

Meaning is relative to a current value: the scope at the start, an element inside a projection, the left side after a
pipe. `column` counts characters from 0 inside the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any
from typing import Literal as OneOf

from rules_run.model.frozen import frozen

Operator = OneOf["==", "!=", "<", "<=", ">", ">="]


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name != "column")


@frozen(kw_only=False)
class Node:
    """A part of an expression."""

    column: int

    def children(self) -> Iterator[Node]:
        """Yield the parts directly below."""
        kind: Any = type(self)
        for name in _names(kind):
            value = getattr(self, name)
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Node):
                    yield item


@frozen(kw_only=False)
class Current(Node):
    """The current value, `@`."""


@frozen(kw_only=False)
class Literal(Node):
    """A constant."""

    value: object


@frozen(kw_only=False)
class Field(Node):
    """A named field of a record."""

    of: Node
    name: str


@frozen(kw_only=False)
class Index(Node):
    """One element of a list."""

    of: Node
    number: int


@frozen(kw_only=False)
class Slice(Node):
    """A part of a list."""

    of: Node
    start: int | None
    stop: int | None
    step: int | None


@frozen(kw_only=False)
class Flatten(Node):
    """A list whose inner lists are merged into it."""

    of: Node


@frozen(kw_only=False)
class Values(Node):
    """The values of a record, as a list."""

    of: Node


@frozen(kw_only=False)
class Project(Node):
    """What `each` gives for the elements of a list that `only` keeps, without nulls."""

    of: Node
    each: Node
    only: Node | None = None


@frozen(kw_only=False)
class Pipe(Node):
    """What `then` gives when `of` is the current value."""

    of: Node
    then: Node


@frozen(kw_only=False)
class MakeList(Node):
    """A list of values; null when the current value is null."""

    items: tuple[Node, ...]


@frozen(kw_only=False)
class MakeRecord(Node):
    """A record of named values; null when the current value is null."""

    names: tuple[str, ...]
    items: tuple[Node, ...]


@frozen(kw_only=False)
class Compare(Node):
    """A comparison."""

    operator: Operator
    left: Node
    right: Node


@frozen(kw_only=False)
class And(Node):
    """The right side if the left one is true, else the left one."""

    left: Node
    right: Node


@frozen(kw_only=False)
class Or(Node):
    """The left side if it is true, else the right one."""

    left: Node
    right: Node


@frozen(kw_only=False)
class Not(Node):
    """The opposite of a truth."""

    of: Node


@frozen(kw_only=False)
class Call(Node):
    """A function or filter with its arguments."""

    name: str
    arguments: tuple[Node, ...]


@frozen(kw_only=False)
class Reference(Node):
    """An expression handed to a function, `&expression`."""

    body: Node


@frozen(kw_only=False)
class Text(Node):
    """Parts joined to one text; a null part is a fault."""

    parts: tuple[Node, ...]


@frozen(kw_only=False)
class Choose(Node):
    """One of two values, by a condition of a template."""

    test: Node
    then: Node
    otherwise: Node
