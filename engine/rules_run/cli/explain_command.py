"""`rules-run explain`."""

from __future__ import annotations

import click

from rules_run.cli.completing import integration_names, rule_names
from rules_run.cli.options import Output, date_from, output_options, run_options, settings_from, workspace_of


@click.command("explain")
@click.argument("integration", shell_complete=integration_names)
@click.argument("rule", shell_complete=rule_names)
@click.argument("key")
@run_options
@click.option("-v", "--verbose", is_flag=True, help="Show records whole.")
@output_options("text", "json")
@click.pass_obj
def command(
    directory: str,
    integration: str,
    rule: str,
    key: str,
    assignments: tuple[str, ...],
    date: str | None,
    tenant: str | None,
    verbose: bool,
    output_format: str,
    output_file: str | None,
) -> int:
    """Follow one record from source to target: RULE of INTEGRATION, the document with KEY.

    For every target field: the line of the rule file, what it read, what each step made of it, and what stands in the
    target now; for a record that is skipped, held or failed: why. Nothing is written.
    """
    from rules_run.cli.show_explanation import as_json, lines
    from rules_run.runtime.checking import open_tenant
    from rules_run.runtime.explaining import explain
    from rules_run.runtime.opening import open_run

    workspace = workspace_of(directory)
    the_tenant, ready = open_tenant(workspace, tenant, [integration], settings_from(assignments))
    if not ready:
        raise click.UsageError(f"{integration} is off for {the_tenant.name}: nothing is read for it.")
    day = date_from(date)
    with open_run(workspace, the_tenant, date=day.isoformat() if day else "", writing=False) as run:
        found = explain(run, ready[0], rule, key)
    with Output(output_file) as out:
        if output_format == "json":
            out.json(as_json(found))
        else:
            out.lines(lines(found, verbose=verbose))
    return 0
