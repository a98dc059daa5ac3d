"""The workspace and tenant that a group of commands was called for."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from rules_run.runtime.workspace import Workspace

if TYPE_CHECKING:
    from rules_run.ledger.home import Home
    from rules_run.ledger.ledger import Ledger

Command = TypeVar("Command", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
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


def decision(command: Command) -> Command:
    """Add the options under which a person decides something."""
    command = click.option("--why", required=True, metavar="REASON", help="Why; it is kept.")(command)
    return click.option("--by", "who", default=login_name, metavar="NAME", help="Who says so (default: the log-in).")(
        command
    )


def login_name() -> str:
    """Return the name of who is logged in on this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
