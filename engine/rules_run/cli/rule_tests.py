"""What `rules-run test` does: the cases of each integration, what they reach, and how that is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rules_run.cli.formats import Examined, plain_of, problems_of, text_of
from rules_run.cli.terminal import paint
from rules_run.runtime.workspace import Workspace

if TYPE_CHECKING:
    from rules_run.testing.coverage import Coverage


def own_integrations(workspace: Workspace) -> list[str]:
    """Return the integrations of the workspace, or those that ship where it has none."""
    folder = workspace.root / "rules"
    return sorted(file.parent.name for file in folder.glob("*/*.rules.yaml")) or workspace.integrations()


@dataclass(slots=True, kw_only=True)
class Testing:
    """What is asked of the rule tests of a workspace, and what was measured so far."""

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


def plain(cases: Sequence[Examined], coverages: Iterable[Coverage]) -> dict[str, object]:
    """Return cases and what was measured as plain values."""
    from rules_run.cli.show_coverage import plain_of as plain_coverage

    problems = [plain_of(problem) for problem in problems_of(cases)]
    return {"problems": problems, "coverage": [plain_coverage(each) for each in coverages]}


def lines(case: Examined, *, verbose: bool) -> Iterator[str]:
    """Yield the lines of one case: nothing of one that passes, unless it is asked for."""
    if not case.passed:
        yield f"{paint('FAIL', 'red')}  {case.group}: {case.name}"
        for problem in case.problems:
            yield from (f"      {line}" for line in text_of(problem).splitlines())
    elif verbose:
        yield f"{paint('ok', 'green')}    {case.group}: {case.name}"


def total(cases: Iterable[Examined]) -> str:
    """Return how many cases passed and failed."""
    results = [case.passed for case in cases]
    return f"{results.count(True)} passed, {results.count(False)} failed"
