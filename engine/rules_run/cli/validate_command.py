"""`rules-run validate`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import integration_names, tenant_names
from rules_run.cli.formats import FORMATS, Examined, problems_of, render, text_of
from rules_run.cli.options import Output, output_options, workspace_of
from rules_run.model.problem import Problem
from rules_run.runtime.workspace import Workspace

if TYPE_CHECKING:
    from rules_run.runtime.checking import Checked, Checker


@click.command("validate")
@click.argument("what", nargs=-1, shell_complete=integration_names)
@click.option("--tenant", metavar="NAME", shell_complete=tenant_names, help="Check this tenant (default: all).")
@click.option("--against", metavar="REF", help="Refuse what changed since this git REF and kept its version.")
@output_options(*FORMATS)
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
    workspace = workspace_of(directory)
    checker = _check(workspace, what, tenant)
    checked = checker.checked
    if against is not None:
        from rules_run.cli.versions import unraised

        checked.problems += unraised(checked, workspace.root, against)
    examined = list(_examined(checked))
    with Output(output_file) as out:
        if output_format == "text":
            out.lines(text_of(problem) for problem in problems_of(examined))
            out.lines(_promises(checker))
            out.line(_total(checked))
        else:
            out.line(render(output_format, examined))
    return 1 if checked.errors else 0


def _check(workspace: Workspace, what: tuple[str, ...], tenant: str | None) -> Checker:
    from rules_run.runtime.checking import Checker

    checker = Checker(workspace)
    for name in what:
        path = Path(name)
        if path.suffix in {".yaml", ".yml"}:
            checker.rule_file(path)
        else:
            checker.integration(name)
    if what and tenant is None:
        return checker
    if not what:
        for file in sorted((workspace.root / "rules").glob("*/*.rules.yaml")):
            checker.integration(file.parent.name)
    for each in [workspace.the_tenant(tenant)] if tenant else workspace.tenants():
        checker.tenant(each)
    return checker


def _promises(checker: Checker) -> Iterator[str]:
    """Yield what is promised of the writes of each integration without a mistake."""
    broken = {problem.origin.file for problem in checker.checked.errors}
    for name, loaded in checker.checked.integrations.items():
        if loaded.integration is not None and loaded.integration.file not in broken:
            told = list(checker.promises(loaded.integration))
            yield from ([f"What {name} promises:", *(f"  {each}" for each in told)] if told else ())


def _examined(checked: Checked) -> Iterator[Examined]:
    """Yield each file with its problems, tables and what is nowhere apart."""
    by_file: dict[str, list[Problem]] = {file: [] for file in checked.files}
    for problem in checked.problems:
        by_file.setdefault(problem.origin.file or "workspace", []).append(problem)
    for file, problems in by_file.items():
        yield Examined(name=file, group="validate", problems=tuple(problems))


def _total(checked: Checked) -> str:
    errors, warnings = len(checked.errors), len(checked.problems) - len(checked.errors)
    more = f", {warnings} to think about" if warnings else ""
    found = f"{errors or 'no'} problem{'' if errors in {0, 1} else 's'}"
    count = len(checked.files)
    return f"{count} file{'' if count == 1 else 's'} checked: {found}{more}."
