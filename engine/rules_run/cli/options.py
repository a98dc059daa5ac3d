"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import click

from rules_run.runtime.workspace import Workspace, find_workspace

Command = TypeVar("Command", bound=Callable[..., object])


def workspace_of(directory: str) -> Workspace:
    """Return the workspace that a command is called in."""
    return find_workspace(Path(directory))


def run_options(command: Command) -> Command:
    """Add the options that choose a tenant, a date and settings."""
    for option in (
        click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="A setting for this run."),
        click.option("--date", "date_", metavar="YYYY-MM-DD", help="Date of the run (default: today, tenant's zone)."),
        click.option("--tenant", metavar="NAME", help="Tenant (default: the only one)."),
    ):
        command = option(command)
    return command


def settings_from(assignments: tuple[str, ...]) -> dict[str, str]:
    """Return `--set` options by name."""
    found: dict[str, str] = {}
    for text in assignments:
        name, sign, value = text.partition("=")
        if not sign:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
        found[name] = value
    return found


def date_from(text: str | None) -> date | None:
    """Return `--date` as a date."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date like 2019-06-04", param_hint="--date") from None
