"""`rules-run test`."""

from __future__ import annotations

from pathlib import Path

import click

from rules_run.cli.options import workspace_of
from rules_run.cli.terminal import paint
from rules_run.errors import InvalidFiles
from rules_run.language.validate import load_rule_tests
from rules_run.runtime.checking import Checker
from rules_run.runtime.workspace import Workspace
from rules_run.testing.runner import CaseResult, run_tests


@click.command("test")
@click.argument("integrations", nargs=-1)
@click.option("-k", "pattern", default="", help="Only cases whose name holds this text.")
@click.option("-v", "--verbose", is_flag=True, help="Name the cases that pass, too.")
@click.pass_obj
def command(directory: str, integrations: tuple[str, ...], pattern: str, verbose: bool) -> int:
    """Run the rule tests of INTEGRATIONS (default: all of the workspace); each case runs twice."""
    workspace = workspace_of(directory)
    names = integrations or _own(workspace)
    passed = failed = 0
    for name in names:
        for result in _results(workspace, name, pattern):
            passed, failed = passed + result.passed, failed + (not result.passed)
            for line in _lines(name, result, verbose=verbose):
                click.echo(line)
    click.echo(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _own(workspace: Workspace) -> list[str]:
    folder = workspace.root / "rules"
    return sorted(file.parent.name for file in folder.glob("*/*.rules.yaml")) or workspace.integrations()


def _results(workspace: Workspace, name: str, pattern: str) -> list[CaseResult]:
    checker = Checker(workspace)
    loaded = checker.integration(name)
    if checker.checked.errors or loaded is None or loaded.integration is None:
        raise InvalidFiles(checker.checked.errors)
    folder = Path(loaded.integration.file).parent
    found: list[CaseResult] = []
    for file in sorted(folder.glob("*.test.yaml")):
        tests = load_rule_tests(file).tests
        if tests is not None:
            chosen = tests.matching(pattern)
            found.extend(run_tests(chosen, loaded.integration, loaded.tables, workspace.root))
    return found


def _lines(name: str, result: CaseResult, *, verbose: bool) -> list[str]:
    if result.passed:
        return [f"{paint('ok', 'green')}    {name}: {result.name}"] if verbose else []
    head = f"{paint('FAIL', 'red')}  {name}: {result.name}"
    return [head, *(f"      {problem}" for problem in result.problems)]
