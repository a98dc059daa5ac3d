"""What happened to a record."""

from __future__ import annotations

from dataclasses import dataclass

from rules_run.model.exchange import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A record before and after; one of them is missing where it was made or deleted."""

    before: Record | None
    after: Record | None
    person: int | None = None

    @property
    def action(self) -> str:
        """Return what happened, as callouts say it."""
        return "Create" if self.before is None else "Delete" if self.after is None else "Update"

    @property
    def record(self) -> Record:
        """Return the record as it is, or was at last."""
        return self.after or self.before or {}
