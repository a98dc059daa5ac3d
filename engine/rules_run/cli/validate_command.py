"""`rules-run validate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import integration_names, tenant_names
from rules_run.cli.options import PROBLEM_FORMATS, Output, output_options, workspace_of

if TYPE_CHECKING:
    from rules_run.cli.formats import Examined
    from rules_run.model.problem import Problem
    from rules_run.runtime.validation import Validation
    from rules_run.runtime.workspace import Workspace


@click.command("validate")
@click.argument("what", nargs=-1, shell_complete=integration_names)
@click.option("--tenant", metavar="NAME", shell_complete=tenant_names, help="Check this tenant (default: all).")
@click.option("--against", metavar="REF", help="Refuse what changed since this git REF and kept its version.")
@output_options(*PROBLEM_FORMATS)
@click.pass_obj
def command(
    directory: str,
    what: tuple[str, ...],
    tenant: str | None,
    against: str | None,
    output_format: str,
    output_file: str | None,
) -> int:
    """Check rule files, rule tests, tables and tenants without a network.

    WHAT names integrations or rule files; without it everything in the workspace is checked.
    """
    from rules_run.cli.formats import problems_of, render, text_of
    from rules_run.runtime.validation import validate

    workspace = workspace_of(directory)
    found = validate(workspace, what, tenant) if against is None else _compared(workspace, what, tenant, against)
    examined = list(_examined(found))
    with Output(output_file) as out:
        if output_format == "text":
            out.lines(text_of(problem) for problem in problems_of(examined))
            out.lines(_promises(found))
            out.line(_total(found))
        else:
            out.line(render(output_format, examined))
    return 1 if found.errors else 0


def _compared(workspace: Workspace, what: tuple[str, ...], tenant: str | None, against: str) -> Validation:
    """Check as usual, and add what changed since a commit without a new version."""
    from rules_run.cli.versions import unraised
    from rules_run.runtime.validation import checked, validation_of

    checker = checked(workspace, what, tenant)
    checker.checked.problems += unraised(checker.checked, workspace.root, against)
    return validation_of(checker)


def _promises(found: Validation) -> Iterator[str]:
    """Yield what is promised of the writes of each integration without a mistake."""
    for name, told in found.promises.items():
        yield from ([f"What {name} promises:", *(f"  {each}" for each in told)] if told else ())


def _examined(found: Validation) -> Iterator[Examined]:
    """Yield each file with its problems, tables and what is nowhere apart."""
    from rules_run.cli.formats import Examined

    by_file: dict[str, list[Problem]] = {file: [] for file in found.files}
    for problem in found.problems:
        by_file.setdefault(problem.origin.file or "workspace", []).append(problem)
    for file, problems in by_file.items():
        yield Examined(name=file, group="validate", problems=tuple(problems))


def _total(found: Validation) -> str:
    errors, warnings = len(found.errors), len(found.problems) - len(found.errors)
    more = f", {warnings} to think about" if warnings else ""
    told = f"{errors or 'no'} problem{'' if errors in {0, 1} else 's'}"
    count = len(found.files)
    return f"{count} file{'' if count == 1 else 's'} checked: {told}{more}."
