"""Where the names and values of a file stand, for checks that come after reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules_run.model.frozen import frozen
from rules_run.model.problem import NOWHERE, Origin

from ..yaml_nodes import ListNode, MappingNode, Node

Words = tuple[str | int, ...]


@frozen(kw_only=False)
class Places:
    """By the words (and positions in lists) that lead there: the place of a name, and that of its value."""

    found: Mapping[Words, tuple[Origin, Origin]]

    def name(self, *words: str | int) -> Origin:
        """Return the place of a name or list item."""
        return self.found.get(words, (NOWHERE, NOWHERE))[0]

    def value(self, *words: str | int) -> Origin:
        """Return the place of a value."""
        return self.found.get(words, (NOWHERE, NOWHERE))[1]


NO_PLACES = Places({})


def places_of(node: Node) -> Places:
    """Note the places of everything in a file."""
    return Places(dict(_walk(node, ())))


def _walk(node: Node, above: Words) -> Iterator[tuple[Words, tuple[Origin, Origin]]]:
    if isinstance(node, MappingNode):
        for entry in node:
            yield (*above, entry.name), (entry.origin, entry.node.origin)
            yield from _walk(entry.node, (*above, entry.name))
    elif isinstance(node, ListNode):
        for number, item in enumerate(node.items):
            yield (*above, number), (item.origin, item.origin)
            yield from _walk(item, (*above, number))
