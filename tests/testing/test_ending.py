"""When a case that crashed has come to the same end, and when it has not."""

from __future__ import annotations

from collections import Counter

import pytest

from rules_run.failpoints import failpoint, watched
from rules_run.ledger.states import Word
from rules_run.testing.crashing import Crash, Crasher
from rules_run.testing.ending import Ending

COMPANY = ("accounts/company", "1", "")
OTHER = ("accounts/company", "2", "")


def ended(word: Word | None, *names: str) -> Ending:
    documents = {OTHER: "Processed"} | ({COMPANY: word} if word else {})
    records = {"psa.Companies": Counter((("name", name),) for name in names)} if names else {}
    return Ending(records=records, documents=documents)  # type: ignore[arg-type]


WHOLE = ended("Processed", "Nordlys", "Fjord")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (WHOLE, []),
        (ended("Processed", "Fjord", "Nordlys"), []),
        (ended("Needs you", "Nordlys", "Fjord"), []),
        (ended("Needs you", "Fjord"), []),
        (ended("Needs you", "Other", "Fjord"), []),
        (ended("Needs you", "Nordlys", "Nordlys", "Fjord"), ["psa.Companies ends with 3 records, not with 2"]),
        (ended("Processed", "Nordlys", "Nordlys", "Fjord"), ["psa.Companies ends with 3 records, not with 2"]),
        (ended("Processed", "Nordlys"), ["psa.Companies ends with 1 records, not with 2"]),
        (ended("Processed"), ["psa.Companies ends with 0 records, not with 2"]),
        (ended("Processed", "Elv", "Fjord"), ["psa.Companies ends with name: Elv, not Nordlys"]),
        (ended("Checking", "Nordlys", "Fjord"), ["accounts/company 1 ends as Checking, not as Processed"]),
        (ended(None, "Nordlys", "Fjord"), ["accounts/company 1 ends as nothing, not as Processed"]),
    ],
)
def test_a_person_may_be_asked_but_nothing_is_made_twice_or_lost(found: Ending, told: list[str]) -> None:
    assert list(WHOLE.differences(found)) == told


def test_a_crash_ends_a_run_behind_the_lasting_effect_that_it_counts_to() -> None:
    crasher, passed = Crasher(2), []
    with pytest.raises(Crash), watched(crasher):
        for place in ("intent-commit", "after-intent", "after-probe", "at-guard", "after-send", "outcome-commit"):
            failpoint(place)
            passed.append(place)
    assert passed == ["intent-commit", "after-intent", "after-probe", "at-guard"]
    assert (crasher.passed, crasher.crashed) == (["after-intent", "after-send"], True)


def test_a_crash_happens_once() -> None:
    crasher = Crasher(1)
    with pytest.raises(Crash), watched(crasher):
        failpoint("after-intent")
    with watched(crasher):
        failpoint("after-intent")
    assert crasher.passed == ["after-intent", "after-intent"]


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("Needs you", "Processed", []),
        ("Processed", "Processed", ["accounts/company 2 ends as Processed, not as Needs you"]),
    ],
)
def test_of_two_that_want_the_same_target_either_may_have_it(one: Word, other: Word, told: list[str]) -> None:
    first = Ending(records={}, documents={COMPANY: "Processed", OTHER: "Needs you"})
    assert list(first.differences(Ending(records={}, documents={COMPANY: one, OTHER: other}))) == told
