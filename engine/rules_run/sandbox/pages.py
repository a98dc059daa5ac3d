"""The pages on which a person sees, changes, adds and deletes records, past every check of the system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from rules_run.errors import InvalidFiles
from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record
from rules_run.sandbox.effects import respond
from rules_run.sandbox.forms import Row, as_text, in_short, numbers, parts_of, rows_of, typed
from rules_run.sandbox.history import Entry, Verb
from rules_run.sandbox.store import Id
from rules_run.sandbox.system import Answer

if TYPE_CHECKING:
    from rules_run.sandbox.app import SandboxApp

PAGE = 100
Page = Response | Redirect | str | tuple[str, int]


class RecordPages:
    """The pages of all resources."""

    def __init__(self, app: SandboxApp) -> None:
        self._app = app

    def rows(self, resource: str) -> Response:
        """Give all records as JSON."""
        self._shape(resource)
        return respond(Answer(body=self._app.store.rows(resource)))

    def table(self, resource: str) -> Page:
        """Show the records, those with a certain value in a field where the address asks for it."""
        shape = self._shape(resource)
        wanted = {name: text for name, text in request.args.items() if name in shape.fields}
        found = [row for row in self._app.store.rows(resource) if _has(row, wanted)]
        start = request.args.get("start", 0, type=int)
        rows = found[start : start + PAGE]
        columns = [
            name for name in shape.fields if name == shape.id_field or any(row.get(name) is not None for row in rows)
        ]
        return render_template(
            "records.html",
            shape=shape,
            columns=columns,
            numbers=numbers(shape.fields, columns),
            rows=[{name: self._cell(shape, name, row.get(name)) for name in columns} for row in rows],
            keys=[row[shape.id_field] for row in rows],
            wanted=wanted,
            start=start,
            size=PAGE,
            total=len(found),
        )

    def record(self, resource: str, key: str) -> Page:
        """Show one record as a form, and take what was typed into it."""
        shape = self._shape(resource)
        record_id = self._key(shape, key)
        record = self._app.store.get(resource, record_id)
        if record is None:
            abort(404)
        rows = rows_of(self._app.system, shape, record)
        if request.method == "GET":
            return self._form(shape, rows, key)
        try:
            changes = self._stored(shape, rows)
        except ValueError as fault:
            return self._form(shape, rows, key, str(fault)), 400
        if changes:
            self._app.store.change(resource, record_id, changes)
            self._happened(shape, record_id, "update", record)
        return redirect(f"/_sandbox/records/{resource}/{key}?saved=1", 303)

    def new(self, resource: str) -> Page:
        """Show an empty form, and make a record of what was typed into it."""
        shape = self._shape(resource)
        rows = rows_of(self._app.system, shape, {})
        if request.method == "GET":
            return self._form(shape, rows, None)
        try:
            record_id = self._app.store.insert(resource, self._stored(shape, rows))
        except ValueError as fault:
            return self._form(shape, rows, None, str(fault)), 400
        self._happened(shape, record_id, "create", None)
        return redirect(f"/_sandbox/records/{resource}/{record_id}?saved=1", 303)

    def delete(self, resource: str, key: str) -> Page:
        """Take a record away."""
        shape = self._shape(resource)
        record_id = self._key(shape, key)
        record = self._app.store.get(resource, record_id)
        if record is None or not self._app.store.remove(resource, record_id):
            abort(404)
        self._happened(shape, record_id, "delete", record)
        return redirect(f"/_sandbox/records/{resource}", 303)

    def _form(self, shape: Resource, rows: list[Row], key: str | None, message: str = "") -> str:
        typed_in = request.form
        record = (self._app.store.get(shape.name, self._key(shape, key)) if key else None) or {}
        parts = parts_of(shape, record)
        boxed = {part.name for part in parts}
        everything = [(row, typed_in.get(row.name, row.text)) for row in rows]
        shown = [each for each in everything if each[0].name not in boxed]
        return render_template(
            "record.html",
            shape=shape,
            key=key,
            label="" if key is None else self._label(shape.name, self._key(shape, key)),
            leads=self._leads(shape, key),
            filled=[each for each in shown if _in_front(*each, new=key is None)],
            empty=[each for each in shown if not _in_front(*each, new=key is None)],
            parts=parts,
            boxed=[each for each in everything if each[0].name in boxed],
            related=[] if key is None else self._related(shape, self._key(shape, key)),
            message=message,
            saved="saved" in request.args,
        )

    def _leads(self, shape: Resource, key: str | None) -> dict[str, str]:
        """Return the fields that name a record which is there, with what people know it by."""
        record = (self._app.store.get(shape.name, self._key(shape, key)) if key else None) or {}
        references = {field.name: field.reference for field in shape.fields.values() if field.reference}
        return {
            name: self._label(reference, record[name]) or reference
            for name, reference in references.items()
            if self._app.store.get(reference, record.get(name)) is not None
        }

    def _related(self, shape: Resource, record_id: Id) -> list[tuple[str, str, int]]:
        """Return which records of which resources name this one, and in which field."""
        found = []
        for name in self._app.store.counts():
            for field in self._shape(name).fields.values():
                if field.reference == shape.name:
                    count = sum(row.get(field.name) == record_id for row in self._app.store.rows(name))
                    found.append((name, field.name, count))
        return [each for each in found if each[2]]

    def _stored(self, shape: Resource, rows: list[Row]) -> Record:
        try:
            return self._app.system.stored(shape.name, typed(shape, request.form, rows))
        except InvalidFiles as fault:
            raise ValueError(fault.problems[0].message) from fault

    def _cell(self, shape: Resource, name: str, value: object) -> tuple[str, str | None, str]:
        """Return what stands in a cell: a choice by what people read; where a reference leads, and what is there."""
        text = in_short(shape.fields[name], value)
        reference = shape.fields[name].reference
        known = reference is not None and self._app.store.get(reference, value) is not None
        if not known:
            return self._app.system.choices(shape.name, name).get(text, text), None, ""
        return text, f"/_sandbox/records/{reference}/{text}", self._label(reference, value)

    def _label(self, resource: str | None, record_id: object) -> str:
        """Return what people know a record by, empty where nothing is."""
        shape = self._app.store.catalogue.resource(resource or "")
        record = self._app.store.get(shape.name, record_id) if shape else None
        return as_text(record.get(shape.label)) if shape and shape.label and record else ""

    def _happened(self, shape: Resource, record_id: Id, verb: Verb, before: Record | None) -> None:
        self._app.history.add(
            Entry(
                method=request.method,
                path=request.path,
                resource=shape.name,
                verb=verb,
                committed=True,
                id=record_id,
                status=None,
                by="somebody",
            )
        )
        self._app.system.changed(shape.name, before, self._app.store.get(shape.name, record_id))

    def _shape(self, name: str) -> Resource:
        shape = self._app.store.catalogue.resource(name)
        if shape is None or shape.virtual:
            abort(404)
        return shape

    def _key(self, shape: Resource, key: str) -> Id:
        if shape.fields[shape.id_field].type == "text":
            return key
        return int(key) if key.isdigit() else abort(404)


def _has(row: Record, wanted: dict[str, str]) -> bool:
    return all(as_text(row.get(name)) == text for name, text in wanted.items())


def _in_front(row: Row, text: str, *, new: bool) -> bool:
    return bool(text) or (new and row.note.startswith("required"))
