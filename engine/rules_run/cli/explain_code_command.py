"""`rules-run explain-code`."""

from __future__ import annotations

import click

from rules_run.cli.terminal import paint


@click.command("explain-code")
@click.argument("code", required=False)
def command(code: str | None) -> int:
    """Say what a problem code means; without CODE list them all."""
    from rules_run.cli.codes import CODES
    from rules_run.language.suggest import did_you_mean

    if code is None:
        for name, each in CODES.items():
            click.echo(f"{name}  {each.title}")
        return 0
    found = CODES.get(code.upper())
    if found is None:
        click.echo(f"There is no code {code}. {did_you_mean(code.upper(), CODES)}".rstrip(), err=True)
        return 1
    click.echo(paint(f"{code.upper()}  {found.title}", bold=True))
    click.echo(found.explanation)
    if found.example:
        click.echo(f"\n    {found.example}")
    return 0
