"""One integration as a whole: every part in its scope, circles among rules, and what nothing uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules_run.model.catalogue import Catalogue
from rules_run.model.problem import Problem
from rules_run.model.rules import Rule
from rules_run.model.values import Each, Fields, Lines, Lookup

from ..parse.integration import Parsed
from .checking import Checking
from .links import check_links
from .names import circle_start, in_order
from .rules import base_scope, check_precondition, check_rule, check_source


def check_parsed(parsed: Parsed, catalogues: Mapping[str, Catalogue], *, complete: bool = True) -> list[Problem]:
    """Check an integration against the catalogues of its aliases.

    What nothing uses is only said of a file without mistakes: the use may be what is misspelt.
    """
    checking = Checking(parsed=parsed, catalogues=catalogues)
    base = base_scope(checking)
    for source in parsed.sources.values():
        check_source(checking, source, base)
    for precondition in parsed.integration.preconditions:
        check_precondition(checking, precondition, base)
    for rule in parsed.integration.rules:
        check_rule(checking, rule, base)
    _check_circles(checking)
    check_links(checking)
    if complete and all(problem.level == "warning" for problem in checking.problems):
        _check_unused(checking)
        return checking.problems
    return [problem for problem in checking.problems if problem.code != "R062"]


def _check_circles(checking: Checking) -> None:
    rules = checking.integration.rules
    lookups = {rule.name: list(lookups_of(rule)) for rule in rules}
    needs = {name: {each.ref for each in found if each.ref} for name, found in lookups.items()}
    _, circles = in_order(needs)
    for circle in circles:
        first, way = circle_start(circle, lookups)
        inner = next((each for each in lookups[first] if each.ref in circle), None)
        message = f"These rules need each other's documents: {way}."
        hint = "One of them must come first: write the later reference with `on_success`."
        checking.wrong("R057", message, inner.at if inner else checking.integration.rules[0].origin, hint)


def lookups_of(rule: Rule) -> Iterator[Lookup]:
    """Yield the look-ups that must be answered before a rule's document can be written."""
    yield from rule.with_
    for fields in (rule.to.set, rule.to.set_once):
        yield from _line_lookups(fields)


def _line_lookups(fields: Fields) -> Iterator[Lookup]:
    for line in fields:
        for block in line.value.blocks if isinstance(line.value, Lines) else ():
            if isinstance(block, Each):
                yield from block.with_


def _check_unused(checking: Checking) -> None:
    hint = "Delete it, or correct the name where it is used."
    for kind, found in (("setting", checking.integration.settings), ("table", checking.integration.tables)):
        if (kind, "*") in checking.used:
            continue
        for each in found:
            if (kind, each.name) not in checking.used:
                checking.warn("R062", f"Nothing uses the {kind} `{each.name}`.", each.origin, hint)
    for alias in checking.integration.connectors:
        if ("connector", alias) not in checking.used:
            origin = checking.parsed.connector_origins[alias]
            checking.warn("R062", f"Nothing uses the connector `{alias}`.", origin, hint)
    for kind, places, used in (
        ("source", {name: each.origin for name, each in checking.parsed.sources.items()}, checking.parsed.used_sources),
        ("list of lines", {name: at for name, (at, _) in checking.parsed.lines.items()}, checking.parsed.used_lines),
    ):
        for name in places.keys() - used:
            checking.warn("R062", f"Nothing uses the {kind} `{name}`.", places[name], hint)
