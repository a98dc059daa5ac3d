"""Follows the paths of an expression from the names in scope, as far as the text alone tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rules_run.errors import ExpressionError
from rules_run.model.frozen import frozen

from .expression import Path
from .functions import FUNCTIONS
from .nodes import Call, Current, Field, Flatten, Index, Node, Pipe, Project, Reference, Slice, Values


@frozen(kw_only=False)
class Place:
    """Where a value stands: a path from the scope, or a list (of lists) of values at that path."""

    names: tuple[str, ...] = ()
    columns: tuple[int, ...] = ()
    lists: int = 0

    def step(self, name: str, column: int) -> Place:
        """Return the place of a field or element."""
        return Place((*self.names, name), (*self.columns, column), 0)

    def element(self, column: int) -> Place:
        """Return the place of an element of the list that stands here."""
        return Place(self.names, self.columns, self.lists - 1) if self.lists else self.step("[]", column)

    def listed(self) -> Place:
        """Return the place of a list of such values."""
        return Place(self.names, self.columns, self.lists + 1)


_SCOPE = Place()


def paths_of(tree: Node) -> tuple[Path, ...]:
    """Return every path from the scope, in order of appearance; refuse a value taken from the scope as a whole."""
    trail = _Trail()
    trail.use(tree, _SCOPE)
    ordered = sorted(trail.found.values(), key=lambda path: path.columns)
    return tuple(path for path in ordered if not any(_leads_to(path, other) for other in ordered))


def _leads_to(path: Path, other: Path) -> bool:
    """Tell whether a path is only the beginning of another one that stands at the same place in the text."""
    length = len(path.names)
    return length < len(other.names) and other.names[:length] == path.names and other.columns[:length] == path.columns


class _Trail:
    """Walks a tree and notes each path at the place where its value is used."""

    def __init__(self) -> None:
        self.found: dict[tuple[tuple[str, ...], tuple[int, ...]], Path] = {}

    def use(self, node: Node, current: Place | None) -> Place | None:
        """Follow a part and note its path."""
        place = self.follow(node, current)
        self.note(self._inside(place, node))
        return place

    def note(self, place: Place | None) -> None:
        """Note the path of a place."""
        if place is not None and place.names:
            key = (place.names, place.columns)
            self.found.setdefault(key, Path(names=place.names, columns=place.columns))

    def follow(self, node: Node, current: Place | None) -> Place | None:
        """Return where the value of a part stands, if that can be told; note the paths inside it."""
        step = self._STEPS.get(type(node))
        if step:
            return step(self, node, current)
        for child in node.children():
            self.use(child, current)
        return None

    def _inside(self, place: Place | None, node: Node) -> Place | None:
        """Return a place that is not the whole scope."""
        if place is _SCOPE:
            raise ExpressionError(
                "E010",
                "The expression needs a value to start from.",
                column=node.column,
                hint="Every path starts with a name in scope, such as the `as` of the source.",
            )
        return place

    def _current(self, node: Current, current: Place | None) -> Place | None:
        return current

    def _field(self, node: Field, current: Place | None) -> Place | None:
        of = self.follow(node.of, current)
        return None if of is None or of.lists else of.step(node.name, node.column)

    def _element(self, node: Index, current: Place | None) -> Place | None:
        of = self._inside(self.follow(node.of, current), node)
        return of and of.element(node.column)

    def _slice(self, node: Slice, current: Place | None) -> Place | None:
        return self._inside(self.follow(node.of, current), node)

    def _values(self, node: Values, current: Place | None) -> Place | None:
        of = self._inside(self.follow(node.of, current), node)
        return None if of is None or of.lists else of.step("*", node.column).listed()

    def _flatten(self, node: Flatten, current: Place | None) -> Place | None:
        of = self._inside(self.follow(node.of, current), node)
        if of is None:
            return None
        return (
            Place(of.names, of.columns, of.lists - 1)
            if of.lists > 1
            else Place((*of.names, "[]"), (*of.columns, node.column), 1)
        )

    def _project(self, node: Project, current: Place | None) -> Place | None:
        of = self._inside(self.follow(node.of, current), node)
        element = of and of.element(node.column)
        if node.only is not None:
            self.use(node.only, element)
        each = self.follow(node.each, element)
        if each is None:
            self.note(element)
        return each and each.listed()

    def _pipe(self, node: Pipe, current: Place | None) -> Place | None:
        return self.follow(node.then, self.use(node.of, current))

    def _call(self, node: Call, current: Place | None) -> Place | None:
        function = FUNCTIONS[node.name]
        places = [
            None if isinstance(argument, Reference) else self.use(argument, current) for argument in node.arguments
        ]
        listed = next((place for n, place in enumerate(places) if function.parameter(n).types == ("list",)), None)
        element = listed and listed.element(node.column)
        for argument in node.arguments:
            if isinstance(argument, Reference):
                self.use(argument.body, element)
        return {"list": places[0] if places else None, "element": element}.get(function.keeps)

    _STEPS: ClassVar[dict[type[Node], Callable[[Any, Any, Place | None], Place | None]]] = {
        Current: _current,
        Field: _field,
        Index: _element,
        Slice: _slice,
        Values: _values,
        Flatten: _flatten,
        Project: _project,
        Pipe: _pipe,
        Call: _call,
    }


def label_of(node: Node) -> str:
    """Return the path of a part as a person would write it; nothing when it is no plain path."""
    match node:
        case Field():
            before = label_of(node.of)
            name = node.name if node.name.isidentifier() and node.name.isascii() else f'"{node.name}"'
            return f"{before}.{name}" if before else "" if not isinstance(node.of, Current) else name
        case Index():
            before = label_of(node.of)
            return f"{before}[{node.number}]" if before else ""
        case _:
            return ""
