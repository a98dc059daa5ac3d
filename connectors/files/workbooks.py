"""XLSX files: one sheet with headings in its first row."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from rules_run.connect.csvfile import Sheet, check_header
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import FieldType

from .cells import Bare, is_bare, sheet_of, whole

_EXTRA = "XLSX files need two more packages: pip install 'rules-run[xlsx]'."


class Workbook:
    """One sheet of one workbook; `sheet` empty means the first."""

    def __init__(self, path: Path, sheet: str, types: Mapping[str, FieldType]) -> None:
        self._path, self._sheet, self._types = path, sheet, types

    def read(self, columns: Iterable[str]) -> Sheet:
        """Read the sheet; a number is its shortest text, a date is an ISO text, a formula is its last result."""
        book = self._open()
        try:
            rows = self._chosen(book).iter_rows(values_only=True)
            header = tuple(_text(cell).strip() for cell in next(rows, ()))
            while header and not header[-1]:
                header = header[:-1]
            check_header(self._path, header, columns)
            return sheet_of(self._path, _rows(header, rows), header)
        finally:
            book.close()

    def content(self, sheet: Sheet) -> bytes:
        """Return a workbook with that one sheet: texts as texts, so that none is taken for a formula."""
        self._alone()
        try:
            from xlsxwriter import Workbook as Writer  # type: ignore[import-untyped,unused-ignore]
        except ImportError as fault:
            raise ConnectorUnusable(_EXTRA) from fault
        stream = BytesIO()
        writer = Writer(stream, {"in_memory": True})
        page = writer.add_worksheet(self._sheet or None)
        for column, name in enumerate(sheet.header):
            page.write_string(0, column, name)
        for row, line in enumerate(sheet.lines, 1):
            for column, name in enumerate(sheet.header):
                self._write(page, row, column, name, line.cells.get(name, ""))
        writer.close()
        return stream.getvalue()

    def _write(self, page: Any, row: int, column: int, name: str, cell: str) -> None:
        if not cell:
            return
        if is_bare(name, cell, self._types):
            if cell in ("true", "false"):
                page.write_boolean(row, column, cell == "true")
                return
            # A workbook holds binary fractions: what would not come back as it is stays text.
            if Decimal(repr(float(cell))) == Decimal(cell):
                page.write_number(row, column, float(cell))
                return
        page.write_string(row, column, str(cell))

    def _alone(self) -> None:
        """Refuse to write over a workbook whose other sheets would be lost."""
        if self._path.exists():
            book = self._open()
            names = book.sheetnames
            book.close()
            if len(names) > 1:
                raise ConnectorUnusable(
                    f"The workbook {self._path} has {len(names)} sheets; written anew it would lose all but one. "
                    "Give the rows a workbook of their own."
                )

    def _open(self) -> Any:
        try:
            from openpyxl import load_workbook
        except ImportError as fault:
            raise ConnectorUnusable(_EXTRA) from fault
        content = BytesIO(whole(self._path))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return load_workbook(content, read_only=True, data_only=True)
        except Exception as fault:  # whatever a broken archive makes it raise
            raise ConnectorUnusable(f"The file {self._path} is no XLSX workbook.") from fault

    def _chosen(self, book: Any) -> Any:
        if not self._sheet:
            return book.worksheets[0]
        if self._sheet not in book.sheetnames:
            raise ConnectorUnusable(
                f"{self._path} has no sheet {self._sheet!r}; there are {', '.join(book.sheetnames)}."
            )
        return book[self._sheet]


def _rows(header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in enumerate(rows, 2):
        cells = {name: _text(cell) for name, cell in zip(header, row, strict=False)}
        if any(cells.values()):
            yield number, cells


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return Bare(str(cell).lower())
    if isinstance(cell, (int, float)):
        number = Decimal(repr(cell))
        return Bare(format(number.quantize(Decimal(1)) if number == number.to_integral_value() else number, "f"))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, (date, time)) else str(cell)
