"""Runs rule tests: each case through plan, ledger, delivery and the systems' own stand-ins, and then once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules_run.model.problem import Problem
from rules_run.model.rule_tests import Case
from rules_run.testing.crashing import Crasher
from rules_run.testing.playing import Played, Subject, play


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What came of one case."""

    name: str
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Say whether everything was as expected."""
        return not self.problems


def run_tests(subject: Subject, *, crashes: bool = False) -> Iterator[CaseResult]:
    """Run every case of a file; with `crashes` each that passes again, with a crash after each of its effects."""
    for case in subject.tests.cases:
        whole = Crasher()
        played = play(subject, case, whole)
        problems = played.problems
        if crashes and not problems:
            problems = tuple(_broken(subject, case, whole, played))
        yield CaseResult(name=case.name, problems=problems)


def _broken(subject: Subject, case: Case, whole: Crasher, expected: Played) -> Iterator[Problem]:
    """Yield each place at which a crash leads to another end than the case has when nothing disturbs it."""
    for number, place in enumerate(whole.passed, start=1):
        found = play(subject, case, Crasher(number))
        told = [problem.message for problem in found.problems]
        told += expected.ending.differences(found.ending)
        if told:
            nth = whole.passed[:number].count(place)
            message = f"a crash at `{place}`, pass {nth}, leads elsewhere: {'; '.join(told[:3])}"
            yield Problem(code="X008", message=message, origin=case.origin)
