"""Who a document is, and what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.errors import Hold, ValueFault
from rules_run.ledger.records import DocKey
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.grouping import key_text
from rules_run.model.plan import Action
from rules_run.runtime.intended import Document
from rules_run.runtime.resolving import Resolver, attempt
from rules_run.runtime.world import World

WAITING = {
    State.SENDING: "Checking: it was sent and no answer is known yet; nothing is sent for it until that is settled",
    State.UNKNOWN: "Checking: it was sent and no answer is known yet; nothing is sent for it until that is settled",
    State.PARKED: "Needs you: it was sent and nobody can tell whether it arrived",
}


class Identities:
    """Gives documents their keys and recalls how they stand in the ledger."""

    def __init__(self, world: World, resolver: Resolver) -> None:
        self._world, self._resolver = world, resolver

    def identify(self, rule: CompiledRule, documents: Sequence[Document], *, strict: bool) -> None:
        """Compute the keys; an empty key ends a document where the rule reads all records (`strict`)."""
        needed = frozenset[str]().union(*(point.needs for point in rule.key))
        self._resolver.need(needed, rule.definitions, documents)
        for document in documents:
            if not rule.rule.key:
                document.key = key_text([document.scope.get("key")]) or ""
                continue
            values = [attempt(document, point) for point in rule.key] if document.alive else []
            document.key = (key_text(values) or "") if values else ""
            if not document.key and document.alive and strict:
                document.end(ValueFault("the key is empty", code="M051", origin=rule.rule.origin))

    def recall(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        """Take over what the ledger knows: a target, an answer that is waited for, a cancellation."""
        rule_id = self._world.rule_id(rule.rule.name)
        states = self._world.known(rule_id, [document.key for document in documents])
        for document in documents:
            document.state = states.get(document.key)
            if document.state is None:
                continue
            document.target_id = document.state.target_id
            waiting = WAITING.get(document.state.state)
            if waiting is not None:
                document.end(Hold(document.state.hold_text or waiting, code="L001"))
            elif document.state.state is State.CANCELLED:
                document.action, document.cause = Action.SKIP, "cancelled by a person"

    def doc_key(self, document: Document) -> DocKey:
        """Return the identity of a document in the ledger."""
        source = document.rule.rule.from_
        alias, _, entity = source.source.resource.partition(".") if source else ("", "", "")
        return DocKey(
            tenant=self._world.tenant.name,
            rule_id=self._world.rule_id(document.rule.rule.name),
            source_system=self._world.integration.connectors.get(alias, ""),
            entity=entity,
            source_id=document.key,
        )
