"""What would be done, as a value: it is printed, saved, compared and applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Self

from rules_run.model.frozen import frozen
from rules_run.model.problem import Problem


class Action(StrEnum):
    """What a plan says about one document."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    FINISH = "finish"
    NOTHING = "nothing"
    HOLD = "hold"
    FAIL = "fail"
    SKIP = "skip"
    STALE = "stale"


WRITING = frozenset({Action.CREATE, Action.UPDATE, Action.ADOPT, Action.FINISH})
_WRITTEN = WRITING - {Action.ADOPT}


@frozen
class Change:
    """One field of a document, before and after; `old` is absent (None) for a new document."""

    field: str
    old: object
    new: object


@frozen
class Follow:
    """A further write of a document: its name, resource and what it would do."""

    name: str
    resource: str
    action: Action
    changes: tuple[Change, ...] = ()
    problem: Problem | None = None


@frozen
class Planned:
    """What would be done about one document."""

    rule: str
    key: str
    resource: str
    action: Action
    label: str = ""
    target_id: str | None = None
    changes: tuple[Change, ...] = ()
    steps: tuple[str, ...] = ()
    follow: tuple[Follow, ...] = ()
    problem: Problem | None = None
    warnings: tuple[Problem, ...] = ()
    amount: Decimal | None = None
    digest: str = ""
    cause: str = ""
    """What held, failed or skipped documents share, so that people read it once."""
    add_row: tuple[str, str] | None = None
    """A row that is missing in a mapping table: its file, and the CSV line to add."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """How much a plan would do, counted once."""

    counts: Counter[Action] = field(default_factory=Counter)
    money: Decimal = Decimal(0)
    """In new documents."""
    writes: int = 0
    """Documents that would be written; adoption writes the ledger only."""
    rules: set[str] = field(default_factory=set)
    """Rules that would write anything, the ledger included."""

    @classmethod
    def of(cls, documents: Iterable[Planned]) -> Self:
        """Count documents."""
        tally = cls()
        for each in documents:
            tally._add(each)
        return tally

    def _add(self, planned: Planned) -> None:
        self.counts[planned.action] += 1
        self.money += planned.amount or 0
        follows = any(follow.action in WRITING for follow in planned.follow)
        self.writes += planned.action in _WRITTEN or follows
        if follows or planned.action in WRITING:
            self.rules.add(planned.rule)


@frozen
class Plan:
    """Everything one run would do for one integration; `documents` can be gone through again and again."""

    tenant: str
    integration: str
    version: str
    rule_digest: str
    date: str
    documents: Collection[Planned] = ()
    notes: tuple[str, ...] = ()
    stopped: Problem | None = None
    promises: tuple[str, ...] = field(default=())
    tally: Tally = field(default_factory=Tally)

    def count(self, action: Action) -> int:
        """Return how many documents have that action."""
        return self.tally.counts[action]
