"""Rules: from source records to target documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rules_run.model.problem import NOWHERE
from rules_run.model.rules import Alternative, From, Further, GroupBy, Rule, Source, Target
from rules_run.model.values import Choose, Const

from ..suggest import did_you_mean
from ..yaml_nodes import Entry, ListNode, MappingNode, Node
from .parts import read_checks, read_fields, read_lookups, shaky
from .reading import Reading, child, entries, flag, items, optional_text, place, text
from .values import read_choose, read_condition, read_named, read_value, read_values, read_where


def read_source(reading: Reading, entry: Entry) -> Source:
    """Read a named source."""
    return Source(
        resource=reading.named_resource(child(entry.node, "read")),
        where=read_where(reading, child(entry.node, "where")),
        cursor=optional_text(child(entry.node, "cursor")),
        cursor_at=place(child(entry.node, "cursor"), entry.origin),
        origin=entry.origin,
        at=place(child(entry.node, "read"), entry.origin),
    )


def read_rule(reading: Reading, entry: Entry, sources: Mapping[str, Source]) -> Rule:
    """Read a rule; what the schema found wrong is left out, what depends on it is not judged."""
    node = entry.node if isinstance(entry.node, MappingNode) else MappingNode(entry.origin, {})
    to = node.get("to")
    further = [child(each.node, word) for each in _further_nodes(node) for word in ("with", "let")]
    if not reading.whole(node.get("from"), node.get("group_by"), node.get("with"), node.get("let"), *further):
        reading.unsure_names.add(entry.origin)
    if shaky(reading, node):
        reading.unsure_names.add(entry.origin)
    if not reading.whole(to, node.get("on_success"), node.get("on_failure")):
        reading.unsure_fields.add(entry.origin)
    rule = Rule(
        name=entry.name,
        description=text(node.get("description")),
        key=read_values(reading, node.get("key")),
        active=read_condition(node.get("active")),
        from_=_read_from(reading, node.get("from"), sources),
        on_demand=flag(node.get("on_demand")),
        group_by=_group_by(reading, node.get("group_by")),
        with_=read_lookups(reading, node.get("with")),
        let=read_named(reading, node.get("let")),
        when=read_condition(node.get("when")),
        check=read_checks(reading, node.get("check")),
        to=read_target(reading, to, entry),
        on_success=_further(reading, node.get("on_success")),
        on_failure=_further(reading, node.get("on_failure")),
        claim=read_value(reading, claim) if (claim := node.get("claim")) else None,
        link=optional_text(node.get("link")),
        again=read_condition(node.get("again")),
        successor=read_condition(child(node.get("successor"), "when")),
        origin=entry.origin,
    )
    if reading.sound(node):
        _check_rule(reading, node, entry)
    return rule


def _further_nodes(node: MappingNode) -> list[Entry]:
    return [*entries(node.get("on_success")), *entries(node.get("on_failure"))]


def _read_from(reading: Reading, node: Node | None, sources: Mapping[str, Source]) -> From | None:
    if not isinstance(node, MappingNode):
        return None
    kinds = [word for word in ("read", "source") if word in node]
    if len(kinds) != 1 and reading.sound(node):
        what = "both `read` and `source`" if kinds else "neither `read` nor `source`"
        hint = "`read` names a resource, `source` one of the `sources` of this file."
        reading.wrong("R007", f"`from` has {what}.", node.origin, hint)
    shared = _shared(reading, node.get("source"), sources)
    own = read_where(reading, node.get("where"))
    resource = shared.resource if shared else reading.named_resource(node.get("read"))
    source = Source(
        resource=resource,
        where=(shared.where if shared else ()) + own,
        cursor=optional_text(node.get("cursor")) or (shared.cursor if shared else None),
        cursor_at=place(node.get("cursor"), shared.cursor_at if shared else node.origin),
        origin=node.origin,
        at=shared.at if shared else place(node.get("read"), node.origin),
    )
    return From(source=source, name=text(node.get("as")), origin=node.origin)


def _shared(reading: Reading, node: Node | None, sources: Mapping[str, Source]) -> Source | None:
    name = text(node)
    known = name in sources or "sources" in reading.unsure_sections
    if node is not None and name and not known and reading.sound(node):
        hint = did_you_mean(name, sources, "Sources of this file")
        reading.wrong("R008", f"There is no source `{name}` in this file.", node.origin, hint)
    return sources.get(name)


def _group_by(reading: Reading, node: Node | None) -> GroupBy | None:
    if not isinstance(node, MappingNode):
        return None
    return GroupBy(
        keys=read_named(reading, node.get("keys")),
        name=text(node.get("as")),
        sort=read_values(reading, node.get("sort")),
        origin=node.origin,
    )


def read_target(reading: Reading, node: Node | None, entry: Entry) -> Target:
    """Read what is written: under `to`, or beside the words of a further write."""
    write = child(node, "write")
    mode = text(child(node, "mode"), "upsert")
    match = child(node, "match")
    if isinstance(node, MappingNode) and reading.sound(node):
        _check_target(reading, node, mode)
    origin = node.entries["write"].origin if isinstance(node, MappingNode) and "write" in node else entry.origin
    return Target(
        resource=_resource(reading, write),
        mode=cast(Any, mode if mode in ("create", "update") else "upsert"),
        match=tuple(
            Alternative(fields=read_fields(reading, each), origin=each.origin)
            for each in (items(match) if isinstance(match, ListNode) else (match,))
            if isinstance(each, MappingNode)
        ),
        marker=read_fields(reading, child(node, "marker")),
        narrow_by=tuple(Const(value=text(each), origin=each.origin) for each in items(child(node, "narrow_by"))),
        set=read_fields(reading, child(node, "set")),
        set_once=read_fields(reading, child(node, "set_once")),
        on_change=cast(Any, "ignore" if text(child(node, "on_change")) == "ignore" else "attention"),
        origin=origin,
        at=place(write, origin),
    )


def _resource(reading: Reading, node: Node | None) -> str | Choose:
    if isinstance(node, MappingNode):
        choose = node.get("choose")
        return read_choose(reading, choose) if choose else Choose(branches=(), origin=node.origin)
    return reading.named_resource(node)


def _check_target(reading: Reading, node: MappingNode, mode: str) -> None:
    if mode == "create" and "match" in node:
        hint = "A document that is made once has a marker; to follow the source, leave `mode` out."
        reading.wrong("R005", "`match` has no meaning with `mode: create`.", node.entries["match"].origin, hint)
    if mode == "update" and "match" not in node:
        hint = "Say which document is to be changed: `match: {field: value}`."
        reading.wrong("R014", "`mode: update` needs a `match`.", node.entries["mode"].origin, hint)
    if "on_change" in node and mode != "create":
        hint = "With upsert and update the document follows its source anyway."
        reading.wrong("R015", "`on_change` belongs to `mode: create`.", node.entries["on_change"].origin, hint)
    twice = {entry.name: entry for entry in entries(node.get("set"))}
    for once in entries(node.get("set_once")):
        if once.name in twice:
            message = f"`{once.name}` stands under `set` and under `set_once`."
            reading.wrong("R021", message, once.origin, "Under `set` it always follows the source; keep one of them.")


def _further(reading: Reading, node: Node | None) -> tuple[Further, ...]:
    found = []
    for entry in entries(node):
        inner = entry.node
        further = Further(
            name=entry.name,
            to=read_target(reading, inner, entry),
            when=read_condition(child(inner, "when")),
            with_=read_lookups(reading, child(inner, "with")),
            let=read_named(reading, child(inner, "let")),
            origin=entry.origin,
        )
        found.append(further)
    return tuple(found)


def _check_rule(reading: Reading, node: MappingNode, entry: Entry) -> None:
    name, has_from, on_demand = f"`{entry.name}`", "from" in node, flag(node.get("on_demand"))
    if not has_from and not on_demand:
        hint = "Say what it reads with `from`, or `on_demand: true` when only other rules ask for it."
        reading.wrong("R004", f"The rule {name} reads nothing.", entry.origin, hint)
    if "key" not in node and "claim" not in node and has_from:
        hint = "Say what tells one document from the next in the source, for example `key: item.id`."
        reading.wrong("R003", f"The rule {name} has no `key`.", entry.origin, hint)
    if "key" in node and on_demand and not has_from:
        hint = "The key that was asked for is in scope as `key`."
        reading.wrong("R019", "An on-demand rule without `from` takes its key from who asks.", _at(node, "key"), hint)
    if "group_by" in node and not has_from:
        reading.wrong("R018", "`group_by` needs a `from`: there are no rows to group.", _at(node, "group_by"))
    if "key" in node and "claim" in node:
        reading.wrong("R003", "A rule has a `key` or a `claim`, not both.", _at(node, "claim"))


def _at(node: MappingNode, word: str) -> Any:
    entry = node.entries.get(word)
    return entry.origin if entry else NOWHERE
