"""Rule tests as people wrote them: what is given, what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Literal

from rules_run.model.exchange import Record
from rules_run.model.frozen import frozen
from rules_run.model.problem import NOWHERE, Origin

Given = Mapping[str, tuple[Record, ...]]
"""Records by `alias.Resource`."""
Rows = Mapping[str, tuple[Mapping[str, str], ...]]
"""Rows by table."""
Outcome = Literal["create", "update", "fail", "hold", "skip", "warning", "stop"]
Fault = Literal[
    "refuse", "reset_before_commit", "reset_after_commit", "timeout_before_commit", "timeout_after_commit",
    "late_commit", "answer_after_commit", "cut_body", "empty_body", "html_body",
]  # fmt: skip


@frozen
class Expectation:
    """One expected write (`of` is `alias.Resource`), outcome (`of` is a rule) or stop; `has` compares dotted fields."""

    outcome: Outcome
    of: str
    has: Mapping[str, object] = field(default_factory=dict)
    says: str = ""
    origin: Origin = NOWHERE


@frozen
class Reply:
    """A scripted answer of a system to the n-th request and `times - 1` more of them; a `times` of 0 means always.

    `seconds` say when a late commit comes, and for how long a system refuses connections.
    """

    to: str
    verb: Literal["create", "update", "read"] = "create"
    nth: int = 1
    times: int = 1
    status: int | None = None
    body: object = None
    retry_after: int | None = None
    seconds: float = 1.0
    fault: Fault | None = None
    origin: Origin = NOWHERE


@frozen
class Step:
    """One run of a case: what changes before it, all that is expected of it, and how many `records` there are then."""

    expect: tuple[Expectation, ...]
    now: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    tables: Rows = field(default_factory=dict)
    given: Given = field(default_factory=dict)
    replace: Given = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)
    origin: Origin = NOWHERE


@frozen
class Case:
    """One case: a first run, runs after it, each followed by one that must write nothing."""

    name: str
    first: Step
    then: tuple[Step, ...] = ()
    reply: tuple[Reply, ...] = ()
    only: tuple[str, ...] = ()
    sandboxes: Mapping[str, Record] = field(default_factory=dict)
    origin: Origin = NOWHERE


@frozen
class RuleTests:
    """One test file: what all cases share, and the cases."""

    rules: str
    cases: tuple[Case, ...]
    now: str | None = None
    time_zone: str = "UTC"
    settings: Mapping[str, object] = field(default_factory=dict)
    tables: Rows = field(default_factory=dict)
    given: Given = field(default_factory=dict)
    picklists: Mapping[str, object] = field(default_factory=dict)
    sandboxes: Mapping[str, Record] = field(default_factory=dict)
    file: str = ""
    origin: Origin = NOWHERE

    def matching(self, text: str) -> RuleTests:
        """Return the file with only those cases whose name holds a text."""
        return replace(self, cases=tuple(case for case in self.cases if text in case.name))
