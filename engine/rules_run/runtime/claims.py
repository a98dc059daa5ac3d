"""Rules that spend their records: what is spent stays with its document, the rest is grouped anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rules_run.errors import ValueFault
from rules_run.ledger.records import Claim, DocState
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.grouping import key_text, scopes
from rules_run.mapping.point import Scope
from rules_run.model.exchange import Condition, Record
from rules_run.runtime.intended import Document
from rules_run.runtime.records import Records
from rules_run.runtime.world import World

UNSENT = frozenset({State.QUEUED, State.RETRY, State.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What one rule found: documents that were never sent, by number, with the members that they were made of."""

    loose: Mapping[int, tuple[str, ...]]
    gone: set[str]
    """Members that the source does not have any more."""


class Claims:
    """Groups the records of rules with a `claim`."""

    def __init__(self, world: World, records: Records) -> None:
        self._world, self._records = world, records
        self._found: dict[str, Spending] = {}

    def scopes(self, rule: CompiledRule, rows: Sequence[Record]) -> list[Scope]:
        """Return the scope of each document: those that spent their records as they are, the rest grouped."""
        by_member = self._by_member(rule, rows)
        loose, frozen = self._waiting(rule)
        wanted = {member for members in (*loose.values(), *frozen.values()) for member in members}
        late = self._by_member(rule, self._read(rule, sorted(wanted - by_member.keys())))
        self._found[rule.rule.name] = Spending(loose=loose, gone=wanted - by_member.keys() - late.keys())
        by_member = {**by_member, **late}
        spent = self._world.ledger.members(self._world.integration.name, _resource(rule), by_member)
        free = [row for member, row in by_member.items() if member not in spent]
        made = list(scopes(rule, _distinct(free), self._world.outer))
        return [*self._standing(rule, by_member, spent), *made]

    def claim(self, rule: CompiledRule, scope: Scope) -> Claim:
        """Return what a document spends; raise ValueFault where that names no record."""
        members = self._members(rule, scope)
        if not members:
            raise ValueFault("the claim names no record", code="M051", origin=rule.rule.origin)
        return Claim(
            integration=self._world.integration.name, resource=_resource(rule), members=tuple(sorted(set(members)))
        )

    def superseded(self, rule: CompiledRule, documents: Iterable[Document]) -> list[int]:
        """Return the documents whose members are all in others by now, of which each is in the ledger."""
        found = self._found.get(rule.rule.name)
        if found is None:
            return []
        durable = [each for each in documents if each.state is not None and each.claim is not None]
        own = {each.state.id for each in durable if each.state is not None}
        kept = {member for each in durable if each.claim is not None for member in each.claim.members}
        return [doc for doc, members in found.loose.items() if doc not in own and set(members) <= kept | found.gone]

    def _standing(self, rule: CompiledRule, rows: Mapping[str, Record], spent: Mapping[str, int]) -> list[Scope]:
        """Return the documents of this rule that have spent records, each with all of its records."""
        members = self._world.ledger.spent_by(spent.values())
        states = self._world.known(self._world.rule_id(rule.rule.name), [claim_key(each) for each in members.values()])
        own = {state.id: state for state in states.values()}
        made = []
        for doc, names in members.items():
            if doc in own and (found := self._complete(rule, own[doc], names, rows)) is not None:
                made.append(found)
        return made

    def _complete(
        self, rule: CompiledRule, state: DocState, members: Sequence[str], rows: Mapping[str, Record]
    ) -> Scope | None:
        """Return the scope of a document; None for one that is done, and whose records were not all read."""
        missing = [member for member in members if member not in rows]
        if missing and state.state is State.DONE:
            return None
        rows = {**rows, **self._by_member(rule, self._read(rule, missing))}
        if any(member not in rows for member in members):
            return None
        found = list(scopes(rule, _distinct(rows[member] for member in members), self._world.outer))
        first, group = found[0], rule.rule.group_by
        if group is None or len(found) == 1:
            return first
        items = [item for each in found for item in each[group.name]["items"]]  # type: ignore[index]
        return {**first, group.name: {**first[group.name], "items": items}}  # type: ignore[dict-item]

    def _waiting(self, rule: CompiledRule) -> tuple[dict[int, tuple[str, ...]], dict[int, tuple[str, ...]]]:
        """Return the members of the documents that wait: of those that were never sent, and of those that were."""
        standing = self._world.ledger.standing(self._world.rule_id(rule.rule.name))
        frozen = self._world.ledger.spent_by([each.doc.id for each in standing])
        name = _name(rule)
        loose = {
            each.doc.id: self._members(rule, {**self._world.outer, name: each.payload.source})
            for each in standing
            if each.doc.id not in frozen and each.doc.state in UNSENT and isinstance(each.payload.source, dict)
        }
        return loose, frozen

    def _by_member(self, rule: CompiledRule, rows: Iterable[Record]) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for row in rows:
            for scope in scopes(rule, [row], self._world.outer):
                found.update(dict.fromkeys(self._members(rule, scope), row))
        return found

    def _members(self, rule: CompiledRule, scope: Scope) -> tuple[str, ...]:
        value = rule.claim(scope) if rule.claim is not None else None
        members = value if isinstance(value, list) else [value]
        return tuple(key for key in (key_text([member]) for member in members) if key)

    def _read(self, rule: CompiledRule, members: Sequence[str]) -> list[Record]:
        """Return records by their ids, whatever `where` says of them now."""
        described = self._records.described(_resource(rule))
        if not members or described is None:
            return []
        values = self._records.typed(described, described.id_field, members)
        asks = [(Condition(field=described.id_field, op="eq", value=value),) for value in values.values()]
        return [record for found in self._world.lookups.ask(_resource(rule), asks) for record in found]


def claim_key(members: Iterable[str]) -> str:
    """Return the key of the document that spends these members."""
    return hashlib.sha256("\n".join(sorted(members)).encode()).hexdigest()[:16]


def _distinct(rows: Iterable[Record]) -> list[Record]:
    return list({id(row): row for row in rows}.values())


def _resource(rule: CompiledRule) -> str:
    return rule.rule.from_.source.resource if rule.rule.from_ else ""


def _name(rule: CompiledRule) -> str:
    if rule.rule.group_by is not None:
        return rule.rule.group_by.name
    return rule.rule.from_.name if rule.rule.from_ else ""
