"""What a document's fields are to be, and what that changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from rules_run.connect.contract import Connector
from rules_run.errors import Hold, ValueFault
from rules_run.mapping.compiled import CompiledFields
from rules_run.mapping.difference import changes, has_unknown
from rules_run.mapping.filtering import value_at
from rules_run.mapping.tables import Skip
from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Record
from rules_run.model.plan import Action, Change
from rules_run.model.problem import Problem
from rules_run.runtime.intended import Document, Intended
from rules_run.runtime.lookups import Lookups
from rules_run.runtime.resolving import Resolver

LACKING = "M050"
"""A new record would lack a field that its system needs."""


class Filler:
    """Computes the target fields of many intended objects and decides between create, update and nothing."""

    def __init__(self, lookups: Lookups, resolver: Resolver) -> None:
        self._lookups, self._resolver = lookups, resolver

    def desire(self, wanted: Sequence[Intended]) -> None:
        """Compute what `set` says for each."""
        if not wanted:
            return
        self._resolver.fields(wanted[0].target.set, wanted, wanted[0].definitions)
        for each in wanted:
            if each.alive:
                try:
                    each.desired = compute(each, each.target.set)
                except ValueFault as fault:
                    each.end(fault)

    def decide(self, wanted: Sequence[Intended]) -> None:
        """Decide what is to be done with each, after `desire` and with the targets that were found."""
        fresh = [each for each in wanted if each.alive and each.target_id is None and not self._virtual(each)]
        if fresh:
            self._resolver.fields(fresh[0].target.set_once, fresh, fresh[0].definitions)
        for each in wanted:
            if each.alive:
                try:
                    self._decide(each)
                except ValueFault as fault:
                    each.end(fault)

    def _decide(self, each: Intended) -> None:
        if self._virtual(each):
            self._steps(each)
        elif each.target_id is not None:
            self._update(each)
        elif each.target.target.mode == "update":
            raise Hold(f"{each.resource} has no record for it, and the rule never creates one", code="M044")
        else:
            self._create(each)
        each.unknown = each.unknown or has_unknown(each.values)

    def _steps(self, each: Intended) -> None:
        connector, name = self._lookups.connector(each.resource)
        virtual = connector.virtual(name)
        if virtual is None:
            return
        each.values = {**each.match_values, **each.desired}
        each.virtual = virtual.steps(each.values, each.current)
        if each.virtual.hold:
            raise Hold(each.virtual.hold, code="M045")
        if each.virtual.steps or (each.current is None and has_unknown(each.values)):
            each.action = Action.UPDATE if each.current is not None else Action.CREATE
        else:
            each.action = Action.NOTHING

    def _update(self, each: Intended) -> None:
        connector, name = self._lookups.connector(each.resource)
        desired = connector.canonical(name, each.desired)
        found = changes(desired, each.current)
        if each.linked and each.target.target.mode == "create":
            found = ()  # it stands, and a rule of the other direction owns it
        if each.target.target.mode == "update":
            found += self._blanks(each, connector, name)
        if found and each.by_marker and each.target.target.mode == "create" and not _known_before(each):
            fields = ", ".join(sorted({change.field.partition("[")[0] for change in found}))
            raise Hold(f"{each.resource} {each.target_id} carries our marker but differs in {fields}", code="M046")
        each.changes = found
        names = {change.field.partition("[")[0] for change in found}
        each.values = {name: value for name, value in desired.items() if name in names}
        each.values.update(
            {change.field: change.new for change in found if change.field not in desired and "[" not in change.field}
        )
        each.action = Action.UPDATE if found else Action.NOTHING

    def _blanks(self, each: Intended, connector: Connector, name: str) -> tuple[Change, ...]:
        self._resolver.fields(each.target.set_once, [each], each.definitions)
        once = connector.canonical(name, compute(each, each.target.set_once)) if each.alive else {}
        empty = {field: value for field, value in once.items() if value_at(each.current or {}, field) in (None, "")}
        return changes(empty, each.current)

    def _create(self, each: Intended) -> None:
        connector, name = self._lookups.connector(each.resource)
        described = cast(Resource, connector.catalogue.resource(name))
        values: Record = {field: value for field, value in each.match_values.items() if _writable(described, field)}
        values.update(compute(each, each.target.set_once))
        values.update(each.desired)
        if each.marker is not None and _writable(described, each.marker[0]):
            values[each.marker[0]] = each.marker[1]
        each.values = connector.canonical(name, values)
        given = {path.partition(".")[0] for path, value in values.items() if value is not None}
        missing = [
            field.name
            for field in described.fields.values()
            if field.required and not field.read_only and field.name not in given
        ]
        if missing:
            raise ValueFault(f"{each.resource} needs {', '.join(missing)}, which would be empty", code=LACKING)
        each.changes = changes(each.values, None)
        each.action = Action.CREATE

    def _virtual(self, each: Intended) -> bool:
        connector, name = self._lookups.connector(each.resource)
        return connector.virtual(name) is not None


def compute(each: Intended, fields: CompiledFields) -> Record:
    """Return the values of some fields; when any fails, each failure is told at its own line."""
    notes: list[Problem] = []
    try:
        values = cast(Record, fields.all(each.scope, notes))
    except Skip as fault:
        each.end(fault)
        return {}
    except ValueFault as first:
        faults: list[ValueFault] = []
        for line in fields.single:
            try:
                line(each.scope)
            except ValueFault as fault:
                faults.append(fault)
        each.further_problems = [fault.problem() for fault in faults[1:]]
        raise (faults[0] if faults else first) from None
    each.judge(notes)  # those of the blocks with `each`
    return values


def _known_before(each: Intended) -> bool:
    """Say whether what was found is what the ledger knew all along."""
    return isinstance(each, Document) and each.target_id == each.doubted


def _writable(described: Resource, field: str) -> bool:
    spec = described.fields.get(field.partition(".")[0])
    return spec is not None and not spec.read_only
