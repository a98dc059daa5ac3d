"""What would be done, as a value: it is printed, saved, compared and applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of a document, before and after; `old` is absent (None) for a new document."""

    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """A further write of a document: its name, resource and what it would do."""

    name: str
    resource: str
    action: Action
    changes: tuple[Change, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything one run would do for one integration."""

    tenant: str
    integration: str
    version: str
    rule_digest: str
    date: str
    documents: tuple[Planned, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: Problem | None = None
    promises: tuple[str, ...] = field(default=())

    def count(self, action: Action) -> int:
        """Return how many documents have that action."""
        return sum(1 for document in self.documents if document.action is action)

    @property
    def writes(self) -> int:
        """Return how many documents would be written (adoption writes the ledger only)."""
        return sum(
            1
            for each in self.documents
            if each.action in {Action.CREATE, Action.UPDATE, Action.FINISH}
            or any(follow.action in WRITING for follow in each.follow)
        )
