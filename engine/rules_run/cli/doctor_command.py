"""`rules-run doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import tenant_names
from rules_run.cli.options import workspace_of
from rules_run.cli.terminal import paint

if TYPE_CHECKING:
    from rules_run.runtime.examining import Finding

MARKS = {"good": ("ok", "green"), "unsure": ("note", "yellow"), "bad": ("BAD", "red")}


@click.command("doctor")
@click.option("--tenant", metavar="NAME", shell_complete=tenant_names, help="Tenant (default: the only one).")
@click.option("-q", "--quiet", is_flag=True, help="Only what is bad or cannot be promised.")
@click.pass_obj
def command(directory: str, tenant: str | None, quiet: bool) -> int:
    """Look whether a tenant can run: ledger, log-ins, what the rules need, clocks; say what cannot be promised here.

    Nothing is written. Leaves with 3 where something keeps a run from its work.
    """
    from rules_run.runtime.checking import open_tenant
    from rules_run.runtime.examining import examine

    workspace = workspace_of(directory)
    the_tenant, ready = open_tenant(workspace, tenant, (), {})
    findings: list[Finding] = []
    for finding in examine(workspace, the_tenant, [each.integration for each in ready]):
        findings.append(finding)
        if not quiet or finding.level != "good":
            mark, colour = MARKS[finding.level]
            click.echo(f"{paint(f'{mark:<4}', colour)} {finding.what}: {finding.says}")
    for line in _end(findings):
        click.echo(line)
    return 3 if any(each.level == "bad" for each in findings) else 0


def _end(findings: list[Finding]) -> Iterator[str]:
    bad = sum(each.level == "bad" for each in findings)
    unsure = [each for each in findings if each.level == "unsure"]
    yield ""
    if unsure:
        yield f"Not guaranteed here ({len(unsure)}): {'; '.join(each.what for each in unsure)}."
    yield f"{len(findings)} things looked at: {bad or 'nothing'} bad."
