"""`ref`: the record of another rule's document, which also gives the order of writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rules_run.errors import Hold
from rules_run.mapping.compiled import CompiledLookup, CompiledRule
from rules_run.mapping.grouping import key_text
from rules_run.model.plan import Action
from rules_run.model.unknown import Unknown
from rules_run.runtime.earlier import is_done
from rules_run.runtime.intended import Document, Holder
from rules_run.runtime.resolving import attempt

if TYPE_CHECKING:
    from rules_run.runtime.planner import Planner


class RuleReferences:
    """Answers references from the documents that this run plans."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    def answer(self, definition: CompiledLookup, holders: Sequence[Holder]) -> None:
        """Put the referred records into the scopes, or let the holder share the fate of what it refers to."""
        # Another rule's documents may have to be planned for it, which asks, and which must not stop half-way.
        self._planner.world.lookups.about_to_ask()
        lookup = definition.lookup
        rule = self._planner.world.rules[lookup.ref or ""]
        wanted: list[tuple[Holder, list[tuple[str, object]], bool]] = []
        for holder in holders:
            value = attempt(holder, definition.key) if definition.key else None
            if holder.alive:
                wanted.append((holder, *_keys(value)))
        keys = dict(pair for _, pairs, _ in wanted for pair in pairs)
        source = rule.rule.from_.source if rule.rule.from_ else None
        if rule.rule.on_demand or (source is not None and source.cursor is not None):
            self._planner.demand(rule, list(keys), list(keys.values()))
        if lookup.open:
            known = self._planner.documents[rule.rule.name]
            asked = {key for holder, pairs, _ in wanted if not is_done(holder) for key, _ in pairs}
            self._planner.reopen(rule, [known[key] for key in keys if key in asked & known.keys()])
        self._load(rule, holders, lookup.name, keys)
        for holder, pairs, many in wanted:
            self._put(definition, rule, holder, pairs, many)

    def _put(
        self,
        definition: CompiledLookup,
        rule: CompiledRule,
        holder: Holder,
        pairs: list[tuple[str, object]],
        many: bool,
    ) -> None:
        lookup = definition.lookup
        known = self._planner.documents[rule.rule.name]
        found: list[object] = []
        for key, _ in pairs:
            document = known.get(key)
            if document is not None and document.alive:
                found.append(document.record)
                holder.leans_on += (document,)
            elif not (lookup.optional and _left_out(document)):
                _wait(holder, rule, key, document, failing=lookup.failed == "fail")
                return
        if many:
            holder.scope[lookup.name] = found
        elif found or lookup.optional:
            holder.scope[lookup.name] = found[0] if found else None
        else:
            holder.end(Hold(f"the key of {lookup.name} is empty", code="M063", origin=lookup.origin))

    def _load(self, rule: CompiledRule, holders: Sequence[Holder], name: str, keys: dict[str, object]) -> None:
        owner = next((holder.rule for holder in holders if isinstance(holder, Document)), None)
        part: object = owner.rule if owner is not None else None
        used = self._planner.records.uses(part).get(name, {"*"}) if part is not None else {"*"}
        if used - {"id"}:
            known = self._planner.documents[rule.rule.name]
            self._planner.records.load([known[key] for key in keys if key in known])


def _left_out(document: Document | None) -> bool:
    """Say whether nothing is meant to stand there, as opposed to something that could not be made."""
    return document is None or document.action is Action.SKIP


def _keys(value: object) -> tuple[list[tuple[str, object]], bool]:
    if isinstance(value, list):
        pairs = [(key_text([each]), each) for each in value]
        return [(key, each) for key, each in pairs if key], True
    if isinstance(value, Unknown):
        return [], False
    key = key_text(value if isinstance(value, tuple) else [value])
    return ([(key, value)] if key else []), False


def _wait(holder: Holder, rule: CompiledRule, key: str, document: Document | None, *, failing: bool) -> None:
    name = rule.rule.name
    if document is None:
        holder.end(Hold(f"{name} has no document for {key} in this run", code="M062"))
    elif document.inactive:
        holder.end(
            Hold(
                f"{name} for {key} does not exist and is not made",
                code="M064",
                hint=f"It is switched off: {document.inactive}.",
            )
        )
        holder.cause = f"{name} is switched off ({document.inactive})"
    else:
        holder.share(document, f"{name} {key}", failing=failing)
