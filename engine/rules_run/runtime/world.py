"""What one run of one integration works with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import DocState, Link
from rules_run.mapping.compiled import CompiledRule, RuleCompiler
from rules_run.mapping.point import Scope
from rules_run.model.rules import Integration, Rule, Tenant
from rules_run.model.values import Const, Lookup
from rules_run.runtime.lookups import Lookups
from rules_run.runtime.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The rules compiled for a tenant, the systems they read, what the ledger knows, and the scope of all records."""

    integration: Integration
    tenant: Tenant
    compiler: RuleCompiler
    rules: Mapping[str, CompiledRule]
    order: tuple[str, ...]
    lookups: Lookups
    ledger: Ledger
    outer: Scope
    digest: str = ""
    """Of the rule file, the settings and the tables: with another one, what was read by a cursor is read again."""
    check_targets: bool = False
    scratch: Scratch = field(default_factory=Scratch)

    def known(self, rule_id: str, source_ids: Iterable[str]) -> Mapping[str, DocState]:
        """Return what the ledger knows of documents: the newest part of each."""
        return self.ledger.known(rule_id, source_ids)

    def rule_id(self, rule: str) -> str:
        """Return the rule's identity in the ledger."""
        return f"{self.integration.name}/{rule}"

    @property
    def whole(self) -> frozenset[str]:
        """Return the rules whose documents are all at hand for the length of a run: others refer to them, or spend."""
        lookups = (lookup for rule in self.integration.rules for lookup in every_lookup(rule))
        referred = {lookup.ref for lookup in lookups if lookup.ref}
        return frozenset(referred | {rule.name for rule in self.integration.rules if rule.claim is not None})

    def link(self, rule: Rule) -> Link | None:
        """Return the cross-reference of a rule's documents; its direction is the same in whatever order rules stand."""
        target, source = self.target(rule), rule.from_.source.resource if rule.from_ else ""
        if rule.claim is not None or not target:
            return None
        return Link(name=rule.link_name, reverse=self._place(target) < self._place(source))

    def target(self, rule: Rule) -> str:
        """Return the resource that a rule writes; the first of a choice."""
        if isinstance(rule.to.resource, str):
            return rule.to.resource
        named = (branch.value.producer for branch in rule.to.resource.branches)
        return next((str(each.value) for each in named if isinstance(each, Const)), "")

    def shares_link(self, rule: Rule) -> bool:
        """Say whether another rule may know what the rule's records are linked to."""
        return any(each.link_name == rule.link_name and each is not rule for each in self.integration.rules)

    def opened(self, rule: Rule) -> bool:
        """Say whether others ask for an open document of the rule: then they say when a new part is made."""
        lookups = (lookup for each in self.integration.rules for lookup in every_lookup(each))
        return any(lookup.open and lookup.ref == rule.name for lookup in lookups)

    def _place(self, resource: str) -> tuple[str, str]:
        alias, _, name = resource.partition(".")
        return (f"{self.integration.connectors.get(alias, '')}.{name}" if resource else "", alias)


def every_lookup(part: object) -> Iterator[Lookup]:
    """Yield all look-ups below a part of a rule file."""
    if isinstance(part, Lookup):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from every_lookup(each)
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            yield from every_lookup(getattr(part, field.name))


def ordered(integration: Integration) -> tuple[str, ...]:
    """Return the names of the rules, each after those that it refers to."""
    order: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        rule = integration.rule(name)
        if rule is None or name in order or name in above:
            return
        for lookup in every_lookup(rule):
            if lookup.ref:
                visit(lookup.ref, (*above, name))
        order.append(name)

    for rule in integration.rules:
        visit(rule.name, ())
    return tuple(order)
