"""JSON files: a list of flat objects, or one object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from rules_run.connect.csvfile import Line, Sheet
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import FieldType

from .cells import Bare, is_bare, sheet_of, whole


class Objects:
    """One file of objects; null and a name that is not there are one."""

    def __init__(self, path: Path, types: Mapping[str, FieldType], *, by_line: bool) -> None:
        self._path, self._types, self._by_line = path, types, by_line

    def read(self, columns: Iterable[str]) -> Sheet:
        """Read the file; a number is the text that stands there, and keeps its digits."""
        try:
            text = whole(self._path).decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            raise ConnectorUnusable(f"The file {self._path} is not UTF-8 text.") from fault
        rows = [(number, self._cells(number, node)) for number, node in self._nodes(text)]
        return sheet_of(self._path, rows, columns)

    def content(self, sheet: Sheet) -> bytes:
        """Return the file that holds the cells."""
        objects = [self.written(line.cells) for line in sheet.lines]
        text = "".join(f"{each}\n" for each in objects) if self._by_line else _listed(objects)
        return text.encode("utf-8")

    def line(self, text: str, number: int) -> Line:
        """Return one object on a line of its own, with the names that it has."""
        return Line(file=str(self._path), number=number, cells=self._cells(number, self._parsed(text, number)))

    def _nodes(self, text: str) -> Iterator[tuple[int, object]]:
        if self._by_line:
            for number, line in enumerate(text.split("\n"), 1):
                if line.strip():
                    yield number, self._parsed(line, number)
            return
        nodes = self._parsed(text, 1)
        if not isinstance(nodes, list):
            raise ConnectorUnusable(f"{self._path}: a list of objects is expected.")
        yield from enumerate(nodes, 1)

    def _parsed(self, text: str, number: int) -> object:
        try:
            return json.loads(
                text, parse_int=Bare, parse_float=Bare, parse_constant=_refused, object_pairs_hook=_unique
            )
        except (ValueError, RecursionError) as fault:
            place = fault.lineno + number - 1 if isinstance(fault, json.JSONDecodeError) else number
            what = fault.msg if isinstance(fault, json.JSONDecodeError) else str(fault)
            raise ConnectorUnusable(f"{self._path}:{place}: this is not JSON ({what}).") from fault

    def _cells(self, number: int, node: object) -> dict[str, str]:
        if not isinstance(node, dict):
            raise ConnectorUnusable(f"{self._path}:{number}: an object is expected.")
        cells: dict[str, str] = {}
        for name, value in node.items():
            if isinstance(value, (dict, list)):
                raise ConnectorUnusable(f"{self._path}:{number}: {name}: one value is expected, not several.")
            if value is not None:
                cells[name] = Bare(str(value).lower()) if isinstance(value, bool) else value
        return cells

    def written(self, cells: Mapping[str, str]) -> str:
        """Return one object as text."""
        pairs = [
            f"{json.dumps(name, ensure_ascii=False)}: {self._value(name, cell)}" for name, cell in cells.items() if cell
        ]
        return "{" + ", ".join(pairs) + "}"

    def _value(self, name: str, cell: str) -> str:
        return str(cell) if is_bare(name, cell, self._types) else json.dumps(cell, ensure_ascii=False)


def _listed(objects: list[str]) -> str:
    return "[\n" + ",\n".join(f"  {each}" for each in objects) + "\n]\n" if objects else "[]\n"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    node = dict(pairs)
    if len(node) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return node


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
