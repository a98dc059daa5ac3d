"""Explains one record: what was read, how each field came to be, and what is done about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rules_run.errors import InvalidFiles, PreconditionFailed, ValueFault
from rules_run.language.suggest import did_you_mean
from rules_run.mapping.compiled import CompiledLookup, CompiledRule
from rules_run.mapping.filtering import matches, value_at
from rules_run.mapping.grouping import key_text
from rules_run.mapping.point import Scope
from rules_run.mapping.tables import Skip
from rules_run.mapping.tracing import Tracer
from rules_run.model.plan import Action, Planned
from rules_run.model.problem import Origin, Problem
from rules_run.model.rules import Rule
from rules_run.model.trace import Line, Step
from rules_run.model.unknown import Unknown
from rules_run.model.values import Fields
from rules_run.runtime.intended import Document, FollowUp, Holder, Intended
from rules_run.runtime.planner import Planner
from rules_run.runtime.ready import Ready
from rules_run.runtime.records import key_field
from rules_run.runtime.resolving import conditions, says
from rules_run.runtime.run import Run
from rules_run.runtime.summary import planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything about one record of one rule."""

    tenant: str
    integration: str
    version: str
    rule: str
    origin: Origin
    source: object
    planned: Planned
    stands: str
    """What the ledger says of the document, in the word that people read."""
    lines: tuple[Line, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what held or failed it, each once."""
        own = [self.planned.problem] if self.planned.problem else []
        return tuple(dict.fromkeys([*own, *self.planned.warnings]))


def explain(run: Run, ready: Ready, rule: str, key: str) -> Explanation:
    """Plan the integration, with every target read, and explain the document of a rule with a key."""
    stated = ready.integration.rule(rule)
    if stated is None:
        names = [each.name for each in ready.integration.rules]
        message = f"{ready.integration.name} has no rule {rule!r}."
        raise InvalidFiles([Problem(code="R083", message=message, hint=did_you_mean(rule, names))])
    found = run.plan(ready, check_targets=True, keep=lambda each: (each.rule.rule.name, each.key) == (rule, key))
    if found.planner is None:
        raise PreconditionFailed(f"{ready.integration.name} stops before its first write: {found.plan.stopped}")
    document = _document(found.planner, stated, key)
    return Explanation(
        tenant=ready.tenant.name,
        integration=ready.integration.name,
        version=ready.integration.version,
        rule=rule,
        origin=stated.origin,
        source=document.source,
        planned=planned(found.planner, document),
        stands=document.state.word if document.state else "",
        lines=tuple(_lines(found.planner, document)),
    )


def _document(planner: Planner, rule: Rule, key: str) -> Document:
    known = planner.documents[rule.name]
    if (document := known.get(key)) is not None:
        return document
    message = f"{rule.name} has no record with the key {key!r} in this run."
    left_out = list(_left_out(planner, planner.world.rules[rule.name], key))
    if left_out:
        hint = f"It is in the source, and `where` leaves it out: {', '.join(left_out)}."
    else:
        why = "`where` may leave it out" if rule.from_ and rule.from_.source.where else "no other rule asked for it"
        hint = f"{did_you_mean(key, list(known), 'Keys')} If it is in the source, {why}.".strip()
    raise InvalidFiles([Problem(code="W051", message=message, origin=rule.origin, hint=hint)])


def _left_out(planner: Planner, rule: CompiledRule, key: str) -> Iterator[str]:
    """Yield the conditions by which a record is not read, where it can be asked for by its key alone."""
    if key_field(rule) is None:
        return
    rows = planner.records.with_keys(rule, planner.records.key_values(rule, [key]), ())
    for test, condition in zip(rule.where, conditions(rule.where, planner.world.outer), strict=True):
        for row in rows[:1]:
            if not matches(row, [condition]):
                found = value_at(row, test.test.field)
                yield f"{test.test.field} is {found if found is not None else 'empty'} (line {test.test.origin.line})"


def _lines(planner: Planner, document: Document) -> Iterator[Line]:
    """Yield the lines of the rule in the order in which they are worked out."""
    rule, tracer = document.rule, Tracer(planner.world.compiler)
    scope = {**document.scope, "key": document.key}
    yield from _identity(rule, tracer, scope)
    yield from _names(planner, document, tracer)
    for word, condition in (("when", rule.rule.when), ("again", rule.rule.again), ("successor", rule.rule.successor)):
        if condition is not None:
            yield tracer.condition(word, word, condition, scope)
    for number, check in enumerate(rule.rule.check, start=1):
        inner = {**scope, "result": document.record} if check.after else scope
        yield tracer.condition("check", f"check {number}", check.that, inner)
    yield from _target(tracer, document, scope)
    for follow in document.follow:
        yield from _follow(tracer, follow)


def _follow(tracer: Tracer, follow: FollowUp) -> Iterator[Line]:
    further = follow.further.further
    if further.when is not None:
        yield tracer.condition(f"then {further.name}", "when", further.when, follow.scope)
    if follow.action is not Action.SKIP:
        for line in _target(tracer, follow, follow.scope):
            yield replace(line, section=f"then {further.name}: {line.section}")


def _identity(rule: CompiledRule, tracer: Tracer, scope: Scope) -> Iterator[Line]:
    if rule.rule.active is not None:
        yield tracer.condition("active", "active", rule.rule.active, scope)
    if rule.rule.group_by is not None:
        group = rule.rule.group_by
        for named in group.keys:
            value = _standing(scope.get(group.name), [named.name])
            yield Line(section="group_by", name=f"{group.name}.{named.name}", origin=named.origin, value=value)
    for number, part in enumerate(rule.rule.key, start=1):
        name = "key" if len(rule.rule.key) == 1 else f"key {number}"
        yield tracer.value("key", name, part, scope, part.origin)


def _names(planner: Planner, document: Document, tracer: Tracer) -> Iterator[Line]:
    """Yield the look-ups and named values that this record needed, and the look-up that ended it."""
    for definition in document.definitions.values():
        if isinstance(definition, CompiledLookup):
            ended = _ended_by(planner, document, definition)
            if ended is not None or definition.lookup.name in document.scope:
                yield _lookup(definition, document.scope, ended)
    yield from tracer.named("let", document.rule.rule.let, document.scope)


def _ended_by(planner: Planner, document: Document, definition: CompiledLookup) -> Problem | None:
    """Return the document's problem where it came from this look-up: asked again, it gives the same."""
    known = document.scope.keys()
    waits = (definition.needs & document.definitions.keys()) - known
    if document.alive or document.problem is None or definition.lookup.name in known or waits:
        return None
    holder = Holder(scope=dict(document.scope))
    planner.resolver.need([definition.lookup.name], document.definitions, [holder])
    return holder.problem if holder.problem == document.problem else None


def _lookup(definition: CompiledLookup, scope: Scope, ended: Problem | None) -> Line:
    lookup = definition.lookup
    try:
        if lookup.ref is not None:
            key = definition.key(scope) if definition.key else None
            text = f"{lookup.ref} {key_text(key if isinstance(key, tuple) else [key]) or ''}"
        else:
            text = says(lookup.resource or "", conditions(definition.tests, scope))
    except (ValueFault, Skip):
        text = lookup.ref or lookup.resource or ""
    value = scope.get(lookup.name)
    step = Step(word="ref" if lookup.ref else "read", text=text, value=value, problem=ended)
    return Line(section="with", name=lookup.name, origin=lookup.origin, steps=(step,), value=value)


def _target(tracer: Tracer, each: Intended, scope: Scope) -> Iterator[Line]:
    target = each.target.target
    for number, alternative in enumerate(target.match, start=1):
        section = "match" if len(target.match) == 1 else f"match {number}"
        yield from _current(each, tracer.fields(section, alternative.fields, scope))
    if target.marker:
        yield from _current(each, tracer.fields("marker", target.marker, scope))
    elif each.marker is not None:
        made = Step(word="marker", text="from the key", value=each.marker[1])
        line = Line(section="marker", name=each.marker[0], origin=target.origin, steps=(made,), value=each.marker[1])
        yield from _current(each, [line])
    yield from _current(each, tracer.fields("set", target.set, scope))
    yield from _once(tracer, each, target.set_once, scope)


def _once(tracer: Tracer, each: Intended, fields: Fields, scope: Scope) -> Iterator[Line]:
    if each.target_id is None or each.target.target.mode == "update":
        yield from _current(each, tracer.fields("set_once", fields, scope))
        return
    for line in fields:
        left = Line(section="set_once", name=line.path, origin=line.origin, note="only when it is created")
        yield from _current(each, [left])


def _current(each: Intended, lines: Iterable[Line]) -> Iterator[Line]:
    """Put beside each line what stands in the target now."""
    for line in lines:
        yield replace(line, current=_standing(each.current, _parts(line.name))) if each.current else line


def _parts(name: str) -> Sequence[str]:
    return [part for part in re.split(r"\[(\d+)\]\.?", name) if part]


def _standing(value: object, parts: Sequence[str]) -> object:
    for part in parts:
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value_at(value, part)
        else:
            return value if isinstance(value, Unknown) else None
    return value
