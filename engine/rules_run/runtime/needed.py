"""What the rules of integrations need of their accounts: which resources are read, and which are written how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from rules_run.model.exchange import Verb
from rules_run.model.rules import Integration, Rule, Target
from rules_run.model.values import Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One verb on one resource of one account; `marked` says that the rule itself says what finds a new record."""

    alias: str
    resource: str
    verb: Verb | Literal["read"]
    marked: bool = False


def needed(integrations: Iterable[Integration]) -> list[Needed]:
    """Return everything that is needed, each once, in the order of names."""
    found = {each for integration in integrations for each in _of(integration)}
    return sorted(found, key=lambda each: (each.alias, each.resource, each.verb, each.marked))


def _of(integration: Integration) -> Iterator[Needed]:
    for precondition in integration.preconditions:
        yield from _looked_up(precondition.with_)
    for rule in integration.rules:
        yield from _of_rule(rule)


def _of_rule(rule: Rule) -> Iterator[Needed]:
    if rule.from_ is not None:
        yield _needed(rule.from_.source.resource, "read")
    yield from _looked_up(rule.with_)
    yield from _written(rule.to)
    for further in (*rule.on_success, *rule.on_failure):
        yield from _looked_up(further.with_)
        yield from _written(further.to)


def _looked_up(lookups: Iterable[Lookup]) -> Iterator[Needed]:
    yield from (_needed(each.resource, "read") for each in lookups if each.resource is not None)


def _written(target: Target) -> Iterator[Needed]:
    for name in resources_of(target):
        yield _needed(name, "read")
        if target.mode in ("upsert", "create"):
            yield _needed(name, "create", marked=bool(target.marker or target.match))
        if target.mode in ("upsert", "update"):
            yield _needed(name, "update")


def targets_of(integrations: Iterable[Integration], alias: str) -> Iterator[tuple[str, Target]]:
    """Yield every target of one account with its resource."""
    for rule in (rule for integration in integrations for rule in integration.rules):
        for target in (rule.to, *(further.to for further in (*rule.on_success, *rule.on_failure))):
            for name in resources_of(target):
                if name.partition(".")[0] == alias:
                    yield name.partition(".")[2], target


def resources_of(target: Target) -> tuple[str, ...]:
    """Return the resources that a target may write; one that a rule works out is not known beforehand."""
    if isinstance(target.resource, str):
        return (target.resource,)
    stated = (getattr(branch.value.producer, "value", None) for branch in target.resource.branches)
    return tuple(name for name in stated if isinstance(name, str))


def _needed(resource: str, verb: Verb | Literal["read"], *, marked: bool = False) -> Needed:
    alias, _, name = resource.partition(".")
    return Needed(alias=alias, resource=name, verb=verb, marked=marked)
