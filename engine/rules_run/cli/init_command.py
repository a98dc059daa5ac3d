"""`rules-run init`."""

from __future__ import annotations

from pathlib import Path

import click

from rules_run.cli.options import workspace_of


@click.group("init")
def command() -> None:
    """Start a workspace, an integration or a connector from files that work."""


@command.command("workspace")
@click.argument("integration")
@click.option("--tenant", metavar="NAME", default="example", show_default=True, help="Name of the first tenant.")
@click.pass_obj
def workspace(directory: str, integration: str, tenant: str) -> None:
    """Start a workspace here (or in -C DIR) around INTEGRATION, which ships with the program."""
    from rules_run.cli import starting

    start = starting.Start(Path(directory))
    starting.workspace(start, integration, tenant)
    _tell(start.write(), f"Replace CHANGE-ME in tenants/{tenant}.yaml, then: rules-run validate")


@command.command("integration")
@click.argument("name")
@click.pass_obj
def integration(directory: str, name: str) -> None:
    """Start the integration NAME in this workspace: a small rule file and a rule test that passes."""
    from rules_run.cli import starting

    start = starting.Start(workspace_of(directory).root)
    starting.integration(start, name)
    _tell(start.write(), f"Now: rules-run test {name}")


@command.command("connector")
@click.argument("name")
@click.pass_obj
def connector(directory: str, name: str) -> None:
    """Start the connector NAME in this workspace: a manifest and a catalogue with one resource."""
    from rules_run.cli import starting

    start = starting.Start(workspace_of(directory).root)
    starting.connector(start, name)
    _tell(start.write(), f"Now: rules-run connectors {name}")


def _tell(paths: list[Path], then: str) -> None:
    for path in paths:
        click.echo(f"wrote {path}")
    click.echo(then)
