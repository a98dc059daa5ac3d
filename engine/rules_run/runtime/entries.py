"""What of a planned document goes into the ledger."""

from __future__ import annotations

from dataclasses import replace

from rules_run.ledger.records import AdoptedDocument, Digests, HeldDocument, Payload, QueuedDocument
from rules_run.mapping.difference import digest
from rules_run.model.plan import Action
from rules_run.runtime.intended import Document
from rules_run.runtime.planner import Planner

WRITES = frozenset({Action.CREATE, Action.UPDATE})
WAITS = frozenset({Action.HOLD, Action.FAIL})


class Entries:
    """Writes the entries of the documents of one planner."""

    def __init__(self, planner: Planner, rule_digest: str) -> None:
        self._planner, self._rule_digest = planner, rule_digest

    def queued(self, document: Document) -> QueuedDocument:
        """Return the entry of a document that is to be sent."""
        return QueuedDocument(
            key=self._planner.doc_key(document), digests=self._digests(document), payload=_payload(document)
        )

    def held(self, document: Document) -> HeldDocument:
        """Return the entry of a document that waits, with its cause."""
        problem = document.problem
        return HeldDocument(
            key=self._planner.doc_key(document),
            digests=self._digests(document),
            payload=_payload(document),
            code=problem.code if problem else "",
            text=problem.message if problem else document.cause,
        )

    def adopted(self, document: Document) -> AdoptedDocument:
        """Return the entry of a document that stands in the target already."""
        return AdoptedDocument(
            key=self._planner.doc_key(document),
            digests=self._digests(document),
            payload=_payload(document),
            target_id=document.target_id or "",
            link=self._planner.world.link(document.rule.rule) if document.virtual is None else None,
            claim=document.claim,
            complete=document.doubted is not None or not any(each.action in WRITES | WAITS for each in document.follow),
        )

    def collected(self, document: Document) -> AdoptedDocument:
        """Return the entry of a document that was found for a new ledger: of one that differs, without its digest."""
        adopted = self.adopted(document)
        same = document.action in {Action.ADOPT, Action.NOTHING, Action.FINISH}
        return adopted if same else replace(adopted, digests=Digests(), complete=True)

    def _digests(self, document: Document) -> Digests:
        version = self._planner.world.integration.version
        plan = digest(document.values)
        return Digests(plan=plan, source=document.digest, rule=self._rule_digest, rule_version=version)


def _payload(document: Document) -> Payload:
    problem = document.problem
    message = "\n".join([str(problem), *map(str, document.further_problems)]) if problem else ""
    return Payload(source=document.source, transformed=document.values or document.desired, message=message)
