"""Writes the statements that compute an expression: the straight-line code that a careful person would write.

The current value is the name of a local variable, or None for the scope itself. A value that a quick test of its class
does not expect goes to `operators`, so unknown values, faults and odd mappings cost nothing on the usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from keyword import iskeyword
from typing import Any, ClassVar

from rules_run.errors import ExpressionError
from rules_run.language.suggest import did_you_mean
from rules_run.model.unknown import Unknown

from . import operators
from .emit_calls import write_call
from .emit_lists import write_project
from .emit_texts import write_choose, write_text
from .kinds import is_truth
from .nodes import (
    And,
    Call,
    Choose,
    Compare,
    Current,
    Field,
    Flatten,
    Index,
    Literal,
    MakeList,
    MakeRecord,
    Node,
    Not,
    Or,
    Pipe,
    Project,
    Reference,
    Slice,
    Text,
    Values,
)
from .paths import label_of
from .values import NUMBERS
from .writer import CodeWriter


class Emitter:
    """Writes one expression; `strict` is the meaning in rules, else data is searched by the letter of JMESPath."""

    def __init__(self, writer: CodeWriter, names: Mapping[str, str], *, strict: bool) -> None:
        self.writer, self.names, self.strict = writer, names, strict
        self.unknown = writer.constant(Unknown, "Unknown")
        self.numbers = writer.constant(NUMBERS, "NUMBERS")
        self.loops = 0

    def value(self, node: Node, current: str | None) -> str:
        """Write what a part needs, and return the name or literal that holds its value."""
        return self._WRITERS[type(node)](self, node, current)

    def local(self, node: Node, current: str | None) -> str:
        """Write what a part needs, and return a name, also for a literal."""
        value = self.value(node, current)
        return value if value.isidentifier() and not iskeyword(value) else self.writer.assign(value)

    def operand(self, node: Node, current: str | None) -> str:
        """Write what a part needs, and return a name, or the literal where the text itself has one."""
        return self.value(node, current) if isinstance(node, Literal) else self.local(node, current)

    def helper(self, function: Callable[..., object]) -> str:
        """Return the global name of a function of ours."""
        return self.writer.constant(function, function.__name__)

    def labels(self, *nodes: Node) -> str:
        """Return the constant that names the paths of parts in faults."""
        return repr(tuple(label_of(node) for node in nodes)) if self.strict else "None"

    def literal(self, value: object) -> str:
        """Return a constant as source."""
        if value is None or value.__class__ in (bool, str, int):
            return repr(value)
        return self.writer.constant(value)

    def is_true(self, node: Node, value: str) -> str:
        """Return the test whether the value of a part counts as true and is known."""
        if is_truth(node):
            return f"{value} is True"
        known = f"{value}.__class__ is not {self.unknown}"
        return f"{value} is True or {known} and ({value} or {value}.__class__ in {self.numbers})"

    def _current(self, node: Current, current: str | None) -> str:
        if current is None:
            raise ExpressionError("E010", "The expression needs a value to start from.", column=node.column)
        return current

    def _literal(self, node: Literal, current: str | None) -> str:
        return self.literal(node.value)

    def _field(self, node: Field, current: str | None) -> str:
        if current is None and isinstance(node.of, Current):
            return self._scope_name(node)
        of = self.local(node.of, current)
        empty = self.writer.constant(operators.EMPTY, "EMPTY")
        other = f"{empty} if {of} is None else {self.helper(operators.record)}({of})"
        record = self.writer.shared(f"{of} if {of}.__class__ is dict else {other}")
        return self.writer.shared(f"{record}.get({node.name!r})")

    def _scope_name(self, node: Field) -> str:
        local = self.names.get(node.name)
        if local is None:
            hint = did_you_mean(node.name, self.names, "In scope")
            raise ExpressionError("E009", f"There is no {node.name} in scope.", column=node.column, hint=hint)
        return local

    def _index(self, node: Index, current: str | None) -> str:
        of, number = self.local(node.of, current), node.number
        least = number if number >= 0 else -number - 1
        found = f"{of}[{number}] if {of}.__class__ is list and len({of}) > {least}"
        return self.writer.assign(f"{found} else {self.helper(operators.absent)}({of})")

    def _slice(self, node: Slice, current: str | None) -> str:
        of = self.local(node.of, current)
        bounds = ":".join("" if bound is None else str(bound) for bound in (node.start, node.stop, node.step))
        return self.writer.assign(
            f"{of}[{bounds}] if {of}.__class__ is list else {self.helper(operators.absent)}({of})"
        )

    def _values(self, node: Values, current: str | None) -> str:
        return self.writer.assign(f"{self.helper(operators.values_of)}({self.value(node.of, current)})")

    def _flatten(self, node: Flatten, current: str | None) -> str:
        of = self.local(node.of, current)
        flat = f"{of}.__class__ is list and list not in map(type, {of})"
        return self.writer.assign(f"{of} if {flat} else {self.helper(operators.flattened)}({of})")

    def _pipe(self, node: Pipe, current: str | None) -> str:
        return self.value(node.then, self.local(node.of, current))

    def _list(self, node: MakeList, current: str | None) -> str:
        return self._made(current, lambda: f"[{', '.join(self.value(item, current) for item in node.items)}]")

    def _record(self, node: MakeRecord, current: str | None) -> str:
        def fields() -> str:
            pairs = zip(node.names, node.items, strict=True)
            return ", ".join(f"{name!r}: {self.value(item, current)}" for name, item in pairs)

        return self._made(current, lambda: f"{{{fields()}}}")

    def _made(self, current: str | None, make: Callable[[], str]) -> str:
        """Write a new list or record, null where the current value is null."""
        if current is None:
            return self.writer.assign(make())
        result = self.writer.assign("None")
        with self.writer.block(f"if {current} is not None:"):
            self.writer.line(f"{result} = {make()}")
        return result

    def _and(self, node: And, current: str | None) -> str:
        result = self._first(node.left, current)
        with self.writer.block(f"if {self.is_true(node.left, result)}:"):
            self.writer.line(f"{result} = {self.value(node.right, current)}")
        return result

    def _or(self, node: Or, current: str | None) -> str:
        result = self._first(node.left, current)
        false = f"{result} is None or not {result} and {result}.__class__ not in {self.numbers}"
        with self.writer.block(f"if not {result}:" if is_truth(node.left) else f"if {false}:"):
            self.writer.line(f"{result} = {self.value(node.right, current)}")
        return result

    def _first(self, node: Node, current: str | None) -> str:
        """Write the left side of `and` and `or`, and return a name that the right side may be assigned to."""
        value = self.value(node, current)
        return value if isinstance(node, And | Or | Not | Compare) else self.writer.assign(value)

    def _not(self, node: Not, current: str | None) -> str:
        of = self.local(node.of, current)
        return self.writer.assign(f"not {of} if {of}.__class__ is bool else {self.helper(operators.negated)}({of})")

    def _compare(self, node: Compare, current: str | None) -> str:
        if node.operator in ("==", "!="):
            return self._same(node, current)
        left, right = self.operand(node.left, current), self.operand(node.right, current)
        quick = [
            f"{side}.__class__ in {self.numbers}"
            for part, side in ((node.left, left), (node.right, right))
            if not (isinstance(part, Literal) and part.value.__class__ in NUMBERS)
        ]
        other = f"{self.helper(operators.ordered)}({left}, {right}, {self.labels(node.left, node.right)})"
        return self.writer.assign(f"{left} {node.operator} {right} if {' and '.join(quick) or 'True'} else {other}")

    def _same(self, node: Compare, current: str | None) -> str:
        """Write an equality; the literal, if there is one, decides how the other side is tested."""
        one, other = (node.right, node.left) if isinstance(node.left, Literal) else (node.left, node.right)
        left, right = self.local(one, current), self.operand(other, current)
        slow = self.helper(operators.equal if node.operator == "==" else operators.different)
        slow = f"{slow}({left}, {right})"
        if not isinstance(other, Literal):
            test = f"{left}.__class__ is {right}.__class__ is str"
        elif other.value is None:
            same = "is" if node.operator == "==" else "is not"
            return self.writer.assign(f"{left} {same} None if {left}.__class__ is not {self.unknown} else {left}")
        elif isinstance(other.value, list | dict):
            return self.writer.assign(slow)
        else:
            classes = (
                f"in {self.numbers}" if other.value.__class__ in NUMBERS else f"is {other.value.__class__.__name__}"
            )
            test = f"{left}.__class__ {classes}"
        return self.writer.assign(f"{left} {node.operator} {right} if {test} else {slow}")

    def _project(self, node: Project, current: str | None) -> str:
        return write_project(self, node, current)

    def _call(self, node: Call, current: str | None) -> str:
        return write_call(self, node, current)

    def _reference(self, node: Reference, current: str | None) -> str:
        name, item = self.writer.fresh("f"), self.writer.fresh()
        outer, self.loops = self.loops, 0
        with self.writer.block(f"def {name}({item}):"):
            self.writer.line(f"return {self.value(node.body, item)}")
        self.loops = outer
        return name

    def _text(self, node: Text, current: str | None) -> str:
        return write_text(self, node, current)

    def _choose(self, node: Choose, current: str | None) -> str:
        return write_choose(self, node, current)

    _WRITERS: ClassVar[dict[type[Node], Callable[[Any, Any, str | None], str]]] = {
        Current: _current,
        Literal: _literal,
        Field: _field,
        Index: _index,
        Slice: _slice,
        Values: _values,
        Flatten: _flatten,
        Pipe: _pipe,
        Project: _project,
        MakeList: _list,
        MakeRecord: _record,
        And: _and,
        Or: _or,
        Not: _not,
        Compare: _compare,
        Call: _call,
        Reference: _reference,
        Text: _text,
        Choose: _choose,
    }
