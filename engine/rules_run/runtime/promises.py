"""What is promised of each rule's writes, in words: how a lost answer is settled, by the safety class of the write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rules_run.model.catalogue import Resource
from rules_run.model.exchange import Safety, Verb
from rules_run.model.rules import Integration, Rule, Target
from rules_run.model.values import Const

SafetyOf = Callable[[str, str, Verb, bool], Safety | None]
"""The class of a write: alias, resource, verb, and whether it carries something that finds it; None: nobody knows."""
Described = Callable[[str], Resource | None]

CREATED: Mapping[Safety, str] = {
    Safety.KEY: "exactly once.",
    Safety.UNIQUE: "exactly once.",
    Safety.PROBE: "exactly once. After a lost answer it is looked for before anything is sent again.",
    Safety.IDEMPOTENT: "exactly once in effect.",
    Safety.NOTHING: "at most once. If a send is interrupted you will be asked.",
}
CHANGED: Mapping[Safety, str] = {
    **dict.fromkeys(
        Safety, "exactly once in effect. After a lost answer the record is read before it is changed again."
    ),
    Safety.NOTHING: CREATED[Safety.NOTHING],
}


def promises(rule: Rule, integration: Integration, safety: SafetyOf, described: Described) -> Iterator[str]:
    """Yield a sentence for each kind of record that a rule writes, its further writes included."""
    writes = [(rule.name, rule.to)]
    writes += [(f"{rule.name}, {each.name}", each.to) for each in (*rule.on_success, *rule.on_failure)]
    for name, target in writes:
        for resource in resources(target):
            alias, _, kind = resource.partition(".")
            verb: Verb = "update" if target.mode == "update" else "create"
            found = safety(alias, kind, verb, is_found_again(target, described(resource)))
            if found is not None:
                words = CHANGED[found] if verb == "update" else CREATED[found]
                yield f"{name}: {kind} to {integration.connectors.get(alias, alias).capitalize()}: {words}"


def resources(target: Target) -> Iterator[str]:
    """Yield the resources that a target may write."""
    if isinstance(target.resource, str):
        yield target.resource
        return
    for branch in target.resource.branches:
        if isinstance(branch.value.producer, Const):
            yield str(branch.value.producer.value)


def is_found_again(target: Target, described: Resource | None) -> bool:
    """Say whether a record can be looked for after a lost answer: by a marker, or by the match written with it."""
    if described is None or described.virtual:
        return True
    marker = target.marker[0].path if target.marker else described.marker
    spec = described.fields.get(marker) if marker else None
    if spec is not None and (spec.filterable or target.narrow_by):
        return True
    fields = [described.fields.get(line.path) for alternative in target.match for line in alternative.fields]
    written = [field for field in fields if field is not None and not field.read_only]
    return not described.money and bool(written) and all(field.filterable for field in written)
