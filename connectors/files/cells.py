"""What cells are in formats that know more than text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rules_run.connect.csvfile import Line, Sheet
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import FieldType

BARE: tuple[FieldType, ...] = ("integer", "decimal", "boolean")


class Bare(str):
    """A number, or true or false, that stands in its file as such: it is written back so, digit by digit."""

    __slots__ = ()


def is_bare(name: str, cell: str, types: Mapping[str, FieldType]) -> bool:
    """Say whether a cell is a number or a truth value, by how it was read or by the type that is declared."""
    return bool(cell) and (isinstance(cell, Bare) or types.get(name) in BARE)


def sheet_of(path: Path, rows: Iterable[tuple[int, Mapping[str, str]]], columns: Iterable[str]) -> Sheet:
    """Return rows of named cells as a sheet: each has every column, and the wanted ones are there even without rows."""
    found = list(rows)
    header = tuple(dict.fromkeys([*columns, *(name for _, cells in found for name in cells)]))
    lines = tuple(
        Line(file=str(path), number=number, cells={name: cells.get(name, "") for name in header})
        for number, cells in found
    )
    return Sheet(header=header, lines=lines)


def whole(path: Path) -> bytes:
    """Return the content of a file; raise ConnectorUnusable where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError as fault:
        raise ConnectorUnusable(f"The file {path} is not there.") from fault
    except OSError as fault:
        raise ConnectorUnusable(f"The file {path} cannot be read.") from fault
