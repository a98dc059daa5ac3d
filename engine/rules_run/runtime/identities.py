"""Who a document is, and what the ledger knows of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import cast

from rules_run.delivery.codes import DELIVERY
from rules_run.errors import Hold, ValueFault
from rules_run.ledger.documents import SUPERSEDED
from rules_run.ledger.records import Claim, DocKey, marker_for
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.difference import digest
from rules_run.mapping.grouping import key_text
from rules_run.model.plan import Action
from rules_run.runtime.claims import Claims, claim_key
from rules_run.runtime.intended import Document, next_part
from rules_run.runtime.records import Records
from rules_run.runtime.resolving import Resolver, attempt
from rules_run.runtime.world import World

WAITING = {
    State.SENDING: "Checking: it was sent and no answer is known yet; nothing is sent for it until that is settled",
    State.UNKNOWN: "Checking: it was sent and no answer is known yet; nothing is sent for it until that is settled",
    State.PARKED: "Needs you: it was sent and nobody can tell whether it arrived",
}


class Identities:
    """Gives documents their keys and recalls how they stand in the ledger."""

    def __init__(self, world: World, resolver: Resolver, records: Records, claims: Claims) -> None:
        self._world, self._resolver, self._records, self._claims = world, resolver, records, claims

    def identify(self, rule: CompiledRule, documents: Sequence[Document], *, strict: bool) -> None:
        """Compute the keys; an empty key ends a document where the rule reads all records (`strict`)."""
        needed = frozenset[str]().union(*(point.needs for point in rule.key))
        self._resolver.need(needed, rule.definitions, documents)
        for document in documents:
            if rule.claim is not None:
                document.claim = cast(Claim | None, attempt(document, partial(self._claims.claim, rule)))
                document.key = claim_key(document.claim.members) if document.claim else ""
                continue
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
            document.target_id, document.part = document.state.target_id, document.state.key.part
            waiting = WAITING.get(document.state.state)
            if waiting is not None:
                document.end(Hold(document.state.hold_text or waiting, code="L001"))
            elif document.state.state is State.CANCELLED and document.state.hold_code == SUPERSEDED:
                # The same records have come together again: cancelled leads nowhere, so it is another part.
                document.state, document.part = None, next_part(document.part)
            elif document.state.state is State.CANCELLED:
                document.action, document.cause = Action.SKIP, "cancelled by a person"

        self._recall_links(rule, [each for each in documents if each.target_id is None and not each.part])
        later = [each for each in documents if each.part]
        earlier = self._world.ledger.targets(rule_id, [each.key for each in later]) if later else {}
        for document in later:
            document.closed = earlier.get(document.key, set()) - {document.target_id or ""}

    def mark(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        """Give documents the text by which they are found in the target; each part has its own."""
        stated = rule.target.marker
        for document in documents:
            if not document.alive:
                continue
            document.scope["key"] = f"{document.key}/{document.part}" if document.part else document.key
            if stated.fields:
                found = attempt(document, stated.all)
                if isinstance(found, dict) and found:
                    field, value = next(iter(found.items()))
                    document.marker = (field, str(value))
                continue
            marked = self._records.marker_field(document.resource)
            if marked is not None and not rule.rule.to.gives(marked):
                document.marker = (marked, marker_for(self.doc_key(document)))

    def _recall_links(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        """Take over what a rule of the same link has found or made."""
        link = self._world.link(rule.rule)
        if link is None or not documents or not self._world.shares_link(rule.rule):
            return
        linked = self._world.ledger.links.linked(link, [document.key for document in documents])
        for document in documents:
            document.target_id = linked.get(document.key)
            document.linked = document.target_id is not None

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
            part=document.part,
        )


def refused_before(document: Document, rule_digest: str) -> ValueFault | None:
    """Return the refusal that exactly this document met before: it is sent again when it or its rule has changed.

    Or when its rule asks `again`. A person who mended the target asks for it with `queue reprocess`, which takes the
    hold away.
    """
    state = document.state
    if document.asked_again or state is None or state.state is not State.HELD:
        return None
    if not state.hold_code or not of_a_send(state.hold_code):
        return None
    same = state.digests.plan == digest(document.values) and state.digests.rule == rule_digest
    return ValueFault(state.hold_text, code=state.hold_code) if same else None


def of_a_send(code: str) -> bool:
    """Say whether a hold came from a send: by delivery's own codes, or in the words of the system."""
    return code in DELIVERY or re.fullmatch(r"[A-Z]\d{3}", code) is None
