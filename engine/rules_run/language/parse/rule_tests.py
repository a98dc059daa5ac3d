"""A file of rule tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from rules_run.model.exchange import Record
from rules_run.model.rule_tests import Case, Expectation, Given, Outcome, Reply, Rows, RuleTests, Step

from ..yaml_nodes import MappingNode, Node, plain
from .reading import Reading, child, entries, items, optional_text, text, whole_number

OUTCOMES: tuple[Outcome, ...] = ("create", "update", "fail", "hold", "skip", "warning", "stop")


def read_rule_tests(reading: Reading, node: MappingNode, file: str) -> RuleTests:
    """Read a test file."""
    _check_now(reading, node)
    return RuleTests(
        rules=text(node.get("rules")),
        cases=tuple(_case(reading, item) for item in items(node.get("cases"))),
        now=optional_text(node.get("now")),
        time_zone=text(node.get("time_zone"), "UTC"),
        settings=_record(node.get("settings")),
        tables=_rows(node.get("tables")),
        given=_given(node.get("given")),
        picklists=_record(node.get("picklists")),
        sandboxes=_sandboxes(node.get("sandboxes")),
        file=file,
        origin=node.entries["rules"].node.origin if "rules" in node else node.origin,
    )


def _case(reading: Reading, node: Node) -> Case:
    return Case(
        name=text(child(node, "name")),
        first=_step(reading, node),
        then=tuple(_step(reading, item) for item in items(child(node, "then"))),
        reply=tuple(_reply(item) for item in items(child(node, "reply"))),
        only=tuple(text(item) for item in items(child(node, "only"))),
        sandboxes=_sandboxes(child(node, "sandboxes")),
        origin=node.origin,
    )


def _step(reading: Reading, node: Node) -> Step:
    _check_now(reading, node)
    expected = (_expectation(reading, item) for item in items(child(node, "expect")))
    return Step(
        expect=tuple(each for each in expected if each is not None),
        now=optional_text(child(node, "now")),
        settings=_record(child(node, "settings")),
        tables=_rows(child(node, "tables")),
        given=_given(child(node, "given")),
        replace=_given(child(node, "replace")),
        records=cast(Any, _record(child(node, "records"))),
        origin=node.origin,
    )


def _expectation(reading: Reading, node: Node) -> Expectation | None:
    found: list[Outcome] = [word for word in OUTCOMES if isinstance(node, MappingNode) and word in node]
    if len(found) != 1:
        if reading.sound(node):
            message = f"An expectation says exactly one of {', '.join(OUTCOMES)}."
            reading.wrong("R080", message, node.origin)
        return None
    named = child(node, found[0])
    return Expectation(
        outcome=found[0],
        of=text(named),
        has=_record(child(node, "has")),
        says=text(child(node, "says")),
        origin=named.origin if named is not None else node.origin,
    )


def _reply(node: Node) -> Reply:
    nth, times = whole_number(child(node, "nth")), whole_number(child(node, "times"))
    fault, seconds = optional_text(child(node, "fault")), whole_number(child(node, "seconds"))
    again = whole_number(child(node, "retry_after"))
    if times is None:  # a fault comes once, and so does what is said of the n-th request; else an answer comes always
        times = 0 if nth is None and fault is None else 1
    return Reply(
        to=text(child(node, "to")),
        verb=cast(Any, text(child(node, "verb"), "create")),
        nth=1 if nth is None else nth,
        times=times,
        status=whole_number(child(node, "status")),
        body=plain(child(node, "body")),
        retry_after=again,
        seconds=1 if seconds is None else seconds,
        fault=cast(Any, fault),
        origin=node.origin,
    )


def _check_now(reading: Reading, node: Node) -> None:
    now = child(node, "now")
    if now is None or not text(now):
        return
    try:
        datetime.fromisoformat(text(now))
    except ValueError:
        hint = "Write 2026-01-31 or 2026-01-31T08:00:00Z."
        reading.wrong("R081", f"`now` is not a date: {text(now)}.", now.origin, hint)


def _record(node: Node | None) -> Record:
    found = plain(node)
    return found if isinstance(found, dict) else {}


def _given(node: Node | None) -> Given:
    return {entry.name: tuple(_record(item) for item in items(entry.node)) for entry in entries(node)}


def _sandboxes(node: Node | None) -> Mapping[str, Record]:
    return {entry.name: _record(entry.node) for entry in entries(node)}


def _rows(node: Node | None) -> Rows:
    return {entry.name: tuple(_row(item) for item in items(entry.node)) for entry in entries(node)}


def _row(node: Node) -> Mapping[str, str]:
    return {name: "" if value is None else _cell(value) for name, value in _record(node).items()}


def _cell(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
