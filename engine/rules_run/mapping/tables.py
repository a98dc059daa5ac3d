"""Look-ups in mapping tables: a missing row holds, an excluded one skips."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from rules_run.errors import Hold, ValueFault
from rules_run.model.rules import Table
from rules_run.model.unknown import Unknown
from rules_run.model.values import TableMap


class Skip(Exception):
    """A record is left out by a stated choice."""


class MissingRow(Hold):
    """A table has no row for a value: `file` and `row` say what to add; `give` is the column that was asked for."""

    def __init__(self, message: str, *, file: str, give: str, cells: Mapping[str, str]) -> None:
        self.file, self.give, self._cells = file, give, cells
        super().__init__(message, code="M030", hint=f"Add this line to {file}: {self.row()}")

    def __reduce__(self) -> tuple[object, ...]:
        """Say how it is made again from plain values; those of the class above tell the message alone."""
        return _missing_row, (self.message, self.file, self.give, dict(self._cells))

    def row(self, answer: str = "") -> str:
        """Return the CSV line to add, with an answer in the column that was asked for."""
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow({**self._cells, self.give: answer}.values())
        return out.getvalue()


def _missing_row(message: str, file: str, give: str, cells: Mapping[str, str]) -> MissingRow:
    return MissingRow(message, file=file, give=give, cells=cells)


class TableLookup:
    """One use of a table, prepared once: `answer` is called for each value."""

    def __init__(self, table: Table, use: TableMap) -> None:
        self._table, self._use = table, use
        self._give = _given(table, use)
        self._answers: Mapping[str, str] = {
            row[use.source or table.spec.key]: row[self._give] for row in table.rows.values()
        }

    def answer(self, value: object) -> object:
        """Return the answer for a value; raise Skip, MissingRow or ValueFault where there is none."""
        if value is None or isinstance(value, Unknown):
            return value
        text = value if isinstance(value, str) else str(value)
        found = self._answers.get(text)
        return self._absent(text) if found is None else found

    def _absent(self, text: str) -> object:
        name = self._table.spec.name
        if text in self._table.left_out:
            only = ", ".join(f"{column}={value}" for column, value in self._table.spec.only.items())
            raise Skip(f"table {name} leaves {text} out (only {only})")
        if self._use.missing == "null":
            return None
        sentence = f"table {name} has no row for {text}"
        if self._use.missing == "fail":
            raise ValueFault(sentence, code="M031", hint=f"Add a row to {self._table.file}.")
        raise MissingRow(sentence, file=self._table.file, give=self._give, cells=self._cells(text))

    def _cells(self, text: str) -> Mapping[str, str]:
        spec = self._table.spec
        cells = dict.fromkeys((spec.key, *spec.columns), "")
        return {**cells, **spec.only, self._use.source or spec.key: text}


def _given(table: Table, use: TableMap) -> str:
    if use.give == "key":
        return table.spec.key
    return use.give or (table.spec.columns[0] if table.spec.columns else table.spec.key)
