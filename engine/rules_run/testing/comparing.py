"""What a run did against what a case expects of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rules_run.mapping.difference import same
from rules_run.mapping.filtering import value_at
from rules_run.model.problem import Origin, Problem
from rules_run.model.rule_tests import Expectation
from rules_run.testing.recording import Sent

WRITES = frozenset({"create", "update"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One outcome of a run that is no write: a document that failed, waits or was skipped, or a stop."""

    outcome: str
    of: str
    key: str
    says: str


def compare(
    expected: Sequence[Expectation], sent: Sequence[Sent], happened: Sequence[Happened], case: Origin
) -> list[Problem]:
    """Return every difference, each at the place of the expectation (or of the case) that it concerns."""
    writes = [each for each in expected if each.outcome in WRITES]
    others = [each for each in expected if each.outcome not in WRITES]
    return [*_writes(writes, sent, case), *_outcomes(others, happened, case)]


def nothing_more(sent: Iterable[Sent], case: Origin) -> list[Problem]:
    """Return a problem for every write of a run that should have had nothing to do."""
    return [Problem(code="X003", message=f"the second run writes again: {_told(each)}", origin=case) for each in sent]


def counted(expected: Mapping[str, int], found: Mapping[str, int], case: Origin) -> list[Problem]:
    """Return a problem for every resource that does not hold as many records as a case says."""
    return [
        Problem(code="X005", message=f"in the end there are {found[name]} {name}, expected {number}", origin=case)
        for name, number in expected.items()
        if found[name] != number
    ]


def _writes(expected: Sequence[Expectation], sent: Sequence[Sent], case: Origin) -> Iterable[Problem]:
    for wanted, found in zip(expected, sent, strict=False):
        if (wanted.outcome, wanted.of) != (found.verb, found.resource):
            message = f"expected {wanted.outcome} {wanted.of}, got {_told(found)}"
            yield Problem(code="X001", message=message, origin=wanted.origin)
            return
        for field, value in wanted.has.items():
            actual = value_at(found.values, field)
            if not _equal(actual, value):
                message = f"{wanted.outcome} {wanted.of}: {field} is {_shown(actual)}, expected {_shown(value)}"
                yield Problem(code="X002", message=message, origin=wanted.origin)
    for wanted in expected[len(sent) :]:
        yield Problem(code="X001", message=f"expected {wanted.outcome} {wanted.of}, got nothing", origin=wanted.origin)
    for found in sent[len(expected) :]:
        yield Problem(code="X001", message=f"got a write that is not expected: {_told(found)}", origin=case)


def _outcomes(expected: Sequence[Expectation], happened: Sequence[Happened], case: Origin) -> Iterable[Problem]:
    left = list(happened)
    for wanted in expected:
        found = next((each for each in left if _fits(wanted, each)), None)
        if found is None:
            said = f" that says {wanted.says!r}" if wanted.says else ""
            near = ", ".join(f"{each.outcome} {each.of} {each.key}: {each.says}" for each in left) or "nothing"
            message = f"expected {wanted.outcome} {wanted.of}{said}, got {near}"
            yield Problem(code="X004", message=message, origin=wanted.origin)
        else:
            left.remove(found)
    for each in left:
        if each.outcome != "skip":
            message = f"got an outcome that is not expected: {each.outcome} {each.of} {each.key}: {each.says}"
            yield Problem(code="X004", message=message, origin=case)


def _fits(wanted: Expectation, found: Happened) -> bool:
    return wanted.outcome == found.outcome and wanted.of == found.of and wanted.says in found.says


def _equal(actual: object, value: object) -> bool:
    if isinstance(actual, int | Decimal) and not isinstance(actual, bool) and isinstance(value, str):
        return str(actual) == value
    return same(actual, value)


def _told(sent: Sent) -> str:
    fields = ", ".join(f"{name}: {_shown(value)}" for name, value in list(sent.values.items())[:6])
    return f"{sent.verb} {sent.resource} ({fields})"


def _shown(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else repr(value)
