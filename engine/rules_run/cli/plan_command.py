"""`rules-run plan`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rules_run.cli.options import date_from, run_options, settings_from, workspace_of
from rules_run.cli.show_plan import lines
from rules_run.model.plan import Action, Plan
from rules_run.runtime.checking import open_tenant
from rules_run.runtime.opening import open_run
from rules_run.runtime.saved_plan import as_json, save


@click.command("plan")
@click.argument("integrations", nargs=-1)
@run_options
@click.option("--out", type=click.Path(dir_okay=False), help="Save the plan, for `apply --plan`.")
@click.option("--check-targets", is_flag=True, help="Read every target, also of unchanged documents: shows drift.")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 2 when there is something to do.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-v", "--verbose", is_flag=True, help="Name every skipped record.")
@click.pass_obj
def command(
    directory: str,
    integrations: tuple[str, ...],
    assignments: tuple[str, ...],
    date_: str | None,
    tenant: str | None,
    out: str | None,
    check_targets: bool,
    detailed_exitcode: bool,
    output_format: str,
    verbose: bool,
) -> int:
    """Show what would be done for INTEGRATIONS (default: all of the tenant); nothing is written."""
    workspace = workspace_of(directory)
    the_tenant, ready = open_tenant(workspace, tenant, integrations, settings_from(assignments))
    date = date_from(date_)
    with open_run(workspace, the_tenant, date=date.isoformat() if date else "", writing=False) as run:
        plans = [run.plan(each, check_targets=check_targets).plan for each in ready]
    if output_format == "json":
        click.echo(json.dumps(as_json(plans), indent=2, ensure_ascii=False))
    else:
        for plan in plans:
            for line in lines(plan, verbose=verbose):
                click.echo(line)
    if out is not None:
        save(plans, Path(out))
        click.echo(f"Saved to {out}. Apply exactly this with: rules-run apply --plan {out}", err=True)
    return _exit_code(plans, detailed=detailed_exitcode)


def _exit_code(plans: list[Plan], *, detailed: bool) -> int:
    if any(plan.stopped or plan.count(Action.FAIL) or plan.count(Action.HOLD) for plan in plans):
        return 3
    return 2 if detailed and any(plan.writes or plan.count(Action.ADOPT) for plan in plans) else 0
