"""YAML as written: values with their places, read strictly enough that nothing means what a reader does not see."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rules_run.model.frozen import frozen
from rules_run.model.problem import Origin
from rules_run.model.values import Spots

Plain = None | bool | int | Decimal | str


@frozen(kw_only=False, eq=False)
class Node:
    """A value at its place; for a text, the place of its own first character."""

    origin: Origin


@frozen(kw_only=False, eq=False)
class ScalarNode(Node):
    """A text, number, boolean or null; `spots` are a text's jumps in the file, `blank` says that nothing is written."""

    value: Plain
    spots: Spots = ()
    blank: bool = False


@frozen(kw_only=False, eq=False)
class ListNode(Node):
    """A list."""

    items: tuple[Node, ...]


@frozen(kw_only=False, eq=False)
class Entry:
    """A key of a mapping, at its place, with its value."""

    name: str
    origin: Origin
    node: Node


@frozen(kw_only=False, eq=False)
class MappingNode(Node):
    """A mapping of names to values, in file order."""

    entries: dict[str, Entry]

    def get(self, name: str) -> Node | None:
        """Return the value under a name."""
        entry = self.entries.get(name)
        return entry.node if entry else None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self.entries


def plain(node: Node | None) -> object:
    """Return the value without its places: dicts, lists, texts, int, Decimal, booleans, None."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    if isinstance(node, MappingNode):
        return {entry.name: plain(entry.node) for entry in node}
    return None
