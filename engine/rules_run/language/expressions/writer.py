"""Writes Python source: lines, indentation, fresh names, constants, and which place in a rule file a line is for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager

from rules_run.model.problem import Origin


class CodeWriter:
    """Collects the statements of generated functions; several expressions may be written into one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}
        self._depth = 0
        self._names = 0
        self._known: list[dict[str, str]] = [{}]
        self._pool: dict[int, str] = {}
        self._marks: list[tuple[int, Origin]] = []

    def line(self, text: str) -> None:
        """Write one line at the present indentation."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Write a line that opens a block; what is written inside is indented."""
        self.line(header)
        self._depth += 1
        self._known.append({})
        yield
        self._known.pop()
        self._depth -= 1

    def fresh(self, prefix: str = "_") -> str:
        """Return a name that nothing else has."""
        self._names += 1
        return f"{prefix}{self._names}"

    def assign(self, value: str) -> str:
        """Write an assignment to a fresh name, and return the name."""
        name = self.fresh()
        self.line(f"{name} = {value}")
        return name

    def shared(self, value: str) -> str:
        """Assign a value that never changes once it is there; written once for a block and all inside it."""
        for known in reversed(self._known):
            if value in known:
                return known[value]
        name = self._known[-1][value] = self.assign(value)
        return name

    def constant(self, value: object, name: str = "") -> str:
        """Return a global name for an object that has no literal."""
        known = self._pool.get(id(value))
        if known is None:
            known = self._pool[id(value)] = f"K{len(self._pool)}_{name}".rstrip("_")
            self.constants[known] = value
        return known

    def mark(self, origin: Origin) -> None:
        """Relate the lines that follow to a place in a rule file."""
        self._marks.append((len(self.lines), origin))

    def origin_at(self, line: int) -> Origin | None:
        """Return the place that a line of the source, counted from 1, was written for."""
        position = bisect_right(self._marks, line - 1, key=lambda mark: mark[0])
        return self._marks[position - 1][1] if position else None

    def source(self) -> str:
        """Return all lines as one text."""
        return "\n".join(self.lines) + "\n"

    def run(self, filename: str = "<rules>") -> dict[str, object]:
        """Compile and execute the source, and return what it defines."""
        namespace = dict(self.constants)
        exec(compile(self.source(), filename, "exec"), namespace)  # noqa: S102  # our own text, from checked trees
        return namespace
