"""`rules-run validate`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rules_run.cli.options import workspace_of
from rules_run.cli.terminal import paint
from rules_run.model.problem import Problem
from rules_run.runtime.checking import Checked, Checker
from rules_run.runtime.workspace import Workspace


@click.command("validate")
@click.argument("what", nargs=-1)
@click.option("--tenant", metavar="NAME", help="Check this tenant (default: all).")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(directory: str, what: tuple[str, ...], tenant: str | None, output_format: str) -> int:
    """Check rule files, rule tests, tables and tenants without a network.

    WHAT names integrations or rule files; without it everything in the workspace is checked.
    """
    checked = _check(workspace_of(directory), what, tenant)
    problems = sorted(checked.problems, key=lambda problem: problem.origin)
    if output_format == "json":
        click.echo(json.dumps([_json(problem) for problem in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(_text(problem))
        click.echo(_total(checked))
    return 1 if checked.errors else 0


def _check(workspace: Workspace, what: tuple[str, ...], tenant: str | None) -> Checked:
    checker = Checker(workspace)
    for name in what:
        path = Path(name)
        if path.suffix in {".yaml", ".yml"}:
            checker.rule_file(path)
        else:
            checker.integration(name)
    if what and tenant is None:
        return checker.checked
    if not what:
        for file in sorted((workspace.root / "rules").glob("*/*.rules.yaml")):
            checker.integration(file.parent.name)
    for each in [workspace.the_tenant(tenant)] if tenant else workspace.tenants():
        checker.tenant(each)
    return checker.checked


def _text(problem: Problem) -> str:
    colour = "red" if problem.level == "error" else "yellow"
    place = f"{problem.origin}: " if problem.origin.file else ""
    hint = f"\n    {problem.hint}" if problem.hint else ""
    return f"{place}{paint(problem.code, colour)} {problem.message}{hint}"


def _total(checked: Checked) -> str:
    errors, warnings = len(checked.errors), len(checked.problems) - len(checked.errors)
    more = f", {warnings} to think about" if warnings else ""
    found = f"{errors or 'no'} problem{'' if errors in {0, 1} else 's'}"
    return f"{checked.files} file{'' if checked.files == 1 else 's'} checked: {found}{more}."


def _json(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "level": problem.level,
        "message": problem.message,
        "hint": problem.hint,
        "file": problem.origin.file,
        "line": problem.origin.line,
        "column": problem.origin.column,
    }
