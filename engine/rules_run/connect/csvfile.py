"""CSV files: read with a place for every complaint, written so that no half file is ever seen."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rules_run import durable
from rules_run.errors import ConnectorUnusable

_BOM = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# What a spreadsheet would run as a formula, in its full-width forms too, behind any number of apostrophes.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a file by column, with the line on which it ends."""

    file: str
    number: int
    cells: dict[str, str]

    def fault(self, column: str, what: str) -> ConnectorUnusable:
        """Return the error that says what is wrong with a cell, and where."""
        return ConnectorUnusable(f"{self.file}:{self.number}: {column}: {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole file."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]
    bom: bool = False


def read_sheet(path: Path, columns: Iterable[str]) -> Sheet:
    """Read a file that must have the given columns; raise ConnectorUnusable that says what is wrong and where."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError as fault:
        raise ConnectorUnusable(f"The file {path} is not there.") from fault
    except (OSError, UnicodeDecodeError) as fault:
        reason = "is not UTF-8 text" if isinstance(fault, UnicodeDecodeError) else "cannot be read"
        raise ConnectorUnusable(f"The file {path} {reason}.") from fault
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = tuple(name.strip() for name in next(rows, []))
        check_header(path, header, columns)
        lines = tuple(_lines(path, header, rows))
    except csv.Error as fault:
        raise ConnectorUnusable(f"{path}:{rows.line_num}: this is not CSV ({fault}).") from fault
    return Sheet(header=header, lines=lines, bom=content.startswith(_BOM))


def csv_content(sheet: Sheet) -> bytes:
    """Return a sheet as a CSV file."""
    rows = [sheet.header, *([guarded(line.cells.get(name, "")) for name in sheet.header] for line in sheet.lines)]
    text = "".join(",".join(map(_quoted, row)) + "\n" for row in rows)
    return (_BOM if sheet.bom else b"") + text.encode("utf-8")


def replace_file(path: Path, content: bytes) -> None:
    """Replace the file as one step that survives a power cut: written beside it, flushed, renamed.

    ConnectorUnusable says that nothing changed; an OSError, that the new file stands but may not outlive a power cut.
    """
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        durable.put(path, content, mode=mode)
    except OSError as fault:
        raise ConnectorUnusable(f"The file {path} cannot be written ({fault.strerror}): it is as it was.") from fault
    durable.sync_folder(path.parent)


def guarded(text: str) -> str:
    """Return the text with an apostrophe before what a spreadsheet would take for a formula; numbers stay numbers."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Return the text without that apostrophe."""
    return text[1:] if _GUARDED.match(text) else text


def _quoted(cell: str) -> str:
    """Return a cell as CSV; the csv module would leave a lone carriage return bare."""
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[",\r\n]', cell) else cell


def check_header(path: Path, header: Sequence[str], columns: Iterable[str]) -> None:
    """Refuse headings that are missing, empty or there twice."""
    if not header:
        raise ConnectorUnusable(f"The file {path} is empty: not even its headings are there.")
    for name in columns:
        if name not in header:
            raise ConnectorUnusable(f"{path}:1: the column {name!r} is missing. There are: {', '.join(header)}.")
    if twice := [name for name in header if header.count(name) > 1]:
        raise ConnectorUnusable(f"{path}:1: the column {twice[0]!r} is there twice.")


def _lines(path: Path, header: Sequence[str], rows: Iterator[list[str]]) -> Iterator[Line]:
    for cells in rows:
        number = getattr(rows, "line_num", 0)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise ConnectorUnusable(f"{path}:{number}: the line has {len(cells)} cells, the heading has {len(header)}.")
        yield Line(
            file=str(path),
            number=number,
            cells={name: unguarded(cell) for name, cell in zip(header, cells, strict=True)},
        )
