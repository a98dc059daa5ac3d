"""From source records to planned documents, a page at a time; nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_run.errors import Hold
from rules_run.ledger.records import DocKey
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.difference import digest
from rules_run.mapping.grouping import scopes
from rules_run.model.plan import Action
from rules_run.model.problem import Problem
from rules_run.runtime.candidates import Candidates
from rules_run.runtime.claims import Claims
from rules_run.runtime.doubles import keep_apart, take_places
from rules_run.runtime.earlier import EarlierParts
from rules_run.runtime.filling import Filler
from rules_run.runtime.finding import Finder
from rules_run.runtime.following import Follower
from rules_run.runtime.identities import Identities, refused_before
from rules_run.runtime.intended import Document
from rules_run.runtime.parts import Parts
from rules_run.runtime.reading import Reader
from rules_run.runtime.records import Records
from rules_run.runtime.references import RuleReferences
from rules_run.runtime.resolving import Resolver, attempt, conditions
from rules_run.runtime.world import World

HANGING = frozenset({"M061", "M062", "M064"})
"""Codes of what hangs on a document that is not there; a rule that is off has nothing there either."""


class Planner:
    """Plans the documents of one integration, rule by rule, each after the rules that it refers to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.documents: dict[str, dict[str, Document]] = {}
        self.unkeyed: list[Document] = []
        self._finder_references = RuleReferences(self)
        self.resolver = Resolver(world.lookups, self._finder_references)
        self.finder = Finder(world.lookups, self.resolver)
        self.filler = Filler(world.lookups, self.resolver)
        self.records = Records(world.lookups, self.finder)
        self.reader = Reader(world, self.records)
        self.claims = Claims(world, self.records)
        self._parts = Parts(self.resolver, self.finder, self.records)
        self._earlier = EarlierParts(world, self.finder, self.filler)
        self._identities = Identities(world, self.resolver, self.records, self.claims)
        self._candidates = Candidates(world.lookups, self.resolver, self.finder)
        self._follower = Follower(self.resolver, self.finder, self.filler)

    def plan(self) -> None:
        """Plan every rule that reads a source; those on demand follow where they are asked for."""
        for name in self.world.order:
            rule = self.world.rules[name]
            if rule.rule.from_ is not None and not rule.rule.on_demand:
                rows = self.reader.rows(rule)
                made = self.claims.scopes(rule, rows) if rule.claim else scopes(rule, rows, self.world.outer)
                self._take(rule, made)

    def again(self, name: str) -> list[Document]:
        """Plan anew the documents of a rule that waited for something that has been written since."""
        waiting = [each for each in self.documents.get(name, {}).values() if self._waited(each)]
        for document in waiting:
            document.restart()
        self._work(self.world.rules[name], waiting)
        return waiting

    def demand(self, rule: CompiledRule, keys: Sequence[str], values: Sequence[object]) -> None:
        """Plan the documents of a rule for keys that were not asked for, or not read, before."""
        known = self.documents.setdefault(rule.rule.name, {})
        fresh = {key: value for key, value in zip(keys, values, strict=True) if key not in known}
        if not fresh:
            return
        if rule.rule.from_ is None:
            asked = [{**self.world.outer, "key": value} for value in fresh.values()]
            self._take(rule, asked)
            return
        # What the ledger knows is read by its key alone: `where` may not hold any more for what was made long ago.
        known_keys = set() if rule.rule.on_demand else set(self.world.known(self.world.rule_id(rule.rule.name), fresh))
        where = conditions(rule.where, self.world.outer)
        rows = self.records.with_keys(rule, {key: fresh[key] for key in fresh if key not in known_keys}, where)
        rows += self.records.with_keys(rule, {key: fresh[key] for key in fresh if key in known_keys}, ())
        self._take(rule, scopes(rule, rows, self.world.outer), only=set(fresh))

    def reopen(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        """Plan a new part of documents that somebody asks for open, and that are closed for change."""
        closed = self._parts.closed(rule, documents)
        for document in closed:
            self._parts.begin(document)
            document.restart()
        self._work(rule, closed)

    def follow_success(self, documents: Sequence[Document]) -> None:
        """Plan anew what follows documents that have just been written."""
        for document in documents:
            document.follow = []
        self._load_results(documents[0].rule, documents)
        self._follower.success(documents)

    def follow_failure(self, documents: Sequence[Document]) -> None:
        """Plan what follows failed documents."""
        self._follower.failure(documents)

    def judge_after(self, document: Document) -> list[Problem]:
        """Return what the `after` checks of a written document say."""
        notes: list[Problem] = []
        scope = {**document.scope, "result": document.record}
        holder = Document(
            scope=scope, base=scope, rule=document.rule, target=document.target, definitions=document.definitions
        )
        self.resolver.need(document.rule.after.needs, document.definitions, [holder])
        if holder.alive:
            attempt(holder, lambda inner: document.rule.after(inner, notes))
        return notes + ([holder.problem] if holder.problem else [])

    def _take(self, rule: CompiledRule, found: Iterable[dict[str, object]], only: set[str] | None = None) -> None:
        documents = [
            Document(
                rule=rule,
                target=rule.target,
                definitions=rule.definitions,
                scope=dict(scope),
                base=scope,
                source=scope.get(self._source_name(rule)),
            )
            for scope in found
        ]
        self._identities.identify(rule, documents, strict=only is None)
        kept = [document for document in documents if document.key and (only is None or document.key in only)]
        if only is None or rule.rule.from_ is None:
            self.unkeyed.extend(document for document in documents if not document.key)
        self._register(rule, kept)
        self._identities.recall(rule, kept)
        self._work(rule, kept)

    def _work(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        live = [document for document in documents if document.alive]
        for document in live:
            document.resource = str(attempt(document, rule.target.resource) or "")
        if self._switched_off(rule, live):
            return
        if rule.when is not None:
            self._keep(rule, live)
        self.filler.desire(live)
        self._parts.doubt(rule, live)
        if rule.successor is not None and not self.world.opened(rule.rule):
            self._closed(rule, live)
        changed = [document for document in live if document.alive and not self._unchanged(document)]
        self._find(rule, changed)
        self.filler.decide([document for document in changed if document.action is None])
        take_places(self.resolver, rule, documents)
        keep_apart(self.documents.get(rule.rule.name, {}).values(), changed)
        self._conclude(rule, changed)
        self._candidates.suggest(live)
        done = [document for document in live if document.alive]
        for document in done:
            self.records.settle(document)
        if rule.on_success:
            self._load_results(rule, done)
            self._follower.success(done)
        self._follower.failure(live)

    def _register(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        known = self.documents.setdefault(rule.rule.name, {})
        for document in documents:
            first = known.setdefault(document.key, document)
            if first is not document:
                fault = Hold(f"two records of {rule.rule.name} have the key {document.key}", code="M052")
                first.end(fault)

    def _switched_off(self, rule: CompiledRule, documents: Sequence[Document]) -> bool:
        if rule.active is None or rule.active(self.world.outer):
            return False
        why = rule.rule.active.text if rule.rule.active else ""
        self._identities.mark(rule, documents)
        self.finder.match([document for document in documents if document.target_id is None])
        for document in documents:
            if document.alive and document.target_id is not None:
                document.action = Action.NOTHING
                self.records.settle(document)
            elif document.alive or (document.problem is not None and document.problem.code in HANGING):
                document.inactive, document.problem, document.missing = why, None, None
                document.action, document.cause = Action.SKIP, f"{rule.rule.name} is switched off ({why})"
        return True

    def _keep(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        if rule.when is None:
            return
        self.resolver.need(rule.when.needs, rule.definitions, documents)
        for document in documents:
            if document.alive and attempt(document, rule.when) is False:
                document.action, document.cause = Action.SKIP, "its condition does not hold"

    def _unchanged(self, document: Document) -> bool:
        document.digest = digest([document.resource, document.desired])
        state = document.state
        if state is None or state.state is not State.DONE or self.world.check_targets or document.doubted is not None:
            return False
        if state.digests.source != document.digest and not self._earlier.explain(document):
            return False
        document.action = Action.NOTHING
        return True

    def _find(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        self._identities.mark(rule, documents)
        self.finder.load(documents)
        virtual = [document for document in documents if self.finder.is_virtual(document.resource)]
        for document in virtual:
            document.target_id = None
        self.finder.match([document for document in documents if document.target_id is None])
        if rule.rule.to.mode != "update":
            self.finder.by_marker(documents)
        fresh = [*self._parts.resolve(documents), *self._closed(rule, documents)]
        self._identities.mark(rule, fresh)
        self.finder.by_marker(fresh)

    def _closed(self, rule: CompiledRule, documents: Sequence[Document]) -> list[Document]:
        """Let closed documents be; where nobody asks for open ones, return them with a new part begun."""
        if rule.successor is None:
            return []
        closed = self._parts.closed(rule, documents)
        wanted = not self.world.opened(rule.rule)
        for document in closed:
            if wanted:
                self._parts.begin(document)
            else:
                document.action, document.cause = Action.NOTHING, "it is closed for change"
        return closed if wanted else []

    def doc_key(self, document: Document) -> DocKey:
        """Return the identity of a document in the ledger."""
        return self._identities.doc_key(document)

    def _conclude(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        self.resolver.need(rule.checks.needs, rule.definitions, documents)
        for document in documents:
            if not document.alive:
                continue
            self._check(rule, document)
            if document.alive:
                self._name_action(document)

    def _check(self, rule: CompiledRule, document: Document) -> None:
        notes: list[Problem] = []
        attempt(document, lambda scope: rule.checks(scope, notes))
        document.judge(notes)

    def _name_action(self, document: Document) -> None:
        state = document.state.state if document.state else None
        sent = document.state is not None and document.state.target_id is not None
        once = sent and document.target.target.mode == "create" and document.action is Action.UPDATE
        if refusal := refused_before(document, self.world.integration.digest):
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

    def _load_results(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        used: set[str] = set()
        for further in rule.rule.on_success:
            used |= self.records.uses(further).get("result", set())
        if used - {"id"}:
            self.records.load(documents)

    def _waited(self, document: Document) -> bool:
        return document.unknown or (
            document.action is Action.HOLD and document.problem is not None and document.problem.code == "M062"
        )

    def _source_name(self, rule: CompiledRule) -> str:
        if rule.rule.group_by is not None:
            return rule.rule.group_by.name
        return rule.rule.from_.name if rule.rule.from_ else "key"
