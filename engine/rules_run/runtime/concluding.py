"""What becomes of a document once its fields are known: its checks, and the action that is named."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.errors import Hold
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.model.plan import Action
from rules_run.model.problem import Problem
from rules_run.runtime.filling import LACKING
from rules_run.runtime.identities import refused_before
from rules_run.runtime.intended import Document
from rules_run.runtime.parts import made_for_good
from rules_run.runtime.records import Records
from rules_run.runtime.resolving import Resolver, attempt


class Conclusions:
    """Judges documents by the checks of their rule, before and after they are written."""

    def __init__(self, resolver: Resolver, records: Records, rule_digest: str) -> None:
        self._resolver, self._records, self._rule_digest = resolver, records, rule_digest

    def conclude(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        """Check documents before they are written, and name what is to be done with each."""
        self._resolver.need(rule.checks.needs, rule.definitions, documents)
        for document in documents:
            if document.action is Action.FAIL and document.problem and document.problem.code == LACKING:
                self._explain(rule, document)
            if not document.alive:
                continue
            self._check(rule, document)
            if document.alive:
                self._name_action(document)

    def _explain(self, rule: CompiledRule, document: Document) -> None:
        """Let a check of the rule say why a field that the target needs is empty, where one does."""
        trial = Document(
            rule=rule, target=rule.target, definitions=rule.definitions, scope=document.scope, base=document.base
        )
        self._resolver.need(rule.checks.needs, rule.definitions, [trial])
        if trial.alive:
            self._check(rule, trial)
        if trial.action is Action.FAIL:
            document.problem, document.cause = trial.problem, trial.cause

    def _check(self, rule: CompiledRule, document: Document) -> None:
        if made_for_good(document):
            return
        notes: list[Problem] = []
        attempt(document, lambda scope: rule.checks({**scope, "existing": document.current}, notes))
        document.judge(notes)

    def _name_action(self, document: Document) -> None:
        state = document.state.state if document.state else None
        sent = document.state is not None and document.state.target_id is not None
        once = sent and document.target.target.mode == "create" and document.action is Action.UPDATE
        if refusal := refused_before(document, self._rule_digest):
            document.end(refusal)
            return
        if state is State.APPLIED and (once or document.action is Action.NOTHING):
            document.action = Action.FINISH
        elif once:
            self._sent_already(document)
        elif document.action is Action.NOTHING and (state is not State.DONE or document.found_anew):
            document.action = Action.ADOPT

    def _sent_already(self, document: Document) -> None:
        if document.target.target.on_change == "ignore":
            document.action, document.changes = Action.NOTHING, ()
            return
        fields = ", ".join(change.field for change in document.changes)
        fault = Hold(f"the source changed after it was sent ({fields}); it is not sent again", code="M070")
        document.end(fault)

    def afterwards(self, document: Document) -> list[Problem]:
        """Return what the `after` checks of a written document say."""
        notes: list[Problem] = []
        if "result" in document.rule.after.needs:
            self._records.load([document])
        scope = {**document.scope, "result": document.record}
        holder = Document(
            scope=scope, base=scope, rule=document.rule, target=document.target, definitions=document.definitions
        )
        self._resolver.need(document.rule.after.needs, document.definitions, [holder])
        if holder.alive:
            attempt(holder, lambda inner: document.rule.after(inner, notes))
        return notes + ([holder.problem] if holder.problem else [])
