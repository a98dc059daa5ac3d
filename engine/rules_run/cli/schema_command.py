"""`rules-run schema`."""

from __future__ import annotations

import click

from rules_run.bundled import bundled

NAMES = ("rules", "rule-tests", "tenant", "manifest", "catalogue", "overrides", "conformance")


@click.command("schema")
@click.argument("name", type=click.Choice(NAMES), default="rules")
def command(name: str) -> None:
    """Print the JSON Schema of a kind of file, for editors and reviewers."""
    click.echo((bundled("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"), nl=False)
