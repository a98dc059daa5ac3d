"""`rules-run test`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import integration_names
from rules_run.cli.formats import FORMATS, Examined, plain_of, problems_of, render, text_of
from rules_run.cli.options import Output, output_options, workspace_of
from rules_run.cli.terminal import paint
from rules_run.runtime.workspace import Workspace

if TYPE_CHECKING:
    from rules_run.testing.coverage import Coverage

_PERCENT = click.FloatRange(0, 100)


@click.command("test")
@click.argument("integrations", nargs=-1, shell_complete=integration_names)
@click.option("-k", "pattern", default="", help="Only cases whose name holds this text.")
@click.option("-v", "--verbose", is_flag=True, help="Name the cases that pass, too.")
@click.option("--coverage", "measured", is_flag=True, help="Tell how much the cases reach, and what none of them does.")
@click.option("--fail-under", "least", type=_PERCENT, metavar="PERCENT", help="Least coverage of each integration.")
@click.option("--crashes", is_flag=True, help="Each case also with a crash after each of its effects; takes long.")
@output_options(*FORMATS)
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
    workspace = workspace_of(directory)
    testing = _Testing(
        workspace=workspace, pattern=pattern, crashes=crashes, measured=measured or least is not None, least=least or 0
    )
    cases: list[Examined] = []
    with Output(output_file) as out:
        for name in integrations or _own(workspace):
            for case in testing.cases(name):
                cases.append(case)
                out.lines(_lines(case, verbose=verbose) if output_format == "text" else ())
        examined = [*cases, *testing.measures()]
        if output_format == "text":
            out.lines(testing.told())
            out.line(_total(cases))
        elif output_format == "json" and testing.measured:
            out.json(_plain(cases, testing.coverages))
        else:
            out.line(render(output_format, examined))
    return 0 if cases and all(each.passed for each in examined) else 1


def _own(workspace: Workspace) -> list[str]:
    folder = workspace.root / "rules"
    return sorted(file.parent.name for file in folder.glob("*/*.rules.yaml")) or workspace.integrations()


@dataclass(slots=True, kw_only=True)
class _Testing:
    workspace: Workspace
    pattern: str
    crashes: bool
    measured: bool
    least: float
    coverages: list[Coverage] = field(default_factory=list)

    def cases(self, name: str) -> Iterator[Examined]:
        """Run the cases beside a rule file; files that are wrong are the only result."""
        from rules_run.language.validate import load_rule_tests
        from rules_run.runtime.checking import Checker
        from rules_run.testing.coverage import Reached, measure
        from rules_run.testing.playing import Subject
        from rules_run.testing.runner import run_tests

        checker = Checker(self.workspace)
        loaded = checker.integration(name)
        if checker.checked.errors or loaded is None or loaded.integration is None:
            yield Examined(name="the files are right", group=name, problems=tuple(checker.checked.errors))
            return
        integration, tables = loaded.integration, loaded.tables
        reached: Reached | None = set() if self.measured else None
        for file in sorted(Path(integration.file).parent.glob("*.test.yaml")):
            tests = load_rule_tests(file).tests
            if tests is not None:
                subject = Subject(
                    tests=tests.matching(self.pattern),
                    integration=integration,
                    tables=tables,
                    workspace=self.workspace.root,
                    reached=reached,
                )
                for result in run_tests(subject, crashes=self.crashes):
                    yield Examined(name=result.name, group=name, problems=result.problems)
        if reached is not None:
            self.coverages.append(measure(integration, tables, reached))

    def measures(self) -> list[Examined]:
        """Return what was measured, as something that was looked at like a case."""
        return [
            Examined(name="coverage", group=each.integration, problems=(*each.missed(), *each.below(self.least)))
            for each in self.coverages
        ]

    def told(self) -> Iterator[str]:
        """Yield what was measured, as a person reads it."""
        from rules_run.cli.show_coverage import lines_of

        for coverage in self.coverages:
            yield from lines_of(coverage)
            yield from map(text_of, coverage.below(self.least))


def _plain(cases: Sequence[Examined], coverages: Iterable[Coverage]) -> dict[str, object]:
    from rules_run.cli.show_coverage import plain_of as plain_coverage

    problems = [plain_of(problem) for problem in problems_of(cases)]
    return {"problems": problems, "coverage": [plain_coverage(each) for each in coverages]}


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
