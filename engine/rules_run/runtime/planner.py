"""From source records to planned documents, a page at a time; nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from rules_run.ledger.records import DocKey
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.difference import digest
from rules_run.mapping.grouping import scopes
from rules_run.mapping.point import Scope
from rules_run.model.plan import Action
from rules_run.model.problem import Problem
from rules_run.runtime.candidates import Candidates
from rules_run.runtime.claims import Claims
from rules_run.runtime.concluding import Conclusions
from rules_run.runtime.doubles import keep_apart, take_places
from rules_run.runtime.earlier import EarlierParts
from rules_run.runtime.filling import Filler
from rules_run.runtime.finding import Finder
from rules_run.runtime.following import Follower
from rules_run.runtime.gathering import gathered
from rules_run.runtime.identities import Identities
from rules_run.runtime.intended import Document
from rules_run.runtime.lookups import WouldAsk
from rules_run.runtime.omitting import Omissions
from rules_run.runtime.packing import Packer
from rules_run.runtime.parts import Parts, made_for_good
from rules_run.runtime.reading import Reader
from rules_run.runtime.records import Records
from rules_run.runtime.references import RuleReferences
from rules_run.runtime.resolving import Resolver, attempt, conditions
from rules_run.runtime.shelf import Keep, Shelf
from rules_run.runtime.summary import planned
from rules_run.runtime.world import World


class Planner:
    """Plans the documents of one integration, rule by rule, each after the rules that it refers to."""

    def __init__(self, world: World, keep: Keep = lambda _: True) -> None:
        """`keep` says which documents are needed again after they have been planned."""
        self.world, self._kept = world, keep
        self._packer = Packer(world.rules, world.outer, self.document)
        whole = world.whole
        self.documents = {name: self._shelf(whole=name in whole) for name in world.rules}
        self.unkeyed = self._shelf(whole=False)
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
        self._omissions = Omissions(world, self.resolver, self.finder, self.records, self._identities)
        self._conclusions = Conclusions(self.resolver, self.records, world.integration.digest)
        self._candidates = Candidates(world.lookups, self.resolver, self.finder)
        self._follower = Follower(self.resolver, self.finder, self.filler, self.records, world.scratch)

    def plan(self) -> None:
        """Plan every rule that reads a source; those on demand follow where they are asked for."""
        for name in self.world.order:
            rule = self.world.rules[name]
            self._omissions.switched_off(rule, [])
            if rule.rule.from_ is not None and not rule.rule.on_demand:
                for found in self._scopes(rule):
                    self._take(rule, found)
            elif rule.rule.from_ is not None and (left := sorted(self.reader.halfway(rule))):
                values = self.records.key_values(rule, left)
                self.demand(rule, list(values), list(values.values()))

    def shelves(self) -> Iterator[Shelf]:
        """Yield the documents of each rule, in the order of writes, and last those without a key."""
        yield from (self.documents[name] for name in self.world.order)
        yield self.unkeyed

    def document(self, rule: str, key: str) -> Document | None:
        """Return a document of this run."""
        return self.documents[rule].get(key)

    def again(self, name: str, documents: Iterable[Document]) -> None:
        """Plan anew those of the documents of a rule that waited for something that has been written since."""
        waiting = [each for each in documents if self._waited(each)]
        for document in waiting:
            document.restart()
        if waiting:
            self._work(self.world.rules[name], waiting)

    def demand(self, rule: CompiledRule, keys: Sequence[str], values: Sequence[object]) -> None:
        """Plan the documents of a rule for keys that were not asked for, or not read, before."""
        known = self.documents[rule.rule.name]
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

    def follow_at_once(self, document: Document) -> bool:
        """Plan anew what follows one written document, if that asks nothing and makes nothing; else leave it."""
        try:
            with self.world.lookups.silently():
                self.follow_success([document])
        except WouldAsk:
            return False
        # What another document may make as well is planned for all of them together.
        plain = {Action.UPDATE, Action.NOTHING, Action.SKIP}
        return all(each.action in plain and not each.unknown for each in document.follow)

    def follow_failure(self, documents: Sequence[Document]) -> None:
        """Plan what follows failed documents."""
        for document in documents:
            document.follow = []
        self._follower.failure(documents)

    def follow_on(self, documents: Sequence[Document]) -> None:
        """Plan anew what follows documents, knowing those further writes that were just made."""
        self.follow_failure([each for each in documents if each.action is Action.FAIL])
        if done := [each for each in documents if each.action is not Action.FAIL]:
            self.follow_success(done)

    def judge_after(self, document: Document) -> list[Problem]:
        """Return what the `after` checks of a written document say."""
        return self._conclusions.afterwards(document)

    def _shelf(self, *, whole: bool) -> Shelf:
        return Shelf(self.world.scratch, self._packer, tell=partial(planned, self), keep=self._kept, whole=whole)

    def _scopes(self, rule: CompiledRule) -> Iterator[list[Scope]]:
        pages = self.reader.pages(rule)
        if rule.claim is None:
            return gathered(rule, pages, self.world.outer, self.world.scratch)
        return iter([self.claims.scopes(rule, [row for page in pages for row in page])])

    def _take(self, rule: CompiledRule, found: Iterable[Scope], only: set[str] | None = None) -> None:
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
            nameless = [document for document in documents if not document.key]
            self.unkeyed.add_nameless(nameless)
            self.reader.bar(rule, nameless)
        shelf = self.documents[rule.rule.name]
        taken = shelf.add(kept)
        self._identities.recall(rule, taken)
        self._work(rule, taken)
        shelf.settle()
        self.unkeyed.settle()

    def _work(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        live = [document for document in documents if document.alive]
        for document in live:
            document.resource = str(attempt(document, rule.target.resource) or "")
        if self._omissions.switched_off(rule, live):
            return
        self._omissions.judge(rule, live)
        self.filler.desire([document for document in live if not made_for_good(document)])
        self._parts.doubt(rule, live)
        if rule.successor is not None and not self.world.opened(rule.rule):
            self._closed(rule, live)
        changed = [document for document in live if document.alive and not self._unchanged(document)]
        self._find(rule, changed)
        self.filler.decide([document for document in changed if document.action is None])
        take_places(self.resolver, rule, documents)
        shelf = self.documents[rule.rule.name]
        shelf.places.renew(documents)
        keep_apart(shelf.places, changed, None if shelf.whole else shelf.end)
        self._conclusions.conclude(rule, changed)
        self._candidates.suggest(live)
        done = [document for document in live if document.alive]
        for document in done:
            self.records.settle(document)
        if rule.on_success:
            self._load_results(rule, done)
            self._follower.success(done)
        self._follower.failure(live)

    def _unchanged(self, document: Document) -> bool:
        state = document.state
        stays = made_for_good(document)
        document.digest = state.digests.source if state and stays else digest([document.resource, document.desired])
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
            self.finder.by_marker([document for document in documents if not made_for_good(document)])
        fresh = [*self._parts.resolve(documents), *self._closed(rule, documents)]
        self.filler.desire([document for document in fresh if not document.desired])
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

    def _load_results(self, rule: CompiledRule, documents: Sequence[Document]) -> None:
        used: set[str] = set()
        for further in rule.rule.on_success:
            used |= self.records.uses(further).get("result", set())
        if used - {"id"}:
            self.records.load(documents)

    def _waited(self, document: Document) -> bool:
        if document.alive and any(not (each.alive or each.written) for each in document.leans_on):
            return True  # what it refers to was to be written, and was not
        return document.unknown or (
            document.action is Action.HOLD and document.problem is not None and document.problem.code == "M062"
        )

    def _source_name(self, rule: CompiledRule) -> str:
        if rule.rule.group_by is not None:
            return rule.rule.group_by.name
        return rule.rule.from_.name if rule.rule.from_ else "key"
