"""`rules-run ledger`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import tenant_names
from rules_run.cli.options import date_from, decision, login_name, workspace_of

if TYPE_CHECKING:
    from rules_run.cli.place import Place
    from rules_run.ledger.ledger import Ledger

AFTERWARDS = "From now on the target is asked before every creation, until `rules-run ledger trust`."


@click.group("ledger")
@click.option("--tenant", metavar="NAME", shell_complete=tenant_names, help="Tenant (default: the only one).")
@click.pass_context
def command(ctx: click.Context, tenant: str | None) -> None:
    """Look after the ledger: what was sent, what was answered, what waits."""
    from rules_run.cli.place import Place

    workspace = workspace_of(ctx.obj)
    ctx.obj = Place(workspace=workspace, tenant=workspace.the_tenant(tenant))


@command.command("status")
@click.pass_obj
def status(place: Place) -> None:
    """Say where the ledger is kept, what it holds, and what was done to it."""
    with place.ledger() as ledger:
        for line in _status(ledger):
            click.echo(line)


def _status(ledger: Ledger) -> list[str]:
    lines = [f"Ledger   {ledger.name}", f"Lineage  {ledger.lineage}", f"Schema   {ledger.schema}"]
    lines += [f"{word:<10} {number}" for word, number in ledger.queue.count().items()]
    lines += [f"{deed.at:%Y-%m-%d %H:%M:%S}  {deed.what} by {deed.who}  {deed.why}" for deed in ledger.history.deeds()]
    since = ledger.history.doubted_since()
    if since is not None:
        lines.append(f"Since {since:%Y-%m-%d %H:%M:%S} the target is asked before every creation.")
    return lines


@command.command("upgrade")
@click.option("--by", "who", default=login_name, metavar="NAME", help="Who does it (default: the log-in).")
@click.pass_obj
def upgrade(place: Place, who: str) -> None:
    """Bring the ledger of an older version up to this one; a file is copied first."""
    from rules_run.runtime.clock import SystemClock

    clock, home = SystemClock(), place.home()
    with home.lock(clock):
        before, after = home.upgrade(clock, who=who)
    click.echo(f"Schema {before}: nothing to do." if before == after else f"Schema {before} -> {after}.")


@command.command("backup")
@click.argument("file", type=click.Path(dir_okay=False))
@click.pass_obj
def backup(place: Place, file: str) -> None:
    """Copy the ledger to a FILE that only you can read; a run may be at work meanwhile."""
    place.home().backup(Path(file))
    click.echo(f"{file} holds the ledger of {place.tenant}.")


@command.command("restore")
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@decision
@click.pass_obj
def restore(place: Place, file: str | None, who: str, why: str) -> None:
    """Put a backup in the place of the ledger. For PostgreSQL: pg_restore first, then this without a FILE."""
    from rules_run.runtime.clock import SystemClock

    clock, home = SystemClock(), place.home()
    with home.lock(clock):
        kept = home.restore(Path(file) if file else None, clock, who=who, why=why)
    if kept is not None:
        click.echo(f"What stood there is kept in {kept}.")
    click.echo(f"Restored. {AFTERWARDS}")


@command.command("rebuild")
@click.option("--date", metavar="YYYY-MM-DD", help="Date of the run (default: today, tenant's zone).")
@decision
@click.pass_obj
def rebuild(place: Place, date: str | None, who: str, why: str) -> None:
    """Make a lost ledger anew: every rule looks for what stands in its target. Nothing is written there."""
    from rules_run.runtime.checking import open_tenant
    from rules_run.runtime.homes import home_of
    from rules_run.runtime.rebuilding import rebuild as work

    tenant, ready = open_tenant(place.workspace, place.tenant, (), {})
    home = home_of(place.workspace, tenant)

    def told(integration: str, what: str) -> None:
        click.echo(f"{integration}: {what}")

    day = date_from(date)
    number = work(
        place.workspace, tenant, home, ready, date=day.isoformat() if day else "", who=who, why=why, told=told
    )
    click.echo(f"Rebuilt with {number} documents. {AFTERWARDS}")


@command.command("trust")
@decision
@click.pass_obj
def trust(place: Place, who: str, why: str) -> None:
    """Say that a restored or rebuilt ledger knows by now all that was sent: creations are not asked for any more."""
    from rules_run.ledger.history import What
    from rules_run.runtime.clock import SystemClock

    clock, home = SystemClock(), place.home()
    with home.lock(clock):
        ledger = home.open(clock)
        try:
            ledger.history.write(What.TRUSTED, who=who, why=why)
        finally:
            ledger.close()
    click.echo("Trusted.")
