"""The one syntax tree that JMESPath and Jinja texts are read into.

Meaning is relative to a current value: the scope at the start, an element inside a projection, the left side after a
pipe. `column` counts characters from 0 inside the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal as OneOf

Operator = OneOf["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""

    column: int

    def children(self) -> Iterator[Node]:
        """Yield the parts directly below."""
        for field in fields(self):
            value = getattr(self, field.name)
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Node):
                    yield item


@dataclass(frozen=True, slots=True)
class Current(Node):
    """The current value, `@`."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant."""

    value: object


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A named field of a record."""

    of: Node
    name: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    """One element of a list."""

    of: Node
    number: int


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """A part of a list."""

    of: Node
    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Flatten(Node):
    """A list whose inner lists are merged into it."""

    of: Node


@dataclass(frozen=True, slots=True)
class Values(Node):
    """The values of a record, as a list."""

    of: Node


@dataclass(frozen=True, slots=True)
class Project(Node):
    """What `each` gives for the elements of a list that `only` keeps, without nulls."""

    of: Node
    each: Node
    only: Node | None = None


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """What `then` gives when `of` is the current value."""

    of: Node
    then: Node


@dataclass(frozen=True, slots=True)
class MakeList(Node):
    """A list of values; null when the current value is null."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MakeRecord(Node):
    """A record of named values; null when the current value is null."""

    names: tuple[str, ...]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A comparison."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """The right side if the left one is true, else the left one."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Or(Node):
    """The left side if it is true, else the right one."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of a truth."""

    of: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or filter with its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Reference(Node):
    """An expression handed to a function, `&expression`."""

    body: Node


@dataclass(frozen=True, slots=True)
class Text(Node):
    """Parts joined to one text; a null part is a fault."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choose(Node):
    """One of two values, by a condition of a template."""

    test: Node
    then: Node
    otherwise: Node
