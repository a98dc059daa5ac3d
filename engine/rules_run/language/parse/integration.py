"""A whole rule file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from rules_run.model.frozen import frozen
from rules_run.model.problem import Origin
from rules_run.model.rules import Integration, Limits, Precondition, Setting, Source, TableSpec
from rules_run.model.values import Lines

from ..settings import is_pattern, setting_fault
from ..suggest import did_you_mean
from ..yaml_nodes import Entry, ListNode, MappingNode, Node, plain
from .parts import read_lines, read_lookups
from .reading import Reading, child, entries, flag, items, number, optional_text, place, scalar, text, whole_number
from .rules import read_rule, read_source
from .values import read_condition, read_text


@frozen
class Parsed:
    """An integration as read, with its shared sources and what the checks must not rely on."""

    integration: Integration
    sources: Mapping[str, Source]
    used_sources: frozenset[str]
    lines: Mapping[str, tuple[Origin, Lines]]
    """Named lists of lines, each with the place of its name."""
    used_lines: frozenset[str]
    connector_origins: Mapping[str, Origin]

    def with_digest(self, digest: str) -> Parsed:
        """Return the same with the digest of the integration's content."""
        return replace(self, integration=replace(self.integration, digest=digest))

    unsure_names: frozenset[Origin]
    unsure_fields: frozenset[Origin]
    unsure_sections: frozenset[str]


def read_integration(reading: Reading, node: MappingNode, file: str) -> Parsed:
    """Read a rule file."""
    reading.unsure_sections.update(entry.name for entry in node if not reading.sound(entry.node))
    if not all(isinstance(entry.node, MappingNode) for entry in entries(node.get("rules"))):
        reading.unsure_sections.add("rules")
    sources = {entry.name: read_source(reading, entry) for entry in entries(node.get("sources"))}
    rules = entries(node.get("rules"))
    lines = [entry for entry in entries(node.get("lines")) if isinstance(entry.node, ListNode)]
    reading.lines = {entry.name: read_lines(reading, cast(ListNode, entry.node), entry.name) for entry in lines}
    integration = Integration(
        name=text(node.get("name")),
        version=text(node.get("version")),
        description=text(node.get("description")),
        connectors={entry.name: text(entry.node) for entry in entries(node.get("connectors"))},
        settings=tuple(_setting(reading, entry) for entry in entries(node.get("settings"))),
        tables=tuple(_table(reading, entry) for entry in entries(node.get("tables"))),
        preconditions=tuple(
            condition
            for entry in entries(node.get("preconditions"))
            if (condition := _precondition(reading, entry)) is not None
        ),
        limits=read_limits(node.get("limits")),
        rules=tuple(read_rule(reading, entry, sources) for entry in rules if isinstance(entry.node, MappingNode)),
        file=file,
    )
    if not reading.whole(node.get("lines")):
        reading.unsure_names.update(rule.origin for rule in integration.rules)
        reading.unsure_fields.update(rule.origin for rule in integration.rules)
    used = {text(child(child(entry.node, "from"), "source")) for entry in entries(node.get("rules"))}
    return Parsed(
        integration=integration,
        sources=sources,
        used_sources=frozenset(used),
        lines={entry.name: (entry.origin, reading.lines[entry.name]) for entry in lines},
        used_lines=frozenset(reading.used_lines),
        connector_origins={entry.name: entry.origin for entry in entries(node.get("connectors"))},
        unsure_names=frozenset(reading.unsure_names),
        unsure_fields=frozenset(reading.unsure_fields),
        unsure_sections=frozenset(reading.unsure_sections),
    )


def _setting(reading: Reading, entry: Entry) -> Setting:
    node = entry.node
    default = child(node, "default")
    kind = text(child(node, "type"), "text")
    setting = Setting(
        name=entry.name,
        type=cast(Any, kind),
        description=text(child(node, "description")),
        default=plain(default),
        required=default is None,
        enum=tuple(plain(each) for each in items(child(node, "enum"))),
        minimum=scalar(child(node, "minimum")),
        pattern=optional_text(child(node, "pattern")),
        origin=entry.origin,
    )
    if setting.pattern is not None and not is_pattern(setting.pattern):
        origin = place(child(node, "pattern"), entry.origin)
        reading.wrong("R025", "This is not a regular expression.", origin, "A pattern like ^[A-Z]{3}$ is expected.")
    elif default is not None and reading.whole(node) and (fault := setting_fault(setting, setting.default)):
        reading.wrong("R022", f"The default of `{entry.name}` {fault}.", default.origin)
    return setting


def _table(reading: Reading, entry: Entry) -> TableSpec:
    node = entry.node
    columns = tuple(text(each) for each in items(child(node, "columns")))
    spec = TableSpec(
        name=entry.name,
        file=text(child(node, "file")),
        key=text(child(node, "key")),
        columns=columns,
        only={each.name: text(each.node) for each in entries(child(node, "only"))},
        one_to_one=flag(child(node, "one_to_one")),
        origin=entry.origin,
        at=place(child(node, "file"), entry.origin),
    )
    if reading.whole(node):
        _check_columns(reading, node, spec)
    return spec


def _check_columns(reading: Reading, node: Node, spec: TableSpec) -> None:
    known = (spec.key, *spec.columns)
    for each in entries(child(node, "only")):
        if each.name not in known:
            hint = did_you_mean(each.name, known, "Columns")
            reading.wrong("R023", f"The table `{spec.name}` has no column `{each.name}`.", each.origin, hint)
    seen = {spec.key}
    for column in items(child(node, "columns")):
        if text(column) in seen:
            message = f"The column `{text(column)}` is named twice."
            reading.wrong("R024", message, column.origin, "`columns` are the columns beside the key.")
        seen.add(text(column))


def _precondition(reading: Reading, entry: Entry) -> Precondition | None:
    node = entry.node
    that = read_condition(child(node, "that"))
    if not reading.whole(child(node, "with")):
        reading.unsure_names.add(entry.origin)
    if that is None:
        return None
    return Precondition(
        name=entry.name,
        that=that,
        message=read_text(child(node, "message"), entry.origin),
        with_=read_lookups(reading, child(node, "with")),
        active=read_condition(child(node, "active")),
        origin=entry.origin,
    )


def read_limits(node: Node | None) -> Limits:
    """Read how much one run may do."""
    return Limits(
        creates=whole_number(child(node, "creates")),
        updates=whole_number(child(node, "updates")),
        percent=whole_number(child(node, "percent")),
        failures=whole_number(child(node, "failures")),
        money=number(child(node, "money")),
    )
