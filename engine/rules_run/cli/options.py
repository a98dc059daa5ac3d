"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Self, TypeVar

import click

from rules_run.cli.completing import tenant_names

if TYPE_CHECKING:
    from datetime import date

    from rules_run.runtime.workspace import Workspace

PROBLEM_FORMATS = ("text", "json", "github", "gitlab", "junit", "sarif")
"""The forms in which problems are told."""
Command = TypeVar("Command", bound=Callable[..., object])


def workspace_of(directory: str) -> Workspace:
    """Return the workspace that a command is called in."""
    from pathlib import Path

    from rules_run.runtime.workspace import find_workspace

    return find_workspace(Path(directory))


def run_options(command: Command) -> Command:
    """Add the options that choose a tenant, a date and settings."""
    for option in (
        click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="A setting for this run."),
        click.option("--date", metavar="YYYY-MM-DD", help="Date of the run (default: today, tenant's zone)."),
        click.option("--tenant", metavar="NAME", shell_complete=tenant_names, help="Tenant (default: the only one)."),
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
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date like 2019-06-04", param_hint="--date") from None


def output_options(*formats: str) -> Callable[[Command], Command]:
    """Add the options that choose a form, by default the first, and a file for what a command tells."""

    def add(command: Command) -> Command:
        command = click.option("--output-file", type=click.Path(dir_okay=False), help="Write to a file.")(command)
        choice, told = click.Choice(formats), "Form of what is told."
        return click.option("--output-format", type=choice, default=formats[0], show_default=True, help=told)(command)

    return add


def decision(command: Command) -> Command:
    """Add the options under which a person decides something."""
    command = click.option("--why", required=True, metavar="REASON", help="Why; it is kept.")(command)
    return click.option("--by", "who", default=login_name, metavar="NAME", help="Who says so (default: the log-in).")(
        command
    )


def login_name() -> str:
    """Return the name of who is logged in on this machine."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


class Output:
    """Where a command tells what it has to tell: the terminal, or a file that is written whole at the end."""

    def __init__(self, file: str | None) -> None:
        self._file = file
        self._held: list[str] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Write the file, unless the command broke off."""
        if self._file is None or kind is not None:
            return
        from pathlib import Path

        text = "".join(f"{line}\n" for line in self._held)
        try:
            Path(self._file).write_text(text, encoding="utf-8")
        except OSError as fault:
            from rules_run.errors import InvalidFiles
            from rules_run.model.problem import Problem

            message = f"{self._file} cannot be written: {fault.strerror}."
            raise InvalidFiles([Problem(code="W050", message=message)]) from None

    def line(self, text: str) -> None:
        """Tell one line; in a file it has no colours."""
        if self._file is None:
            click.echo(text)
        else:
            self._held.append(click.unstyle(text))

    def lines(self, texts: Iterable[str]) -> None:
        """Tell several lines."""
        for text in texts:
            self.line(text)

    def json(self, value: object) -> None:
        """Tell a value as JSON."""
        import json

        self.line(json.dumps(value, indent=2, ensure_ascii=False))
