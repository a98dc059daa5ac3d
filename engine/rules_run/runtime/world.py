"""What one run of one integration works with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rules_run.ledger.records import DocState
from rules_run.mapping.compiled import CompiledRule, RuleCompiler
from rules_run.mapping.point import Scope
from rules_run.model.rules import Integration, Tenant
from rules_run.runtime.lookups import Lookups

Known = Callable[[str, Iterable[str]], Mapping[str, DocState]]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The rules compiled for a tenant, the systems they read, what the ledger knows, and the scope of all records."""

    integration: Integration
    tenant: Tenant
    compiler: RuleCompiler
    rules: Mapping[str, CompiledRule]
    order: tuple[str, ...]
    lookups: Lookups
    known: Known
    outer: Scope
    check_targets: bool = False

    def rule_id(self, rule: str) -> str:
        """Return the rule's identity in the ledger."""
        return f"{self.integration.name}/{rule}"


def ordered(integration: Integration) -> tuple[str, ...]:
    """Return the names of the rules, each after those that it refers to."""
    order: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        rule = integration.rule(name)
        if rule is None or name in order or name in above:
            return
        for lookup in (*rule.with_, *(each for further in rule.on_success for each in further.with_)):
            if lookup.ref:
                visit(lookup.ref, (*above, name))
        order.append(name)

    for rule in integration.rules:
        visit(rule.name, ())
    return tuple(order)
