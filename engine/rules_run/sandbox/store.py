"""The records of a stand-in, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from rules_run.errors import InvalidFiles
from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.exchange import Record
from rules_run.model.problem import Problem

Id = int | str


class SandboxStore:
    """Tables of records over a catalogue, in the order of their ids.

    A record is never changed in place: a change puts a new one there, so what a reader holds stays as it was. Every
    method may be called from any thread; `lock` makes several calls one step.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.lock = threading.RLock()
        self._tables: dict[str, dict[Id, Record]] = {}
        self._last: dict[str, int] = {}
        self._loaded: tuple[dict[str, dict[Id, Record]], dict[str, int]] = ({}, {})

    def load(self, records: Mapping[str, Sequence[Record]]) -> None:
        """Put the records of a data file in, to which `reset` comes back; InvalidFiles for what the catalogue lacks."""
        self.check(records)
        with self.lock:
            for name, rows in records.items():
                self._fill(name, rows)
            self._loaded = (self._copy(), dict(self._last))

    def check(self, records: Mapping[str, Sequence[Record]]) -> None:
        """Raise InvalidFiles for resources and fields that the catalogue lacks."""
        problems = list(self._strangers(records))
        if problems:
            raise InvalidFiles(problems)

    def reset(self) -> None:
        """Forget everything since `load`."""
        with self.lock:
            tables, self._last = self._loaded[0], dict(self._loaded[1])
            self._tables = {name: dict(table) for name, table in tables.items()}

    def add(self, resource: str, records: Sequence[Record]) -> None:
        """Add records to those that are there; InvalidFiles for what the catalogue lacks."""
        self.check({resource: records})
        with self.lock:
            self._fill(resource, records)

    def empty(self, resource: str) -> None:
        """Forget all records of a resource; their ids are not used again."""
        with self.lock:
            self._tables.pop(resource, None)

    def rows(self, resource: str) -> list[Record]:
        """Return all records of the resource, ids ascending."""
        with self.lock:
            return list(self._tables.get(resource, {}).values())

    def get(self, resource: str, record_id: object) -> Record | None:
        """Return one record, or None."""
        with self.lock:
            return self._tables.get(resource, {}).get(record_id)  # type: ignore[call-overload, no-any-return]

    def insert(self, resource: str, record: Record) -> Id:
        """Add a record under the next free id and return that id; ids are never used twice."""
        with self.lock:
            self._last[resource] = number = self._last.get(resource, 0) + 1
            shape = self._shape(resource)
            record_id: Id = str(number) if shape.fields[shape.id_field].type == "text" else number
            self._tables.setdefault(resource, {})[record_id] = {**record, shape.id_field: record_id}
            return record_id

    def change(self, resource: str, record_id: Id, changes: Record) -> None:
        """Change some fields of a record that is there."""
        with self.lock:
            table = self._tables[resource]
            table[record_id] = {**table[record_id], **changes}

    def remove(self, resource: str, record_id: Id) -> bool:
        """Take a record away; say whether it was there."""
        with self.lock:
            return self._tables.get(resource, {}).pop(record_id, None) is not None

    def counts(self) -> dict[str, int]:
        """Return the number of records of every resource that has a table in the system."""
        with self.lock:
            return {name: len(self._tables.get(name, {})) for name in self._names()}

    def _fill(self, name: str, rows: Sequence[Record]) -> None:
        id_field = self._shape(name).id_field
        table = self._tables.setdefault(name, {})
        table.update({row[id_field]: dict(row) for row in rows if id_field in row})  # type: ignore[misc]
        self._tables[name] = dict(sorted(table.items(), key=lambda item: _number(item[0])))
        self._last[name] = max([self._last.get(name, 0), *(_number(key) for key in table)])
        for row in rows:
            if id_field not in row:
                self.insert(name, row)

    def _strangers(self, records: Mapping[str, Sequence[Record]]) -> Iterable[Problem]:
        for name, rows in records.items():
            resource = self.catalogue.resource(name)
            if resource is None or resource.virtual:
                yield _unknown("resource", name, self._names())
                continue
            for field in sorted({field for row in rows for field in row} - set(resource.fields)):
                yield _unknown("field", f"{name}.{field}", [f"{name}.{known}" for known in resource.fields])

    def _names(self) -> list[str]:
        known = ((name, self.catalogue.resource(name)) for name in self.catalogue.names())
        return [name for name, resource in known if resource is not None and not resource.virtual]

    def _shape(self, name: str) -> Resource:
        resource = self.catalogue.resource(name)
        if resource is None:
            raise KeyError(name)
        return resource

    def _copy(self) -> dict[str, dict[Id, Record]]:
        return {name: dict(table) for name, table in self._tables.items()}


def _number(record_id: Id) -> int:
    return int(record_id) if str(record_id).isdigit() else 0


def _unknown(kind: str, name: str, known: Iterable[str]) -> Problem:
    near = get_close_matches(name, list(known), n=1)
    hint = f"Did you mean {near[0]}?" if near else ""
    return Problem(
        code="S001",
        message=f"The data of the sandbox names the {kind} {name}, which the catalogue does not have.",
        hint=hint,
    )
