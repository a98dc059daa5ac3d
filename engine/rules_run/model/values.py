"""Values as a rule file states them: how one target field, key or condition comes to be."""

from __future__ import annotations

from typing import Literal

from rules_run.model.frozen import frozen
from rules_run.model.problem import NOWHERE, Origin

TypeName = Literal["text", "integer", "decimal", "money", "date", "datetime", "boolean"]


@frozen
class Type:
    """A conversion at the leaf: its name and its options (`max`, `overflow`, `places`)."""

    name: TypeName
    max: int | None = None
    overflow: Literal["error", "cut"] = "error"
    places: int | None = None


@frozen
class TableMap:
    """A look-up in a mapping table: the value is searched in `source` (default: the key) and `give` is answered."""

    table: str
    give: str | None = None
    source: str | None = None
    missing: Literal["hold", "fail", "null"] = "hold"
    origin: Origin = NOWHERE


@frozen
class Const:
    """A literal."""

    value: object
    origin: Origin = NOWHERE


Spots = tuple[tuple[int, Origin], ...]
"""Where a text jumps in its file (escapes, further lines): offset in the text -> place; none within one plain line."""


def place_in(origin: Origin, spots: Spots, offset: int) -> Origin:
    """Return the place in the file of the character at `offset` of a text."""
    start, place = 0, origin
    for at, spot in spots:
        if at > offset:
            break
        start, place = at, spot
    return place.shifted(offset - start)


@frozen
class Select:
    """A JMESPath expression; `origin` is the place of its first character."""

    text: str
    origin: Origin = NOWHERE
    spots: Spots = ()

    def at(self, offset: int) -> Origin:
        """Return the place in the file of the character at `offset`."""
        return place_in(self.origin, self.spots, offset)


@frozen
class Template:
    """A Jinja text; `origin` is the place of its first character."""

    text: str
    origin: Origin = NOWHERE
    spots: Spots = ()

    def at(self, offset: int) -> Origin:
        """Return the place in the file of the character at `offset`."""
        return place_in(self.origin, self.spots, offset)


@frozen
class Branch:
    """One case of a choice; the last has no `when`."""

    when: Select | None
    value: Value


@frozen
class Choose:
    """The first branch whose condition holds."""

    branches: tuple[Branch, ...]
    origin: Origin = NOWHERE


@frozen
class Value:
    """One value with its modifiers, applied in this order: when, producer, map, default, type."""

    producer: Const | Select | Template | Choose
    when: Select | None = None
    map: TableMap | None = None
    default: Value | None = None
    type: Type | None = None
    origin: Origin = NOWHERE


@frozen
class Item:
    """One line of a list: fields, under a condition."""

    fields: Fields
    when: Select | None = None
    origin: Origin = NOWHERE


@frozen
class ItemChoice:
    """Alternative lines: the first branch whose condition holds."""

    branches: tuple[Item, ...]
    origin: Origin = NOWHERE


@frozen
class Each:
    """One line for every member of a list, with its own look-ups, names, checks and condition."""

    items: Value
    name: str
    body: Item | ItemChoice
    with_: tuple[Lookup, ...] = ()
    let: tuple[Named, ...] = ()
    check: tuple[Check, ...] = ()
    when: Select | None = None
    origin: Origin = NOWHERE


@frozen
class Lines:
    """A list under `set`: lines and blocks of lines; `name` is that of a shared list of the file."""

    blocks: tuple[Item | ItemChoice | Each, ...]
    name: str = ""
    origin: Origin = NOWHERE


@frozen
class FieldLine:
    """One line under `set`: a dotted target path and its value."""

    path: str
    value: Value | Lines
    origin: Origin = NOWHERE


Fields = tuple[FieldLine, ...]


@frozen
class Named:
    """A named value under `let`, `group_by.keys`."""

    name: str
    value: Value
    origin: Origin = NOWHERE


@frozen
class Test:
    """One condition of a `where` on a (dotted) field."""

    field: str
    op: str
    value: Value
    origin: Origin = NOWHERE


@frozen
class Lookup:
    """A look-up under `with`: `resource` is `alias.Resource` for a read, `ref` names a rule instead."""

    name: str
    resource: str | None = None
    where: tuple[Test, ...] = ()
    many: bool = False
    optional: bool = False
    ref: str | None = None
    key: Value | tuple[Value, ...] | None = None
    open: bool = False
    failed: Literal["hold", "fail"] = "hold"
    origin: Origin = NOWHERE
    at: Origin = NOWHERE
    """The place of the name of the resource or rule."""


@frozen
class Check:
    """A judgement on a document: `after` judges the written one."""

    that: Select
    message: Value
    level: Literal["error", "hold", "warning"] = "error"
    after: bool = False
    origin: Origin = NOWHERE
