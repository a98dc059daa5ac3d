"""Documents that refer to an open one: what was made with an earlier part stays with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from rules_run.errors import ValueFault
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledLookup
from rules_run.mapping.difference import digest
from rules_run.mapping.grouping import key_text
from rules_run.model.exchange import Record
from rules_run.runtime.filling import Filler
from rules_run.runtime.finding import Finder
from rules_run.runtime.intended import Document, Holder
from rules_run.runtime.world import World


def is_done(holder: Holder) -> bool:
    """Say whether a document is made: it asks for nothing open any more."""
    return isinstance(holder, Document) and holder.state is not None and holder.state.state is State.DONE


class EarlierParts:
    """Tells a document whose source changed from one that only refers to an older part than the newest."""

    def __init__(self, world: World, finder: Finder, filler: Filler) -> None:
        self._world, self._finder, self._filler = world, finder, filler

    def explain(self, document: Document) -> bool:
        """Say whether a done document is as it was made, with some earlier part of what it refers to."""
        opened = [each for each in document.definitions.values() if isinstance(each, CompiledLookup)]
        opened = [each for each in opened if each.lookup.open and each.lookup.name in document.scope]
        if not opened or not is_done(document) or document.state is None:
            return False
        answers = [list(self._records(each, document)) for each in opened]
        names = [each.lookup.name for each in opened]
        return any(
            self._desired(document, dict(zip(names, records, strict=True))) == document.state.digests.source
            for records in product(*answers)
        )

    def _desired(self, document: Document, records: Mapping[str, Record]) -> str:
        again = Document(
            rule=document.rule,
            target=document.target,
            definitions=document.definitions,
            scope={**document.base, **records},
            base=document.base,
            resource=document.resource,
            key=document.key,
        )
        self._filler.desire([again])
        return digest([again.resource, again.desired]) if again.alive else ""

    def _records(self, definition: CompiledLookup, document: Document) -> Iterator[Record]:
        """Yield the targets of all parts that the reference of a document could have meant."""
        rule = self._world.rules[definition.lookup.ref or ""]
        try:
            value = definition.key(document.scope) if definition.key else None
        except ValueFault:
            return
        key = key_text(value if isinstance(value, tuple) else [value]) or ""
        targets = self._world.ledger.targets(self._world.rule_id(rule.rule.name), [key]).get(key, set())
        for target_id in sorted(targets):
            part = Document(
                rule=rule, target=rule.target, definitions={}, scope={}, base={}, resource=self._world.target(rule.rule)
            )
            part.target_id = target_id
            self._finder.look([part])
            if part.current is not None:
                yield part.current
