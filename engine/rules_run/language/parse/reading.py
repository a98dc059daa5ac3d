"""What all readers of one file share, and how they take simple things out of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from rules_run.model.problem import Origin, Problem
from rules_run.model.values import Lines

from ..schema_check import Faulty
from ..yaml_nodes import Entry, ListNode, MappingNode, Node, ScalarNode


@dataclass(slots=True)
class Reading:
    """The problems found so far, and the values that the schema has already found wrong: nobody complains twice."""

    faulty: Faulty
    problems: list[Problem] = field(default_factory=list)
    unsure_names: set[Origin] = field(default_factory=set)
    """Rules and preconditions of which not every name could be read."""
    unsure_sections: set[str] = field(default_factory=set)
    """Words at the top of the file under which not every name could be read."""
    unsure_fields: set[Origin] = field(default_factory=set)
    """Rules of which not every target field could be read."""
    lines: dict[str, Lines] | None = None
    """The named lists of lines, once they are all read."""
    used_lines: set[str] = field(default_factory=set)

    @staticmethod
    def failed(problems: list[Problem]) -> Reading:
        """Return the reading of a file that cannot be read at all."""
        return Reading(faulty=Faulty(), problems=problems)

    def wrong(self, code: str, message: str, origin: Origin, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(code=code, message=message, origin=origin, hint=hint))

    def sound(self, node: Node) -> bool:
        """Say whether the schema has nothing against this value itself."""
        return id(node) not in self.faulty.broken

    def named_resource(self, node: Node | None) -> str:
        """Return `alias.Resource` as written; nothing where the schema has found it wrong."""
        return text(node) if node is not None and self.sound(node) else ""

    def whole(self, *nodes: Node | None) -> bool:
        """Say whether the schema has nothing against these values and all inside them."""
        return not any(id(node) in self.faulty.touched for node in nodes if node is not None)


def entries(node: Node | None) -> Iterator[Entry]:
    """Yield the entries of a mapping; nothing for anything else."""
    return iter(node) if isinstance(node, MappingNode) else iter(())


def items(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list; none for anything else."""
    return node.items if isinstance(node, ListNode) else ()


def child(node: Node | None, name: str) -> Node | None:
    """Return what stands under a word of a mapping."""
    return node.get(name) if isinstance(node, MappingNode) else None


def scalar(node: Node | None) -> object:
    """Return a plain value; None for a list or mapping."""
    return node.value if isinstance(node, ScalarNode) else None


def text(node: Node | None, default: str = "") -> str:
    """Return a text as written; the default where something else stands."""
    value = scalar(node)
    return value if isinstance(value, str) else default


def optional_text(node: Node | None) -> str | None:
    """Return a text as written, or None."""
    return text(node) or None


def flag(node: Node | None) -> bool:
    """Return true only where `true` is written."""
    return scalar(node) is True


def whole_number(node: Node | None) -> int | None:
    """Return a whole number, or None."""
    value = scalar(node)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(node: Node | None) -> int | Decimal | None:
    """Return a number, or None."""
    value = scalar(node)
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def place(node: Node | None, otherwise: Origin) -> Origin:
    """Return where a value stands, or another place where there is none."""
    return node.origin if node is not None else otherwise
