"""Files as resources: read by their headings, written by key."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from rules_run.connect.account import Account
from rules_run.connect.contract import Connector, StaleSend
from rules_run.connect.csvfile import Line, Sheet, replace_file
from rules_run.connect.local import ReadOnlyConnector, canonical
from rules_run.connect.payload import parse_json, write_json
from rules_run.connect.scalars import shape
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.model.catalogue import Catalogue, Field
from rules_run.model.exchange import Outcome, Record, Request, Safety, Verb, Verdict, Write

from .tables import Table, catalogue_of, read_tables


def create_connector(account: Account, catalogue: Catalogue) -> Connector:
    """Open the files that a tenant declares."""
    return FilesConnector(account.alias, read_tables(account.alias, account.values["resources"], account.folder))


def create_catalogue(settings: Mapping[str, object], folder: Path) -> Catalogue:
    """Return what a tenant declares; a file whose headings are its fields has to be there."""
    tables = read_tables("files", settings.get("resources"), folder)
    catalogue = catalogue_of(tables)
    for name in tables:
        catalogue.resource(name)
    return catalogue


class FilesConnector(ReadOnlyConnector):
    """Files of one tenant; see contract.Connector."""

    def __init__(self, alias: str, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        super().__init__(alias, catalogue_of(tables), self._records)

    def prepare(self, write: Write) -> Request:
        """Freeze a row into bytes."""
        resource, table = self.resource(write.resource), self._tables[write.resource]
        cells = {
            name: _cell(canonical(resource, name, value), f"{resource.name}.{name}")
            for name, value in write.values.items()
        }
        key = write.target_id if write.verb == "update" else cells.get(table.key)
        if not key:
            raise ValueFault(f"{resource.name}.{table.key} must be given: it names the row.", code="C109")
        if cells.setdefault(table.key, key) != key:
            raise ValueFault(f"{resource.name}.{table.key} names the row and is never changed.", code="C108")
        method = "ADD" if write.verb == "create" else "CHANGE"
        body = write_json(cells)
        digest = hashlib.sha256(f"{method} {table.path.name}\n".encode() + body).hexdigest()
        return Request(
            resource=resource.name, verb=write.verb, method=method, path=table.path.name, body=body, digest=digest
        )

    def send(self, request: Request, guard: Callable[[], None]) -> Verdict:
        """Write one row: the file is replaced as a whole, so that no half row is ever seen."""
        table = self._tables[request.resource]
        cells = parse_json(request.body)
        assert isinstance(cells, dict)
        try:
            with _locked(table.path.parent):
                return self._write(table, request, {name: str(cell) for name, cell in cells.items()}, guard)
        except StaleSend as signal:
            return Verdict(outcome=Outcome.NOT_SENT, message=str(signal), code="stale", permanent=False)
        except ConnectorUnusable as fault:
            return Verdict(outcome=Outcome.NOT_SENT, message=str(fault), permanent=False)

    def safety(self, resource: str, verb: Verb, *, marked: bool) -> Safety:
        """The key is unique in the file: to add it again is refused."""
        return Safety.UNIQUE if verb == "create" else Safety.IDEMPOTENT

    def _write(self, table: Table, request: Request, cells: Mapping[str, str], guard: Callable[[], None]) -> Verdict:
        sheet = self._sheet(table)
        key = cells[table.key]
        there = [line for line in sheet.lines if line.cells[table.key] == key]
        if request.verb == "create" and there:
            message = f"{table.path.name}:{there[0].number}: the row {key!r} is there already."
            return Verdict(outcome=Outcome.REJECTED, message=message, code="duplicate", ask_first=True)
        if request.verb == "update" and not there:
            return Verdict(outcome=Outcome.REJECTED, message=f"{table.path.name} has no row {key!r}.", code="gone")
        if request.verb == "create":
            lines = (*sheet.lines, Line(file=str(table.path), number=0, cells=dict(cells)))
        else:
            lines = tuple(
                replace(line, cells={**line.cells, **cells}) if line is there[0] else line for line in sheet.lines
            )
        guard()
        try:
            replace_file(table.path, table.format.content(replace(sheet, lines=lines)))
        except OSError as fault:
            message = f"{table.path} was written, but the disk did not confirm it ({fault.strerror})."
            return Verdict(outcome=Outcome.UNKNOWN, message=message, permanent=False)
        return Verdict(outcome=Outcome.APPLIED, target_id=key)

    def _records(self, name: str, /) -> Iterator[Record]:
        table, resource = self._tables[name], self.resource(name)
        for line in self._sheet(table).lines:
            yield {
                field: value for field in resource.fields if (value := _value(line, resource.fields[field])) is not None
            }

    def _sheet(self, table: Table) -> Sheet:
        if not table.path.exists() and table.fields:
            return Sheet(header=tuple(table.fields), lines=(), bom=table.format.bom)
        sheet = table.format.read(table.fields or [table.key])
        seen: dict[str, int] = {}
        for line in sheet.lines:
            key = line.cells[table.key]
            if not key:
                raise line.fault(table.key, "a value is needed here: it names the row.")
            if key in seen:
                raise line.fault(table.key, f"{key!r} already stands in line {seen[key]}.")
            seen[key] = line.number
        return sheet


def _value(line: Line, field: Field) -> object:
    text = line.cells[field.name]
    if not text:
        return None
    if field.type == "boolean":
        if text not in ("true", "false"):
            raise line.fault(field.name, f"{text!r} is not true or false.")
        return text == "true"
    try:
        return shape(field, text, field.name)
    except ValueFault as fault:
        raise line.fault(field.name, fault.message.partition(": ")[2]) from fault


def _cell(value: object, where: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (str, int)):
        return "" if value is None else str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    raise ValueFault(f"{where}: a cell holds one value, not {type(value).__name__}.", code="C104")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder: two processes never replace one file at a time."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as fault:
        raise ConnectorUnusable(f"The folder {folder} cannot be opened.") from fault
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
