"""The formats of files: each reads a whole file as text cells, and gives the whole file for text cells; one flows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules_run.connect.csvfile import Sheet, csv_content, read_sheet
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import FieldType

from .flowing import Flow
from .objects import Objects

NAMES = ("csv", "json", "jsonl", "xlsx")
Types = Mapping[str, FieldType]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one file is read and written."""

    read: Callable[[Iterable[str]], Sheet]
    content: Callable[[Sheet], bytes]
    bom: bool = False
    flow: Flow | None = None
    """What reads the file line by line, where it can be; the whole is then read for a change only."""


def format_of(where: str, path: Path, spec: Mapping[str, Any], types: Types) -> Format:
    """Return the format that a declaration names, or that the file's name ends in."""
    name = str(spec.get("format") or path.suffix.lower().lstrip("."))
    if name not in NAMES:
        raise ConnectorUnusable(f"{where}: the format of {path.name} is none of {', '.join(NAMES)}.")
    if "bom" in spec and name != "csv":
        raise ConnectorUnusable(f"{where}: only a CSV file has a `bom`.")
    if "sheet" in spec and name != "xlsx":
        raise ConnectorUnusable(f"{where}: only an XLSX file has a `sheet`.")
    if name == "csv":
        return Format(read=lambda columns: read_sheet(path, columns), content=csv_content, bom=bool(spec.get("bom")))
    if name == "xlsx":
        from .workbooks import Workbook

        book = Workbook(path, str(spec.get("sheet") or ""), types)
        return Format(read=book.read, content=book.content)
    objects = Objects(path, types, by_line=name == "jsonl")
    return Format(read=objects.read, content=objects.content, flow=Flow(path, objects) if name == "jsonl" else None)
