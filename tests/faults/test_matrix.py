"""Every fault of a stand-in against every read and every write of the integration: right class, once, and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rules_run.sandbox.faults import Fault

from .stories import MATRIX, PAGED, READS, WRITES, Stories, Story, Turn
from .world import MADE

MUCH_LATER = 5000
"""Seconds to a run beyond the latest commit."""
ABSENT, FOUND = "it is certainly not there", "found in the target"


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Stories:
    return Stories(tmp_path_factory.mktemp("matrix") / "workspace")


def cells() -> Iterator[Any]:
    """Yield every cell of the matrix."""
    for case in MATRIX["read_faults"]:
        for kind, (resource, verb, _) in READS.items():
            judge = _stops if case["ends"] == "stops" else _goes_on
            yield pytest.param(judge, case, resource, verb, id=f"{case['name']}, reading {kind}")
    for case in MATRIX["pages"]:
        for kind, (resource, verb, _) in READS.items():
            if verb == "read" and resource in case.get("only", PAGED):
                judge = _stops if case["ends"] == "stops" else _nothing_made_again
                yield pytest.param(judge, case, resource, verb, id=f"{case['name']}, reading {kind}")
    for case in MATRIX["write_faults"]:
        for resource in WRITES:
            yield pytest.param(JUDGES[case["ends"]], case, resource, "create", id=f"{case['name']}, making {resource}")


def _nothing_made_again(story: Story, case: Mapping[str, Any], resource: str, verb: str) -> None:
    """What was on another page a moment ago is found all the same."""
    n, turn = story.met(resource, verb)
    assert (n, turn.ran.code, story.world.made()) == (0, 0, {}), turn.ran.said


def _goes_on(story: Story, case: Mapping[str, Any], resource: str, verb: str) -> None:
    """The run does all of its work, and asks again where it got no answer."""
    n, turn = story.met(resource, verb)
    assert (n, turn.ran.code) == (0, 0), turn.ran.said
    asked = turn.of(resource, verb)
    at = next(number for number, each in enumerate(asked) if each.fault)
    if asked[at].status != 200 or asked[at].fault == "cut_body":
        assert asked[at + 1].fault is None
        assert max(story.world.waited) >= case["fault"].get("retry_after", 0)
    _all_stands(story, resource)


def _stops(story: Story, case: Mapping[str, Any], resource: str, verb: str) -> None:
    """The run says what cannot be read, and has sent nothing; the next one that can read does the work."""
    _, turn = story.met(resource, verb)
    assert turn.ran.code == 7
    said = turn.ran.said.splitlines()[-1]
    assert any(words in said for words in _words(case)), said
    assert ("zone" if resource == "ZoneInformation" else resource) in said, said
    assert _is_sentence(said)
    assert not [each for each in turn.entries if each.verb == "create"]
    assert story.turns[-1].ran.code == 0
    _all_stands(story, resource)


def _all_stands(story: Story, resource: str) -> None:
    assert story.world.made() == (MADE if resource == "Resources" else {})
    stand = {kind: len(story.world.app.store.rows(kind)) for kind in MADE}
    assert stand == {**MADE, "Companies": MADE["Companies"] + 1}


def _applied(story: Story, case: Mapping[str, Any], resource: str, verb: str) -> None:
    """Nothing happened but that it took longer or said more."""
    assert story.met(resource, verb)[0] == 0
    assert story.turns[0].ran.code == 0
    _one_of_everything(story, resource, sent=MADE[resource])


def _not_taken(story: Story, case: Mapping[str, Any], resource: str, verb: str) -> None:
    """It waits and is sent once more by a later run, not by the same one."""
    n, turn = story.met(resource, verb)
    _tells(turn, case, WRITES[resource], "Queued|Sending|Needs you")
    assert len(turn.of(resource, "create")) <= MADE[resource]
    assert "is not sent again before" in story.turns[n + 1].ran.said or story.turns[n + 1].of(resource, "create")
    _one_of_everything(story, resource, sent=MADE[resource] + 1)


def _unknown(story: Story, case: Mapping[str, Any], resource: str, verb: str) -> None:
    """It is being checked; nothing is sent for it before the target has told, and nothing at all where it was done."""
    done = _nothing_before_the_verdict(story, case, resource)
    _one_of_everything(story, resource, sent=MADE[resource] + (not done))


def _doubled(story: Story, case: Mapping[str, Any], resource: str, verb: str) -> None:
    """It was ruled absent, sent again, and came after all: what cannot be prevented is told, with both ids."""
    assert not _nothing_before_the_verdict(story, case, resource)
    story.world.clock.advance(MUCH_LATER)
    told = story.run().ran
    twice = MADE[resource] + 1
    if resource == "ContractServiceAdjustments":
        twice -= 1  # one more of the same day is refused by Autotask itself
    assert story.world.made()[resource] == twice
    rule = WRITES[resource]
    alarm = rf"Needs you: intermedia-autotask/{rule} .+: A duplicate exists: .+, .+\. Keep one of them in the target"
    assert bool(re.search(alarm, told.said)) is (twice > MADE[resource]), told.said
    assert told.code == 3
    assert not [
        each for turn in story.turns[-1:] for each in turn.entries if (each.verb, each.by) == ("create", "client")
    ]


def _rejected(story: Story, case: Mapping[str, Any], resource: str, verb: str) -> None:
    """A person has to look; when one lets it be tried again, it is made."""
    turn, later = story.turns
    _tells(turn, case, WRITES[resource], "Needs you")
    assert turn.ran.code == 3
    if resource != "Contacts":  # what follows a document is looked after whenever that is seen
        assert later.ran.code == 3
        assert not later.of(resource, "create")
    story.run(by_hand=True)
    story.until_quiet()
    _one_of_everything(story, resource, sent=MADE[resource] + 1)


JUDGES = {
    "applied": _applied,
    "not taken": _not_taken,
    "unknown": _unknown,
    "doubled": _doubled,
    "rejected": _rejected,
}


def _nothing_before_the_verdict(story: Story, case: Mapping[str, Any], resource: str) -> bool:
    """Check the runs up to the verdict; return whether the target turned out to have it."""
    n, turn = story.met(resource, "create")
    rule = WRITES[resource]
    _tells(turn, case, rule, "Checking")
    assert turn.ran.code == 3
    assert len(turn.of(resource, "create")) <= MADE[resource]
    verdict = re.compile(rf"^Checked intermedia-autotask/{rule} .*({ABSENT}|{FOUND})", re.MULTILINE)
    for later in story.turns[n + 1 :]:
        found = verdict.search(later.ran.said)
        if found is not None:
            return found[1] == FOUND
        assert not later.of(resource, "create"), later.ran.said
        assert later.ran.code == 3
        assert f"Checked intermedia-autotask/{rule} " in later.ran.said
    raise AssertionError("nobody came to a verdict")


def _one_of_everything(story: Story, resource: str, *, sent: int) -> None:
    created = [each for turn in story.turns for each in turn.of(resource, "create")]
    assert len(created) == sent
    assert story.world.made() == MADE
    assert story.turns[-1].ran.code == 0


def _tells(turn: Turn, case: Mapping[str, Any], rule: str, word: str) -> None:
    """Check that the report tells of a document of the rule, in words, under its state."""
    lines = re.findall(rf"^  (?:{word}): (?:.+, )?{rule} [^:]+: (.+)$", turn.ran.said, re.MULTILINE)
    assert any(words in text for text in lines for words in _words(case)), turn.ran.said
    assert all(_is_sentence(text) for text in lines), lines


def _words(case: Mapping[str, Any]) -> list[str]:
    return [case["says"]] if isinstance(case["says"], str) else list(case["says"])


def _is_sentence(text: str) -> bool:
    return len(re.findall(r"[A-Za-z]{2,}", text)) >= 4


@pytest.mark.parametrize(("judge", "case", "resource", "verb"), list(cells()))
def test_a_fault_ends_in_the_right_class_sends_nothing_twice_and_is_told_in_words(
    judge: Any, case: Mapping[str, Any], resource: str, verb: str, stories: Stories
) -> None:
    judge(stories.of(case, resource, verb), case, resource, verb)


@pytest.mark.parametrize("resource", ["ContractServices", "ContractServiceUnits"])
def test_a_read_that_fails_between_the_writes_is_told_with_what_was_written_and_the_next_run_goes_on(
    resource: str, stories: Stories
) -> None:
    story = Story(world=stories.new())
    story.world.app.order(Fault(effect="empty_body", resource=resource, verb="read"))
    turn = story.run()
    assert turn.ran.code == 3
    assert "Applied: 6 created." in turn.ran.said
    assert f"Stopped on the way: psa.{resource} cannot be read: the answer is not JSON." in turn.ran.said
    assert "What was written stays; the next run goes on with the rest." in turn.ran.said
    assert story.run().ran.code == 0
    assert story.world.made() == MADE
