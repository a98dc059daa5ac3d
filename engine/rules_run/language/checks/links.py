"""Rules that share a cross-reference: opposite or alike in direction, and one owner for each field."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from rules_run.errors import ExpressionError
from rules_run.model.rules import Rule
from rules_run.model.values import FieldLine, Select, Template, Value

from ..expressions import Expression, Path, parse_select, parse_template
from ..expressions.nodes import And, Compare, Current, Field, Literal, Node
from .checking import Checking, written_names
from .identity import key_field, key_unsure
from .texts import texts_of

Choice = tuple[str, object]
"""A setting and the value that it must have."""


def check_links(checking: Checking) -> None:
    """Check the rules of each link that more than one rule uses."""
    links: dict[str, list[Rule]] = {}
    for rule in checking.integration.rules:
        links.setdefault(rule.link_name, []).append(rule)
    for name, rules in links.items():
        if len(rules) > 1:
            _check_link(checking, name, rules)


def _check_link(checking: Checking, name: str, rules: list[Rule]) -> None:
    for rule in rules:
        _check_key(checking, name, rule)
    for one, other in combinations(rules, 2):
        if _from(one) in _to(other) and _from(other) in _to(one):
            _check_opposite(checking, one, other)
        elif _from(one) == _from(other) and _to(one) & _to(other):
            _check_alike(checking, one, other)
        else:
            message = f"`{one.name}` and `{other.name}` share the link `{name}` but not their resources."
            hint = "A link is between two resources: rules that share it go from one to the other, or back."
            checking.wrong("R058", message, other.origin, hint)


def _check_key(checking: Checking, name: str, rule: Rule) -> None:
    resource = checking.quiet_resource(_from(rule))
    if resource is None or key_unsure(checking, rule):
        return
    if key_field(rule) != resource.id_field:
        source = rule.from_.name if rule.from_ else ""
        message = f"The key of `{rule.name}` is not the id of {_from(rule)}, by which the link `{name}` knows it."
        checking.wrong("R058", message, rule.origin, f"Write `key: {source}.{resource.id_field}`.")


def _from(rule: Rule) -> str:
    return rule.from_.source.resource if rule.from_ else ""


def _to(rule: Rule) -> set[str]:
    return {name for name, _ in written_names(rule.to)}


def _check_alike(checking: Checking, one: Rule, other: Rule) -> None:
    for first in one.to.set:
        for second in other.to.set:
            if first.path == second.path and not _exclusive(one, first, other, second):
                message = f"`{second.path}` stands under `set` in `{one.name}` already, which shares the link."
                checking.wrong("R058", message, second.origin, "Let one of the two rules own the field.")


def _check_opposite(checking: Checking, one: Rule, other: Rule) -> None:
    for first in one.to.set:
        for second in other.to.set:
            follows = second.path in _read(one, first) and first.path in _read(other, second)
            if follows and not _exclusive(one, first, other, second):
                message = f"`{second.path}` follows `{first.path}`, and in `{one.name}` the other way round."
                checking.wrong("R058", message, second.origin, "Only one of the two may be under `set`.")


def _read(rule: Rule, line: FieldLine) -> set[str]:
    """Return the fields of the source record that a line reads, through named values too."""
    named = {each.name: each.value for each in rule.let}
    source = rule.from_.name if rule.from_ else ""
    found: set[str] = set()
    seen: set[str] = set()
    pending = [line.value] if isinstance(line.value, Value) else []
    while pending:
        for path in _paths(pending.pop()):
            if path.names[0] == source:
                found.add(".".join(path.names[1:]))
            elif path.names[0] in named and path.names[0] not in seen:
                seen.add(path.names[0])
                pending.append(named[path.names[0]])
    return found


def _paths(value: Value) -> Iterator[Path]:
    for text in texts_of(value):
        try:
            yield from _parsed(text).paths
        except ExpressionError:
            continue


def _parsed(text: Select | Template) -> Expression:
    return parse_select(text.text) if isinstance(text, Select) else parse_template(text.text)


def _exclusive(one: Rule, first: FieldLine, other: Rule, second: FieldLine) -> bool:
    """Say whether a setting decides which of two lines counts."""
    mine, theirs = _choices(one, first), _choices(other, second)
    return any(name == setting and value != wanted for name, value in mine for setting, wanted in theirs)


def _choices(rule: Rule, line: FieldLine) -> set[Choice]:
    own = line.value.when if isinstance(line.value, Value) else None
    found: set[Choice] = set()
    for condition in (rule.active, rule.when, own):
        try:
            found |= set(_equalities(parse_select(condition.text).tree)) if condition else set()
        except ExpressionError:
            continue
    return found


def _equalities(tree: Node) -> Iterator[Choice]:
    match tree:
        case And():
            yield from _equalities(tree.left)
            yield from _equalities(tree.right)
        case Compare(
            operator="==", left=Field(of=Field(of=Current(), name="settings"), name=name), right=Literal(value=value)
        ):
            yield name, repr(value)
