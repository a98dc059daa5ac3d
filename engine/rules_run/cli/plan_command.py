"""`rules-run plan`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import integration_names
from rules_run.cli.options import Output, date_from, output_options, run_options, settings_from, workspace_of

if TYPE_CHECKING:
    from rules_run.model.plan import Plan


@click.command("plan")
@click.argument("integrations", nargs=-1, shell_complete=integration_names)
@run_options
@click.option("--out", type=click.Path(dir_okay=False), help="Save the plan, for `apply --plan`.")
@click.option("--check-targets", is_flag=True, help="Read every target, also of unchanged documents: shows drift.")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 2 when there is something to do.")
@output_options("text", "json", "markdown")
@click.option("-v", "--verbose", is_flag=True, help="Name every skipped record.")
@click.pass_obj
def command(
    directory: str,
    integrations: tuple[str, ...],
    assignments: tuple[str, ...],
    date: str | None,
    tenant: str | None,
    out: str | None,
    check_targets: bool,
    detailed_exitcode: bool,
    verbose: bool,
    output_format: str,
    output_file: str | None,
) -> int:
    """Show what would be done for INTEGRATIONS (default: all of the tenant); nothing is written."""
    from rules_run.runtime.checking import open_tenant
    from rules_run.runtime.opening import open_run
    from rules_run.runtime.quota import near
    from rules_run.runtime.saved_plan import save
    from rules_run.runtime.shelf import nothing

    workspace = workspace_of(directory)
    the_tenant, ready = open_tenant(workspace, tenant, integrations, settings_from(assignments))
    day = date_from(date)
    with open_run(workspace, the_tenant, date=day.isoformat() if day else "", writing=False) as run:
        plans = [run.plan(each, check_targets=check_targets, keep=nothing).plan for each in ready]
        with Output(output_file) as told:
            told.lines(_told(plans, output_format, verbose=verbose))
        if out is not None:
            from pathlib import Path

            save(plans, Path(out))
        for said in near(run.usage()):
            click.echo(said, err=True)
    if out is not None:
        click.echo(f"Saved to {out}. Apply exactly this with: rules-run apply --plan {out}", err=True)
    return _exit_code(plans, detailed=detailed_exitcode)


def _told(plans: list[Plan], form: str, *, verbose: bool) -> Iterator[str]:
    from rules_run.cli.plan_markdown import render
    from rules_run.cli.show_plan import lines
    from rules_run.runtime import saved_plan

    if form == "json":
        yield from saved_plan.lines(plans)
    elif form == "markdown":
        yield render(plans)
    else:
        for plan in plans:
            yield from lines(plan, verbose=verbose)


def _exit_code(plans: list[Plan], *, detailed: bool) -> int:
    from rules_run.model.plan import Action

    if any(plan.stopped or plan.count(Action.FAIL) or plan.count(Action.HOLD) for plan in plans):
        return 3
    return 2 if detailed and any(plan.tally.writes or plan.count(Action.ADOPT) for plan in plans) else 0
