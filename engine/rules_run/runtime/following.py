"""Further writes: what follows a document's success or failure, as desired state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_run.errors import Hold
from rules_run.mapping.compiled import CompiledFurther
from rules_run.mapping.difference import digest, has_unknown
from rules_run.model.plan import Action
from rules_run.runtime.filling import Filler
from rules_run.runtime.finding import Finder
from rules_run.runtime.identities import of_a_send
from rules_run.runtime.intended import Document, FollowUp
from rules_run.runtime.records import Records
from rules_run.runtime.resolving import Resolver, attempt
from rules_run.runtime.scratch import Scratch


class Follower:
    """Plans the named further writes of documents, each after the ones before it."""

    def __init__(self, resolver: Resolver, finder: Finder, filler: Filler, records: Records, scratch: Scratch) -> None:
        self._resolver, self._finder, self._filler, self._records = resolver, finder, filler, records
        self._makers = Makers(scratch)

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
            earlier = {each.further.further.name: self._records.of_further(each) for each in document.follow}
            follow = FollowUp(
                scope={**document.base, **document.scope, **extra[document.key], **earlier},
                definitions={**document.definitions, **further.definitions},
                target=further.target,
                further=further,
                target_id=document.made.get(further.further.name) or None,
            )
            follow.resource = str(attempt(follow, further.target.resource) or "")
            document.follow.append(follow)
            made.append(follow)
        self._keep(further, made)
        self._finder.look(made)
        self._finder.match(made)
        self._filler.desire(made)
        self._filler.decide([each for each in made if each.alive])
        self._keep_apart(further, documents, made)

    def _keep_apart(self, further: CompiledFurther, documents: Sequence[Document], made: Sequence[FollowUp]) -> None:
        """Hold what would make a record that another document makes: in the next run it is found."""
        wanted: dict[str, int] = {}
        placed: list[tuple[str, Document, FollowUp]] = []
        for document, each in zip(documents, made, strict=True):
            if each.action is Action.CREATE and each.match_values and not has_unknown(each.match_values):
                place = digest([document.rule.rule.name, further.further.name, each.resource, each.match_values])
                wanted.setdefault(place, document.number)
                placed.append((place, document, each))
        makers = self._makers.of(wanted) if wanted else {}
        for place, document, each in placed:
            if makers[place] != document.number:
                text = f"another document makes the same {each.resource} for its {further.further.name}"
                each.end(Hold(text, code="M053"))

    def _keep(self, further: CompiledFurther, made: Sequence[FollowUp]) -> None:
        if further.when is None:
            return
        self._resolver.need(further.when.needs, made[0].definitions, made)
        for each in made:
            if each.alive and attempt(each, further.when) is False:
                each.action, each.cause = Action.SKIP, "its condition does not hold"


class Makers:
    """Which document makes a record for a further write, as far as this run has planned."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch, self._list = scratch, 0
        self._near: dict[str, int] = {}

    def of(self, places: Mapping[str, int]) -> Mapping[str, int]:
        """Return the first document that makes what is in each place, which may be the one given with it."""
        found = {place: self._near[place] for place in places if place in self._near}
        if self._list:
            query = "SELECT key, number FROM key WHERE list = ? AND key IN ({})"
            found.update(self._scratch.among(query, self._list, places.keys() - found.keys()))
        fresh = {place: number for place, number in places.items() if place not in found}
        if len(self._near) < self._scratch.at_once:
            self._near.update(fresh)
        elif fresh:
            self._list = self._list or self._scratch.new_list()
            self._scratch.put("INSERT INTO key VALUES (?, ?, ?)", ((self._list, *each) for each in fresh.items()))
        return {**fresh, **found}


def error_of(document: Document) -> dict[str, object]:
    """Return the scope name `error` of a failed document; its id is the same for the same failure."""
    problem = document.problem
    code, message = (problem.code, problem.message) if problem else ("", document.cause)
    where = str(problem.origin) if problem and problem.origin.file else ""
    kind = "rejected" if of_a_send(code) else "mapping"
    root = [document.root] if document.root else []
    identity = digest([document.rule.rule.name, document.key, code, *root])[:16]
    return {"id": identity, "code": code, "message": message, "where": where, "kind": kind}
