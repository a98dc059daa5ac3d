"""`rules-run test`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from rules_run.cli.completing import integration_names
from rules_run.cli.formats import FORMATS, Examined, render, text_of
from rules_run.cli.options import Output, output_options, workspace_of
from rules_run.cli.terminal import paint
from rules_run.runtime.workspace import Workspace


@click.command("test")
@click.argument("integrations", nargs=-1, shell_complete=integration_names)
@click.option("-k", "pattern", default="", help="Only cases whose name holds this text.")
@click.option("-v", "--verbose", is_flag=True, help="Name the cases that pass, too.")
@output_options(*FORMATS)
@click.pass_obj
def command(
    directory: str,
    integrations: tuple[str, ...],
    pattern: str,
    verbose: bool,
    output_format: str,
    output_file: str | None,
) -> int:
    """Run the rule tests of INTEGRATIONS (default: all of the workspace); each case runs twice."""
    workspace = workspace_of(directory)
    cases: list[Examined] = []
    with Output(output_file) as out:
        for name in integrations or _own(workspace):
            for case in _cases(workspace, name, pattern):
                cases.append(case)
                out.lines(_lines(case, verbose=verbose) if output_format == "text" else ())
        out.line(_total(cases) if output_format == "text" else render(output_format, cases))
    return 0 if cases and all(case.passed for case in cases) else 1


def _own(workspace: Workspace) -> list[str]:
    folder = workspace.root / "rules"
    return sorted(file.parent.name for file in folder.glob("*/*.rules.yaml")) or workspace.integrations()


def _cases(workspace: Workspace, name: str, pattern: str) -> Iterator[Examined]:
    """Run the cases beside a rule file; files that are wrong are the only result."""
    from rules_run.language.validate import load_rule_tests
    from rules_run.runtime.checking import Checker
    from rules_run.testing.runner import run_tests

    checker = Checker(workspace)
    loaded = checker.integration(name)
    if checker.checked.errors or loaded is None or loaded.integration is None:
        yield Examined(name="the files are right", group=name, problems=tuple(checker.checked.errors))
        return
    for file in sorted(Path(loaded.integration.file).parent.glob("*.test.yaml")):
        tests = load_rule_tests(file).tests
        if tests is not None:
            for result in run_tests(tests.matching(pattern), loaded.integration, loaded.tables, workspace.root):
                yield Examined(name=result.name, group=name, problems=result.problems)


def _lines(case: Examined, *, verbose: bool) -> Iterator[str]:
    if not case.passed:
        yield f"{paint('FAIL', 'red')}  {case.group}: {case.name}"
        for problem in case.problems:
            yield from (f"      {line}" for line in text_of(problem).splitlines())
    elif verbose:
        yield f"{paint('ok', 'green')}    {case.group}: {case.name}"


def _total(cases: Iterable[Examined]) -> str:
    results = [case.passed for case in cases]
    return f"{results.count(True)} passed, {results.count(False)} failed"
