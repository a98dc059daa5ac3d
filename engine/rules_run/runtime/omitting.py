"""Which documents a rule leaves out: all while it is switched off, and those for which its condition does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.mapping.compiled import CompiledRule
from rules_run.model.plan import Action
from rules_run.runtime.finding import Finder
from rules_run.runtime.identities import Identities
from rules_run.runtime.intended import Document
from rules_run.runtime.records import Records
from rules_run.runtime.resolving import Resolver, attempt
from rules_run.runtime.world import World

HANGING = frozenset({"M061", "M062", "M064"})
"""Codes of what hangs on a document that is not there; a rule that is off has nothing there either."""


class Omissions:
    """Judges which documents are not written at all."""

    def __init__(
        self, world: World, resolver: Resolver, finder: Finder, records: Records, identities: Identities
    ) -> None:
        self._world, self._resolver, self._finder = world, resolver, finder
        self._records, self._identities = records, identities

    def switched_off(self, rule: CompiledRule, documents: Sequence[Document]) -> bool:
        """Say whether a rule is switched off, and let its documents be as they stand."""
        if rule.active is None or rule.active(self._world.outer):
            return False
        why = rule.rule.active.text if rule.rule.active else ""
        self._identities.mark(rule, documents)
        self._finder.match([document for document in documents if document.target_id is None])
        for document in documents:
            if document.alive and document.target_id is not None:
                document.action = Action.NOTHING
                self._records.settle(document)
            elif document.alive or (document.problem is not None and document.problem.code in HANGING):
                document.inactive, document.problem, document.missing = why, None, None
                document.action, document.cause = Action.SKIP, f"{rule.rule.name} is switched off ({why})"
        return True

    def judge(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        """Leave out the documents for which `when` does not hold."""
        if rule.when is None:
            return
        self._resolver.need(rule.when.needs, rule.definitions, documents)
        for document in documents:
            if document.alive and attempt(document, rule.when) is False:
                document.action, document.cause = Action.SKIP, "its condition does not hold"
