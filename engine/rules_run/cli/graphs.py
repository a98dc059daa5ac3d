"""An integration as a graph: which resources its rules read and write, by which fields, and what refers to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from rules_run.mapping.needs import paths_of, uses
from rules_run.model.rules import Further, Integration, Rule, Target
from rules_run.model.values import Const, Each, FieldLine, Item, Lines, Lookup, Value

Kind = Literal["reads", "looks up", "ref", "writes", "then"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From one node to another: names of resources are `alias.Resource`, those of rules have no dot."""

    start: str
    end: str
    kind: Kind
    label: str = ""


@dataclass(slots=True, kw_only=True)
class Graph:
    """The nodes and edges of one integration."""

    name: str
    systems: dict[str, str]
    rules: dict[str, str] = field(default_factory=dict)
    reads: dict[str, list[str]] = field(default_factory=dict)
    writes: dict[str, list[str]] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def resources(self, alias: str) -> list[str]:
        """Return the resources of one system, as they come up."""
        return [each for each in dict.fromkeys([*self.reads, *self.writes]) if each.partition(".")[0] == alias]


def graph_of(integration: Integration) -> Graph:
    """Return the graph of an integration."""
    graph = Graph(name=integration.name, systems=dict(integration.connectors))
    for rule in integration.rules:
        graph.rules[rule.name] = rule.description
        _rule(graph, rule)
    return graph


def _rule(graph: Graph, rule: Rule) -> None:
    scope: dict[str, str] = {}
    if rule.from_ is not None:
        scope[rule.from_.name] = resource = rule.from_.source.resource
        graph.edges.append(Edge(start=resource, end=rule.name, kind="reads"))
        _add(graph.reads, resource, (test.field for test in rule.from_.source.where))
    every = [*rule.with_, *_inner(rule.to), *(each for further in rule.on_success for each in further.with_)]
    for lookup in every:
        _lookup(graph, rule.name, lookup, scope)
    for name, fields in uses(rule).items():
        if name in scope:
            _add(graph.reads, scope[name], (each for each in sorted(fields) if each != "*"))
    if rule.group_by is not None and rule.from_ is not None:
        _add(graph.reads, rule.from_.source.resource, sorted(_of_members(rule, rule.group_by.name)))
    _target(graph, rule.name, rule.to, "writes", "")
    for further in (*rule.on_success, *rule.on_failure):
        _further(graph, rule, further)


def _further(graph: Graph, rule: Rule, further: Further) -> None:
    when = "failure" if further in rule.on_failure else "success"
    _target(graph, rule.name, further.to, "then", f"on {when}: {further.name}")


def _lookup(graph: Graph, rule: str, lookup: Lookup, scope: dict[str, str]) -> None:
    if lookup.ref is not None:
        graph.edges.append(Edge(start=lookup.ref, end=rule, kind="ref", label=lookup.name))
    elif lookup.resource is not None:
        scope[lookup.name] = lookup.resource
        graph.edges.append(Edge(start=lookup.resource, end=rule, kind="looks up", label=lookup.name))
        _add(graph.reads, lookup.resource, (test.field for test in lookup.where))


def _target(graph: Graph, rule: str, target: Target, kind: Kind, label: str) -> None:
    for resource in resources_of(target):
        graph.edges.append(Edge(start=rule, end=resource, kind=kind, label=label or target.mode))
        matched = [line.path for alternative in target.match for line in alternative.fields]
        _add(graph.writes, resource, [*matched, *_paths((*target.set, *target.set_once))])


def resources_of(target: Target) -> list[str]:
    """Return every resource that a target may be written to."""
    if isinstance(target.resource, str):
        return [target.resource]
    producers = [branch.value.producer for branch in target.resource.branches]
    return [str(each.value) for each in producers if isinstance(each, Const)]


def _paths(lines: Iterable[FieldLine]) -> Iterator[str]:
    for line in lines:
        if isinstance(line.value, Lines):
            for block in line.value.blocks:
                body = block.body if isinstance(block, Each) else block
                for item in (body,) if isinstance(body, Item) else body.branches:
                    yield from (f"{line.path}[].{inner}" for inner in _paths(item.fields))
        else:
            yield line.path


def _inner(target: Target) -> Iterator[Lookup]:
    for line in (*target.set, *target.set_once):
        if isinstance(line.value, Lines):
            yield from (each for block in line.value.blocks if isinstance(block, Each) for each in block.with_)


def _of_members(rule: Rule, group: str) -> set[str]:
    """Return the source fields that are read through the members of a group."""
    found: set[str] = set()
    values = [value for line in (*rule.to.set, *rule.to.set_once) for value in _values(line)]
    for value in (*values, *rule.key, *(each.value for each in rule.let)):
        for path in paths_of(value):
            names = [name for name in path[2:] if name != "[]"]
            if path[:2] == (group, "items") and names:
                found.add(names[0])
    return found


def _values(line: FieldLine) -> Iterator[Value]:
    if isinstance(line.value, Lines):
        yield from (block.items for block in line.value.blocks if isinstance(block, Each))
    else:
        yield line.value


def _add(known: dict[str, list[str]], resource: str, fields: Iterable[str]) -> None:
    held = known.setdefault(resource, [])
    held.extend(each for each in dict.fromkeys(fields) if each not in held)
