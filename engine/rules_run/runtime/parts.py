"""Documents whose link is doubted or whose target is closed: asked anew, and made once more as a new part."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.errors import Hold
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.filtering import value_at
from rules_run.mapping.point import Point
from rules_run.model.plan import Action
from rules_run.runtime.finding import Finder
from rules_run.runtime.intended import Document, next_part
from rules_run.runtime.records import Records
from rules_run.runtime.resolving import Resolver, attempt

SETTLED = frozenset({State.DONE, State.HELD})


class Parts:
    """Judges the targets of documents by `again` and `successor`."""

    def __init__(self, resolver: Resolver, finder: Finder, records: Records) -> None:
        self._resolver, self._finder, self._records = resolver, finder, records

    def doubt(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        """Take the link from the documents for which `again` holds: their target is looked for anew.

        Those that the target refused are asked once more.
        """
        meant = [each for each in documents if _settled(each) and (each.target_id is not None or _refused(each))]
        if rule.again is None or not meant:
            return
        for document in self._those(rule, rule.again, meant):
            document.asked_again = True
            document.doubted, document.target_id, document.current = document.target_id, None, None

    def resolve(self, documents: Sequence[Document]) -> list[Document]:
        """Ask for doubted targets that nothing else has found; return the documents that begin a new part."""
        doubted = [each for each in documents if each.alive and each.doubted is not None]
        for document in doubted:
            if document.target_id is None:
                document.target_id = document.doubted
        self._finder.look([each for each in doubted if each.current is None])
        gone = [each for each in doubted if each.current is None or self._is_void(each)]
        fresh: list[Document] = []
        for document in gone:
            described = self._records.described(document.resource)
            target_id, document.target_id, document.current = document.target_id, None, None
            if described is not None and described.money:
                text = f"{document.resource} {target_id} is gone or void, and was asked for again"
                hint = "Nobody makes money twice: if it has to be made anew, a person says so."
                document.end(Hold(text, code="M047", hint=hint))
            elif document.target.target.mode != "update":
                self.begin(document)
                fresh.append(document)
        return fresh

    def closed(self, rule: CompiledRule, documents: Sequence[Document]) -> list[Document]:
        """Return the documents whose target is closed for change."""
        standing = [each for each in documents if each.alive and each.target_id is not None]
        standing = [each for each in standing if each.action is not Action.CREATE]
        if rule.successor is None or not standing:
            return []
        self._finder.look([each for each in standing if each.current is None])
        return self._those(rule, rule.successor, [each for each in standing if each.current is not None])

    def begin(self, document: Document) -> None:
        """Let a document begin its next part: what it wrote so far stays as it is."""
        before = document.target_id or document.doubted
        if document.state is not None:
            document.part = next_part(document.part)
        document.closed |= {before} if before else set()
        document.state = document.target_id = document.current = document.doubted = None

    def _those(self, rule: CompiledRule, condition: Point, documents: Sequence[Document]) -> list[Document]:
        """Return the documents for which a condition over `existing` holds."""
        if "existing" in condition.needs:
            self._finder.look([each for each in documents if each.current is None])
        for document in documents:
            document.scope["existing"] = document.current
        self._resolver.need(condition.needs, rule.definitions, documents)
        found = [each for each in documents if each.alive and attempt(each, condition)]
        for document in documents:
            document.scope.pop("existing", None)
        return found

    def _is_void(self, document: Document) -> bool:
        described = self._records.described(document.resource)
        field = described.void if described else None
        return field is not None and value_at(document.current or {}, field) not in (None, False, "", 0)


def made_for_good(document: Document) -> bool:
    """Say whether a document was made once, and follows neither its source nor anything else any more."""
    target = document.target.target
    once = target.mode == "create" and target.on_change == "ignore"
    state = document.state
    return once and state is not None and state.state in SETTLED and state.target_id is not None


def _refused(document: Document) -> bool:
    """Say whether a document was never made because the target did not want it."""
    return document.state is not None and document.state.state is State.HELD


def _settled(document: Document) -> bool:
    """Say whether a link may be doubted: one that was written just now and has write-backs left is not."""
    return document.alive and (document.state is None or document.state.state in SETTLED)
