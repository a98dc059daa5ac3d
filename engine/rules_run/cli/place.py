"""The workspace and tenant that a group of commands was called for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rules_run.model.frozen import frozen
from rules_run.runtime.workspace import Workspace

if TYPE_CHECKING:
    from rules_run.ledger.home import Home
    from rules_run.ledger.ledger import Ledger


@frozen
class Place:
    """What `queue` and `ledger` hand to their commands."""

    workspace: Workspace
    tenant: str

    def home(self) -> Home:
        """Return where the tenant's ledger is kept."""
        from rules_run.runtime.homes import home_by_name

        return home_by_name(self.workspace, self.tenant)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the tenant's ledger for reading."""
        from rules_run.runtime.clock import SystemClock

        ledger = self.home().open(SystemClock(), read_only=True)
        try:
            yield ledger
        finally:
            ledger.close()
