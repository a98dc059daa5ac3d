"""Which document is meant over time: cursor, claim, and the parts of a document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rules_run.model.catalogue import Field, Resource
from rules_run.model.rules import Rule, Source
from rules_run.model.values import Lookup, Select, Value

from ..expressions import parse_select
from ..expressions.nodes import Current
from ..expressions.nodes import Field as Step
from ..suggest import did_you_mean
from .checking import Checking
from .scope import Scope, Use
from .shapes import Shape, field_at, field_names
from .texts import check_condition
from .values import check_value


def check_identity(checking: Checking, rule: Rule, scope: Scope, existing: Shape) -> None:
    """Check the words of a rule that say which document is meant; `existing` is the target as it stands."""
    if rule.from_ is not None and rule.from_.source.cursor is not None:
        _check_cursor(checking, rule, rule.from_.source)
    if rule.claim is not None:
        _check_claim(checking, rule, rule.claim, scope)
    standing = replace(scope.plus({"existing": existing}), written=False)
    for word, condition in (("successor", rule.successor), ("again", rule.again)):
        check_condition(checking, condition, standing, Use(known=word))
        if condition is not None and rule.claim is not None:
            message = f"`{word}` has no meaning with a `claim`: members that come late make a document of their own."
            checking.wrong("R028", message, condition.origin)
    if rule.successor is not None and rule.to.mode == "update":
        message = "`successor` has no meaning with `mode: update`: the rule never makes a document."
        checking.wrong("R029", message, rule.successor.origin)


def check_open(checking: Checking, lookup: Lookup, rule: Rule) -> None:
    """Check a reference against the rule that it names: one that claims has no key, one that is open has successors."""
    if rule.claim is not None:
        message = f"The rule `{rule.name}` has a `claim`, so nobody can name its documents."
        checking.wrong("R028", message, lookup.at, "Refer to a rule with a `key`.")
    elif lookup.open and rule.successor is None:
        message = f"The rule `{rule.name}` has no `successor`: it cannot make a document that is open again."
        checking.wrong("R029", message, lookup.origin, "Say when it is closed: `successor: {when: ...}` on that rule.")


def check_closed(checking: Checking, lookups: Iterable[Lookup]) -> None:
    """Refuse look-ups that ask for an open document where nobody keeps which one was given."""
    for lookup in lookups:
        if lookup.open:
            message = "`open` stands under `with` of a rule: there it is kept which document was given."
            checking.wrong("R029", message, lookup.origin, "Move the look-up to the rule.")


def _check_cursor(checking: Checking, rule: Rule, source: Source) -> None:
    resource = checking.quiet_resource(source.resource)
    if resource is not None and source.cursor is not None:
        _check_cursor_field(checking, source, source.cursor, resource)
    why = (
        "a group may have rows that did not change"
        if rule.group_by is not None
        else "an on-demand rule reads only the keys that it is asked for"
        if rule.on_demand
        else "members that are spent are known by `claim`"
        if rule.claim is not None
        else ""
    )
    hint = "Leave `cursor` out."
    if not why and rule.key and not key_unsure(checking, rule) and key_field(rule) is None:
        why = "a document that waits is read again by its key, and the key is no field of the record"
        hint = "Let the key be one field: `key: item.id`."
    if why:
        checking.wrong("R027", f"The rule `{rule.name}` cannot read by `cursor`: {why}.", source.cursor_at, hint)


def _check_cursor_field(checking: Checking, source: Source, name: str, resource: Resource) -> None:
    found = field_at(resource, name)
    if not isinstance(found, Field):
        hint = did_you_mean(name, field_names(resource), "Fields")
        checking.wrong("R032", f"{source.resource} has no field `{name}`.", source.cursor_at, hint)
    elif found.type not in ("date", "datetime"):
        message = f"`{name}` of {source.resource} is no date: it does not tell when a record changed."
        checking.wrong("R027", message, source.cursor_at, "Choose the field in which the system keeps the last change.")
    elif not found.filterable:
        message = f"{source.resource} cannot be searched by `{name}`: every record is read and filtered here."
        checking.warn("R061", message, source.cursor_at)


def _check_claim(checking: Checking, rule: Rule, claim: Value, scope: Scope) -> None:
    name = rule.group_by.name if rule.group_by else rule.from_.name if rule.from_ else ""
    check_value(checking, claim, scope, Use(known="claim", only=frozenset({name}), only_word="claim"))
    resource = checking.quiet_resource(rule.from_.source.resource) if rule.from_ else None
    read = checking.quiet_expression(claim.producer) if isinstance(claim.producer, Select) else None
    named = {path.names[-1] for path in read.paths if path.names[0] == name} if read is not None else set()
    if resource is not None and named - {resource.id_field}:
        message = f"The members of a claim are records by their ids, and these are not the {resource.id_field} of each."
        checking.wrong(
            "R028",
            message,
            claim.origin,
            f"Write `claim: {name}{'.items[]' if rule.group_by else ''}.{resource.id_field}`.",
        )
    if rule.on_demand or rule.from_ is None:
        message = "`claim` spends records that the rule reads: it has no meaning in an on-demand rule."
        checking.wrong("R028", message, claim.origin, "Give the rule a `key`.")
    if rule.link is not None:
        message = "`link` has no meaning with a `claim`: a set of records has no counterpart."
        checking.wrong("R028", message, rule.origin, "Leave `link` out.")


def key_unsure(checking: Checking, rule: Rule) -> bool:
    """Say whether a mistake in the key, told elsewhere, keeps anything more from being said of it."""
    texts = [each.producer for each in rule.key if isinstance(each.producer, Select)]
    return rule.origin in checking.parsed.unsure_names or any(not checking.quiet_expression(text) for text in texts)


def key_field(rule: Rule) -> str | None:
    """Return the field of the source record that is the rule's key; None where the key is anything else."""
    if rule.from_ is None or rule.group_by is not None or len(rule.key) != 1:
        return None
    value = rule.key[0]
    if not isinstance(value.producer, Select) or value.map or value.when or value.default or value.type:
        return None
    tree, names = parse_select(value.producer.text).tree, []
    while isinstance(tree, Step):
        names.append(tree.name)
        tree = tree.of
    if not isinstance(tree, Current) or len(names) < 2 or names[-1] != rule.from_.name:
        return None
    return ".".join(reversed(names[:-1]))
