"""Files as resources: read by their headings, written by key."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from rules_run.model.catalogue import Catalogue, Field, Resource
from rules_run.model.exchange import (
    Condition,
    Outcome,
    Query,
    Record,
    Request,
    Safety,
    Verb,
    Verdict,
    Write,
)

from .flowing import Flow
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

    def close(self) -> None:
        """Let go of what is known of the files."""
        for table in self._tables.values():
            if table.format.flow is not None:
                table.format.flow.close()

    def _write(self, table: Table, request: Request, cells: Mapping[str, str], guard: Callable[[], None]) -> Verdict:
        if request.verb == "create" and table.format.flow is not None:
            return self._add(table, table.format.flow, cells, guard)
        sheet = self._sheet(table)
        key = cells[table.key]
        there = [line for line in sheet.lines if line.cells[table.key] == key]
        if request.verb == "create" and there:
            return _there_already(table, there[0])
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
            return _unconfirmed(table, fault)
        return Verdict(outcome=Outcome.APPLIED, target_id=key)

    def _add(self, table: Table, flow: Flow, cells: Mapping[str, str], guard: Callable[[], None]) -> Verdict:
        """Add a row at the end: a file however long is not written anew for it."""
        try:
            there = flow.add(table.key, cells, guard)
        except OSError as fault:
            return _unconfirmed(table, fault)
        return _there_already(table, there) if there else Verdict(outcome=Outcome.APPLIED, target_id=cells[table.key])

    def read(self, query: Query) -> Iterator[list[Record]]:
        """Yield pages of the records that meet the query; those of a long file are found by their keys."""
        resource, table = self.resource(query.resource), self._tables[query.resource]
        keys = next((_texts(each) for each in query.where if each.field == table.key and each.op in ("eq", "in")), None)
        flow = table.format.flow
        if flow is None or keys is None or resource.fields[table.key].type != "text" or not self._is_there(table):
            return super().read(query)
        return self.meeting(query, (_record(line, resource) for line in flow.find(table.key, keys)))

    def _records(self, name: str, /) -> Iterator[Record]:
        table, resource = self._tables[name], self.resource(name)
        flow = table.format.flow
        if flow is not None and self._is_there(table):
            lines: Iterable[Line] = flow.lines(table.key)
        else:
            lines = self._sheet(table).lines
        return (_record(line, resource) for line in lines)

    def _is_there(self, table: Table) -> bool:
        """Say whether there is a file; one whose fields are declared may begin without."""
        return table.path.exists() or not table.fields

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


def _record(line: Line, resource: Resource) -> Record:
    fields = resource.fields
    return {name: value for name, field in fields.items() if (value := _value(line, field)) is not None}


def _texts(condition: Condition) -> list[str] | None:
    """Return the texts that a condition on a key asks for, None where it asks for anything else."""
    value = condition.value
    values = value if condition.op == "in" and isinstance(value, list | tuple) else [value]
    texts = [each for each in values if isinstance(each, str)]
    return texts if len(texts) == len(values) else None


def _there_already(table: Table, line: Line) -> Verdict:
    message = f"{table.path.name}:{line.number}: the row {line.cells[table.key]!r} is there already."
    return Verdict(outcome=Outcome.REJECTED, message=message, code="duplicate", ask_first=True)


def _unconfirmed(table: Table, fault: OSError) -> Verdict:
    message = f"{table.path} was written, but the disk did not confirm it ({fault.strerror})."
    return Verdict(outcome=Outcome.UNKNOWN, message=message, permanent=False)


def _value(line: Line, field: Field) -> object:
    text = line.cells.get(field.name)
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
