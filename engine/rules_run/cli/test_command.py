"""`rules-run test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import integration_names
from rules_run.cli.options import PROBLEM_FORMATS, Output, output_options, workspace_of

if TYPE_CHECKING:
    from rules_run.cli.formats import Examined

_PERCENT = click.FloatRange(0, 100)


@click.command("test")
@click.argument("integrations", nargs=-1, shell_complete=integration_names)
@click.option("-k", "pattern", default="", help="Only cases whose name holds this text.")
@click.option("-v", "--verbose", is_flag=True, help="Name the cases that pass, too.")
@click.option("--coverage", "measured", is_flag=True, help="Tell how much the cases reach, and what none of them does.")
@click.option("--fail-under", "least", type=_PERCENT, metavar="PERCENT", help="Least coverage of each integration.")
@click.option("--crashes", is_flag=True, help="Each case also with a crash after each of its effects; takes long.")
@output_options(*PROBLEM_FORMATS)
@click.pass_obj
def command(
    directory: str,
    integrations: tuple[str, ...],
    pattern: str,
    verbose: bool,
    measured: bool,
    least: float | None,
    crashes: bool,
    output_format: str,
    output_file: str | None,
) -> int:
    """Run the rule tests of INTEGRATIONS (default: all of the workspace); each case runs twice."""
    from rules_run.cli.formats import render
    from rules_run.cli.rule_tests import Testing, lines, own_integrations, plain, total

    workspace = workspace_of(directory)
    testing = Testing(
        workspace=workspace, pattern=pattern, crashes=crashes, measured=measured or least is not None, least=least or 0
    )
    cases: list[Examined] = []
    with Output(output_file) as out:
        for name in integrations or own_integrations(workspace):
            for case in testing.cases(name):
                cases.append(case)
                out.lines(lines(case, verbose=verbose) if output_format == "text" else ())
        examined = [*cases, *testing.measures()]
        if output_format == "text":
            out.lines(testing.told())
            out.line(total(cases))
        elif output_format == "json" and testing.measured:
            out.json(plain(cases, testing.coverages))
        else:
            out.line(render(output_format, examined))
    return 0 if cases and all(each.passed for each in examined) else 1
