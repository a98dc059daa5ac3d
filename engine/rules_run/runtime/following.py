"""Further writes: what follows a document's success or failure, as desired state."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.errors import Hold
from rules_run.mapping.compiled import CompiledFurther
from rules_run.mapping.difference import digest, has_unknown
from rules_run.model.plan import Action
from rules_run.runtime.filling import Filler
from rules_run.runtime.finding import Finder
from rules_run.runtime.identities import of_a_send
from rules_run.runtime.intended import Document, FollowUp
from rules_run.runtime.resolving import Resolver, attempt


class Follower:
    """Plans the named further writes of documents, each after the ones before it."""

    def __init__(self, resolver: Resolver, finder: Finder, filler: Filler) -> None:
        self._resolver, self._finder, self._filler = resolver, finder, filler

    def success(self, documents: Sequence[Document]) -> None:
        """Plan what follows the documents that stand or will stand in the target (scope `result`)."""
        live = [document for document in documents if document.alive and document.record is not None]
        for further in live[0].rule.on_success if live else ():
            self._plan(further, live, {document.key: {"result": document.record} for document in live})

    def failure(self, documents: Sequence[Document]) -> None:
        """Plan what follows the documents that failed (scope `error`)."""
        failed = [document for document in documents if document.action is Action.FAIL]
        for further in failed[0].rule.on_failure if failed else ():
            scopes: dict[str, dict[str, object]] = {
                document.key: {"result": None, "error": error_of(document)} for document in failed
            }
            self._plan(further, failed, scopes)

    def _plan(
        self, further: CompiledFurther, documents: Sequence[Document], extra: dict[str, dict[str, object]]
    ) -> None:
        made: list[FollowUp] = []
        for document in documents:
            earlier = {each.further.further.name: each.current or each.values for each in document.follow}
            follow = FollowUp(
                scope={**document.base, **document.scope, **extra[document.key], **earlier},
                definitions={**document.definitions, **further.definitions},
                target=further.target,
                further=further,
            )
            follow.resource = str(attempt(follow, further.target.resource) or "")
            document.follow.append(follow)
            made.append(follow)
        self._keep(further, made)
        self._finder.match(made)
        self._filler.desire(made)
        self._filler.decide([each for each in made if each.alive])
        _keep_apart(made)

    def _keep(self, further: CompiledFurther, made: Sequence[FollowUp]) -> None:
        if further.when is None:
            return
        self._resolver.need(further.when.needs, made[0].definitions, made)
        for each in made:
            if each.alive and attempt(each, further.when) is False:
                each.action, each.cause = Action.SKIP, "its condition does not hold"


def _keep_apart(made: Sequence[FollowUp]) -> None:
    """Hold what would make a record that another one makes: in the next run it is found."""
    makers: dict[tuple[str, str], FollowUp] = {}
    for each in made:
        if each.action is not Action.CREATE or not each.match_values or has_unknown(each.match_values):
            continue
        if makers.setdefault((each.resource, digest(each.match_values)), each) is not each:
            text = f"another document makes the same {each.resource} for its {each.further.further.name}"
            each.end(Hold(text, code="M053"))


def error_of(document: Document) -> dict[str, object]:
    """Return the scope name `error` of a failed document; its id is the same for the same failure."""
    problem = document.problem
    code, message = (problem.code, problem.message) if problem else ("", document.cause)
    where = str(problem.origin) if problem and problem.origin.file else ""
    kind = "rejected" if of_a_send(code) else "mapping"
    identity = digest([document.rule.rule.name, document.key, code])[:16]
    return {"id": identity, "code": code, "message": message, "where": where, "kind": kind}
