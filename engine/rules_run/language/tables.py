"""Mapping tables: CSV files whose every value stays text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_run.model.problem import Origin, Problem
from rules_run.model.rules import Table, TableSpec

from .suggest import did_you_mean

MOST_BYTES = 20_000_000
_Row = tuple[int, list[str]]


def read_table(spec: TableSpec, path: Path, name: str | None = None) -> tuple[Table | None, list[Problem]]:
    """Read a table's file, or say all that is wrong with it; a missing file is a problem of the place that names it."""
    name = name or str(path)
    try:
        content = path.read_bytes()
    except OSError as fault:
        reason = (fault.strerror or "unreadable").lower()
        message = f"The file of the table `{spec.name}` cannot be read: {name}: {reason}."
        return None, [Problem(code="C001", message=message, origin=spec.at)]
    return parse_table(spec, content, name)


def parse_table(spec: TableSpec, content: bytes, name: str) -> tuple[Table | None, list[Problem]]:
    """Read the bytes of a table's file; the table is only given when nothing is wrong."""
    reader = _Reader(spec=spec, file=name, problems=[])
    rows = reader.rows(content)
    table = reader.table(rows) if rows else None
    return (None, reader.problems) if reader.problems else (table, [])


def table_from_rows(
    spec: TableSpec, rows: Sequence[Mapping[str, str]], file: str, origins: Sequence[Origin]
) -> tuple[Table | None, list[Problem]]:
    """Make a table from rows that stand in another file (a rule test), under the same rules."""
    reader = _Reader(spec=spec, file=file, problems=[], origins=origins)
    columns = (spec.key, *spec.columns)
    listed = [(number, [row.get(column, "") for column in columns]) for number, row in enumerate(rows)]
    table = reader.body(list(columns), listed)
    return (None, reader.problems) if reader.problems else (table, [])


@dataclass(slots=True, kw_only=True)
class _Reader:
    spec: TableSpec
    file: str
    problems: list[Problem]
    origins: Sequence[Origin] | None = None

    def wrong(self, code: str, message: str, line: int, hint: str = "", column: int = 1) -> None:
        origin = self.origins[line] if self.origins else Origin(file=self.file, line=line, column=column)
        self.problems.append(Problem(code=code, message=message, origin=origin, hint=hint))

    def rows(self, content: bytes) -> list[_Row]:
        if len(content) > MOST_BYTES:
            self.wrong("C002", "The table is larger than 20 MB.", 1)
            return []
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            line = content[: fault.start].count(b"\n") + 1
            hint = "Save it as CSV UTF-8 (in Excel: “CSV UTF-8 (comma delimited)”)."
            self.wrong("C003", "The table is not UTF-8 text.", line, hint)
            return []
        if not text.strip():
            self.wrong(
                "C004", "The table is empty: it lacks even its header.", 1, f"The first line is: {self.header()}"
            )
            return []
        return list(self.split(text))

    def header(self) -> str:
        return ",".join((self.spec.key, *self.spec.columns))

    def split(self, text: str) -> Iterator[_Row]:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        line = 1
        try:
            for row in reader:
                yield line, row
                line = reader.line_num + 1
        except csv.Error as fault:
            hint = "A quote inside a quoted cell is doubled; a cell is closed by a quote before the comma."
            self.wrong("C005", f"The line is not CSV: {fault}.", line, hint)

    def table(self, rows: list[_Row]) -> Table | None:
        header = [cell.strip() for cell in rows[0][1]]
        return self.body(header, rows[1:]) if self.columns_fit(header) else None

    def columns_fit(self, header: list[str]) -> bool:
        wanted = (self.spec.key, *self.spec.columns)
        before = len(self.problems)
        for column in wanted:
            if column not in header:
                near = did_you_mean(column, [name for name in header if name not in wanted], "Columns of the file")
                hint = near or f"The header has to be: {self.header()}"
                self.wrong("C006", f"The column `{column}` is missing.", 1, hint)
        for position, column in enumerate(header):
            place = sum(len(cell) + 1 for cell in header[:position]) + 1
            if column in header[:position]:
                self.wrong("C007", f"The column `{column}` stands twice.", 1, column=place)
            elif column not in wanted and len(self.problems) == before:
                hint = f"Name it under `columns` of the table `{self.spec.name}`, or delete it."
                self.wrong("C008", f"The column `{column}` is not one of the table's.", 1, hint, place)
        return len(self.problems) == before

    def body(self, header: list[str], rows: list[_Row]) -> Table:
        kept: dict[str, dict[str, str]] = {}
        left_out: set[str] = set()
        lines: dict[str, int] = {}
        for line, cells in rows:
            if (row := self.row(header, line, cells)) is None:
                continue
            key = row[self.spec.key]
            if key in lines:
                self.wrong(
                    "C011", f"The key {key} stands twice: {self.both(lines[key], line)}.", line, "Keep one of the rows."
                )
                continue
            lines[key] = line
            if all(row.get(column) == value for column, value in self.spec.only.items()):
                kept[key] = row
            else:
                left_out.add(key)
        if self.spec.one_to_one:
            self.check_one_to_one(kept, lines)
        return Table(spec=self.spec, rows=kept, left_out=frozenset(left_out), file=self.file, lines=lines)

    def both(self, first: int, second: int) -> str:
        if self.origins:
            first, second = self.origins[first].line, self.origins[second].line
        return f"in line {first} and in line {second}"

    def row(self, header: list[str], line: int, cells: list[str]) -> dict[str, str] | None:
        if not any(cell.strip() for cell in cells):
            self.wrong("C009", "The row is blank.", line, "Delete it.")
            return None
        if len(cells) != len(header):
            message = f"The row has {len(cells)} cells, the header {len(header)}."
            self.wrong("C010", message, line, "A cell with a comma stands in double quotes.")
            return None
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        if not row[self.spec.key]:
            self.wrong("C012", f"The row has no `{self.spec.key}`.", line, "Fill in the key, or delete the row.")
            return None
        return row

    def check_one_to_one(self, rows: Mapping[str, Mapping[str, str]], lines: Mapping[str, int]) -> None:
        for column in self.spec.columns:
            if column in self.spec.only:
                continue
            seen: dict[str, str] = {}
            for key, row in rows.items():
                value = row[column]
                first = seen.setdefault(value, key) if value else key
                if first != key:
                    message = f"The value {value} in `{column}` stands twice: {self.both(lines[first], lines[key])}."
                    self.wrong("C013", message, lines[key], "The table is `one_to_one`: each value belongs to one key.")
