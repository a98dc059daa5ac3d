"""What a missing table row may have to answer: the one existing record that another alternative of `match` finds."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.mapping.compiled import CompiledFields
from rules_run.mapping.difference import has_unknown
from rules_run.model.exchange import Condition
from rules_run.runtime.finding import Finder
from rules_run.runtime.intended import Document, Intended
from rules_run.runtime.lookups import Ask, Lookups
from rules_run.runtime.resolving import Resolver, attempt


class Candidates:
    """Looks for records that are equal in every field of a `match` that does not need the missing row."""

    def __init__(self, lookups: Lookups, resolver: Resolver, finder: Finder) -> None:
        self._lookups, self._resolver, self._finder = lookups, resolver, finder

    def suggest(self, documents: Sequence[Document]) -> None:
        """Note a candidate for each document that lacks a row, where exactly one record is equal."""
        lacking = [each for each in documents if each.missing is not None and not each.candidate and each.resource]
        for alternative in lacking[0].target.alternatives if lacking else ():
            self._try(alternative, [each for each in lacking if not each.candidate])

    def _try(self, alternative: CompiledFields, documents: Sequence[Document]) -> None:
        tries = [(each, _again(each)) for each in documents]
        self._resolver.fields(alternative, [trial for _, trial in tries], documents[0].definitions if documents else {})
        asking: dict[str, list[tuple[Document, Ask]]] = {}
        for document, trial in tries:
            fields = attempt(trial, alternative.all) if trial.alive else None
            if isinstance(fields, dict) and len(fields) == len(alternative.fields) and not has_unknown(fields):
                ask = tuple(Condition(field=name, op="eq", value=value) for name, value in fields.items())
                asking.setdefault(document.resource, []).append((document, ask))
        for resource, pairs in asking.items():
            if self._finder.is_virtual(resource):
                continue
            for (document, _), found in zip(pairs, self._lookups.ask(resource, [ask for _, ask in pairs]), strict=True):
                if len(found) == 1:
                    document.candidate = str(found[0].get(self._finder.id_field(resource), ""))


def _again(document: Document) -> Intended:
    return Intended(
        scope=dict(document.base),
        target=document.target,
        definitions=document.definitions,
        resource=document.resource,
    )
