"""Which existing record is ours: by the ledger's link, by match, by marker."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.connect.contract import VirtualResource
from rules_run.errors import Hold, ValueFault
from rules_run.mapping.compiled import CompiledFields
from rules_run.mapping.difference import has_unknown
from rules_run.model.exchange import Condition, Record
from rules_run.runtime.intended import Intended
from rules_run.runtime.lookups import Ask, Lookups
from rules_run.runtime.resolving import Resolver, attempt, says


class Finder:
    """Finds the targets of many intended objects of one rule in as few calls as their keys allow."""

    def __init__(self, lookups: Lookups, resolver: Resolver) -> None:
        self._lookups, self._resolver = lookups, resolver

    def match(self, wanted: Sequence[Intended]) -> None:
        """Try the alternatives of `match` in order; the first hit wins, two hits hold."""
        if not wanted:
            return
        target, definitions = wanted[0].target, wanted[0].definitions
        for alternative in target.alternatives:
            pending = [each for each in wanted if each.alive and each.target_id is None]
            self._resolver.fields(alternative, pending, definitions)
            self._try(alternative, [each for each in pending if each.alive])

    def by_marker(self, wanted: Sequence[Intended]) -> None:
        """Ask for the markers of those that were not found otherwise, before anything of them is sent."""
        asking: dict[str, list[tuple[Intended, Ask]]] = {}
        for each in wanted:
            if each.alive and each.target_id is None and (ask := self.marker_ask(each)):
                asking.setdefault(each.resource, []).append((each, ask))
        for resource, pairs in asking.items():
            answers = self._lookups.ask(resource, [ask for _, ask in pairs])
            for (each, ask), records in zip(pairs, answers, strict=True):
                self._take(each, records, says(resource, ask))
                each.by_marker = each.current is not None
                each.looked = not records

    def marker_ask(self, each: Intended) -> Ask:
        """Return what finds a record by its marker; nothing where there is none that can be looked for."""
        connector, name = self._lookups.connector(each.resource)
        described = connector.catalogue.resource(name)
        if each.marker is None or described is None:
            return ()
        field, value = each.marker
        spec, narrow = described.fields.get(field), each.target.target.narrow_by
        if spec is not None and not spec.filterable and not narrow:
            return ()
        given = {str(path.value): each.desired.get(str(path.value)) for path in narrow}
        try:
            given = connector.canonical(name, {path: value for path, value in given.items() if value is not None})
        except ValueFault:
            return ()
        narrowed = (Condition(field=path, op="eq", value=value) for path, value in given.items())
        return (Condition(field=field, op="eq", value=value), *narrowed)

    def load(self, wanted: Sequence[Intended]) -> None:
        """Read the current records of those whose target is known by its id only; hold those that are not there."""
        wanted = [each for each in wanted if each.alive and each.target_id is not None and each.current is None]
        self.look(wanted)
        for each in wanted:
            if each.current is None and self._virtual(each.resource) is None:
                named = f"{each.resource} where {self.id_field(each.resource)} = {each.target_id}"
                hint = "Somebody deleted it, or the log-in may not see it."
                each.end(Hold(f"{named} is linked to this document but is not there any more", code="M043", hint=hint))

    def look(self, wanted: Sequence[Intended]) -> None:
        """Read the records of those whose target is known by its id only, where they are still there."""
        asking: dict[str, list[tuple[Intended, Ask]]] = {}
        for each in wanted:
            if each.alive and each.target_id is not None and each.current is None:
                if self._virtual(each.resource) is not None:
                    continue
                ask: Ask = (Condition(field=self.id_field(each.resource), op="eq", value=self.typed_id(each)),)
                asking.setdefault(each.resource, []).append((each, ask))
        for resource, pairs in asking.items():
            for (each, _), records in zip(pairs, self._lookups.ask(resource, [a for _, a in pairs]), strict=True):
                each.current = records[0] if records else None

    def is_virtual(self, resource: str) -> bool:
        """Say whether a resource is a desired state that its connector reaches in steps."""
        return self._virtual(resource) is not None

    def id_field(self, resource: str) -> str:
        """Return the name of a resource's id field."""
        connector, name = self._lookups.connector(resource)
        described = connector.catalogue.resource(name)
        return described.id_field if described else "id"

    def typed_id(self, each: Intended) -> object:
        """Return the target's id as its system types it; ids are text everywhere else."""
        connector, name = self._lookups.connector(each.resource)
        described = connector.catalogue.resource(name)
        spec = described.fields.get(described.id_field) if described else None
        text = each.target_id or ""
        return int(text) if spec is not None and spec.type == "integer" and text.isdigit() else text

    def _try(self, alternative: CompiledFields, pending: Sequence[Intended]) -> None:
        asking: dict[str, list[tuple[Intended, Ask]]] = {}
        for each in pending:
            fields = attempt(each, alternative.all)
            if not isinstance(fields, dict) or len(fields) < len(alternative.fields):
                continue
            each.match_values.update(fields)
            if has_unknown(fields):
                each.unknown = True
                continue
            ask = tuple(Condition(field=name, op="eq", value=value) for name, value in fields.items())
            asking.setdefault(each.resource, []).append((each, ask))
        for resource, pairs in asking.items():
            virtual = self._virtual(resource)
            if virtual is not None:
                self._stands(virtual, [each for each, _ in pairs])
                continue
            for (each, ask), records in zip(pairs, self._lookups.ask(resource, [a for _, a in pairs]), strict=True):
                self._take(each, records, says(resource, ask))
                if not records and self._made_id(resource) in {condition.field for condition in ask}:
                    each.end(Hold(f"{says(resource, ask)} is not there; a named id is never created", code="M042"))

    def _take(self, each: Intended, records: list[Record], what: str) -> None:
        records = [record for record in records if str(record.get(self.id_field(each.resource))) not in each.closed]
        if len(records) > 1:
            ids = ", ".join(str(record.get(self.id_field(each.resource))) for record in records)
            each.end(Hold(f"{what} has {len(records)} hits ({ids}); which one is meant?", code="M041"))
        elif records:
            each.current = records[0]
            each.target_id = str(records[0].get(self.id_field(each.resource)))

    def _stands(self, virtual: VirtualResource, wanted: Sequence[Intended]) -> None:
        self._lookups.about_to_ask()
        keys: list[Record] = [{name: each.match_values.get(name) for name in virtual.key_fields()} for each in wanted]
        for each, key, state in zip(wanted, keys, virtual.read(keys), strict=True):
            each.current = state
            if state is not None:
                each.target_id = "/".join(str(value) for value in key.values())

    def _made_id(self, resource: str) -> str | None:
        """Return the name of the id field where the system makes the ids, None where whoever writes gives them."""
        connector, name = self._lookups.connector(resource)
        described = connector.catalogue.resource(name)
        spec = described.fields.get(described.id_field) if described else None
        return described.id_field if described and (spec is None or spec.read_only) else None

    def _virtual(self, resource: str) -> VirtualResource | None:
        connector, name = self._lookups.connector(resource)
        return connector.virtual(name)
