"""The target records of documents, as far as a run knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.grouping import key_text
from rules_run.mapping.needs import uses
from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Condition, Record
from rules_run.model.plan import Action
from rules_run.model.unknown import Unknown
from rules_run.model.values import Select
from rules_run.runtime.finding import Finder
from rules_run.runtime.intended import Document, FollowUp
from rules_run.runtime.lookups import Ask, Lookups


class Records:
    """Answers what another rule may see of a document: read, written, or planned with unknown parts."""

    def __init__(self, lookups: Lookups, finder: Finder) -> None:
        self._lookups, self._finder = lookups, finder
        self._uses: dict[int, dict[str, set[str]]] = {}

    def uses(self, part: object) -> Mapping[str, set[str]]:
        """Return which fields of which names a part of a rule reads."""
        if id(part) not in self._uses:
            self._uses[id(part)] = uses(part)
        return self._uses[id(part)]

    def settle(self, document: Document) -> None:
        """Set the record of a planned document."""
        if document.current is not None:
            document.record, document.read = {**document.current, **_known(document.values)}, True
        elif document.target_id is not None:
            document.record = {self._finder.id_field(document.resource): self._finder.typed_id(document)}
        elif document.action is Action.CREATE:
            document.record, document.read = self._planned(document), True

    def load(self, documents: Sequence[Document]) -> None:
        """Read the records of documents that are known by their id only."""
        unread = [each for each in documents if each.alive and not each.read and each.target_id is not None]
        self._finder.load(unread)
        for document in unread:
            if document.alive:
                self.settle(document)

    def written(self, document: Document, target_id: str | None, answer: Record | None) -> None:
        """Set the record of a document that has just been written."""
        document.target_id = target_id or document.target_id
        if document.target_id is None or self._finder.is_virtual(document.resource):
            return
        own: Record = {self._finder.id_field(document.resource): self._finder.typed_id(document)}
        document.record = {**(document.current or {}), **_known(document.values), **(answer or {}), **own}
        document.unknown, document.read = False, False

    def of_further(self, each: FollowUp) -> Record | None:
        """Return what the further writes after this one see of it; what the system may add is not known before."""
        if not each.alive:
            return None
        if each.current is not None:
            return {**each.current, **_known(each.values)}
        if each.action is not Action.CREATE:
            return {}
        described, name = self.described(each.resource), each.further.further.name
        fields = described.fields if described else {}
        return {**{field: Unknown(f"{field} of {name}") for field in fields}, **_known(each.values)}

    def marker_field(self, resource: str) -> str | None:
        """Return the field that the catalogue names for our marker."""
        described = self.described(resource)
        return described.marker if described else None

    def described(self, resource: str) -> Resource | None:
        """Return what the catalogue says about `alias.Resource`."""
        if not resource:
            return None
        connector, name = self._lookups.connector(resource)
        return connector.catalogue.resource(name)

    def with_keys(self, rule: CompiledRule, keys: Mapping[str, object], where: Ask) -> list[Record]:
        """Return the source records of an on-demand rule for some keys, asked by the key field where it is one."""
        source = rule.rule.from_
        if source is None:
            return []
        field = key_field(rule)
        if field is None:
            rows = (row for page in self._lookups.pages(source.source.resource, where) for row in page)
            return list(rows) if rule.rule.group_by else [row for row in rows if self._key(rule, row) in keys]
        asks = [(*where, Condition(field=field, op="eq", value=value)) for value in keys.values()]
        return [record for found in self._lookups.ask(source.source.resource, asks) for record in found]

    def key_values(self, rule: CompiledRule, keys: Sequence[str]) -> Mapping[str, object]:
        """Return keys, which are text in the ledger, with their values as the source types them."""
        source, field = rule.rule.from_, key_field(rule)
        described = self.described(source.source.resource) if source else None
        plain = {key: key.replace("%2F", "/").replace("%25", "%") for key in keys}
        if described is None or field is None:
            return plain
        return dict(zip(plain, self.typed(described, field, list(plain.values())).values(), strict=True))

    def typed(self, described: Resource, field: str, texts: Sequence[str]) -> Mapping[str, object]:
        """Return texts with the values that a field holds for them: ids are text in the ledger only."""
        spec = described.fields.get(field)
        whole = spec is not None and spec.type == "integer"
        return {text: int(text) if whole and text.isdigit() else text for text in texts}

    def _key(self, rule: CompiledRule, row: Record) -> str | None:
        name = rule.rule.from_.name if rule.rule.from_ else ""
        if any(point.needs - {name} for point in rule.key):
            return None
        return key_text(point({name: row}) for point in rule.key)

    def _planned(self, document: Document) -> Record:
        described = self.described(document.resource)
        label = f"{document.rule.rule.name} {document.key}"
        record: Record = {
            field.name: Unknown(f"{field.name} of {label}")
            for field in (described.fields.values() if described else ())
            if field.read_only
        }
        return {**record, **_known(document.values)}


def _known(values: Record) -> Record:
    record: Record = {}
    for path, value in values.items():
        place, *rest = path.split(".") if "." in path else (path,)
        if not rest:
            record[path] = value
            continue
        inner: Record = record.setdefault(place, {})  # type: ignore[assignment]
        for step in rest[:-1]:
            inner = inner.setdefault(step, {})  # type: ignore[assignment]
        inner[rest[-1]] = value
    return record


def key_field(rule: CompiledRule) -> str | None:
    """Return the source field by which a document can be asked for, where its key is just that field."""
    source = rule.rule.from_
    if source is None or rule.rule.group_by is not None or len(rule.rule.key) != 1:
        return None
    value = rule.rule.key[0]
    if not isinstance(value.producer, Select) or value.map or value.when or value.default or value.type:
        return None
    name, _, field = value.producer.text.partition(".")
    return field if name == source.name and field.replace(".", "").replace("_", "").isalnum() else None
