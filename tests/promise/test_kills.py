"""Processes that are really killed, at every place that they pass: what the next ones find is what the promise says."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from .crashes.filed import Place, Worlds, numbered
from .crashes.oracle import Flaw
from .crashes.processes import Processes
from .crashes.simulation import LEAVING, PAUSE, SERVER_FAULTS, Death, Lab, Trial, deaths
from .crashes.telling import Played, Tell, check
from .crashes.world import SCENARIOS, Scenario
from .extent import Extent

KILLED = -signal.SIGKILL
TO_BE_RECOVERED = (SCENARIOS[0], SCENARIOS[2], SCENARIOS[3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Where a process is killed, what becomes of a request that was leaving, and what the server did before."""

    place: str
    fate: str = "lost"
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Processes that follow each other: each is killed at its place, or ends by itself where there is none."""

    scenario: Scenario
    kills: tuple[Kill | None, ...]


def played(
    processes: Processes, worlds: Worlds, stories: Sequence[Story], *, database: bool = False
) -> Iterator[Played]:
    for story in stories:
        with worlds.fresh(story.scenario, database=database) as place:
            yield told(processes, place, story)


def told(processes: Processes, place: Place, story: Story) -> Played:
    """Play a story, and say what is wrong at its end."""
    wrong = []
    for kill in story.kills:
        code = 0 if kill is None else KILLED
        how = {"failpoint": kill.place, "fate": kill.fate, "faults": [kill.fault] if kill.fault else []} if kill else {}
        if (ended := processes.do("run", place, **how)) != code:
            wrong.append(Flaw(kind="stuck", text=f"{kill} ended with {ended}"))
        place.clock.advance(PAUSE)
        if kill is None:
            processes.do("answer", place)
    wrong += [Flaw(kind=text.partition(":")[0], text=text) for text in processes.ending(place)]
    return story, sum(each is not None for each in story.kills), wrong


def kill_of(passed: Sequence[str], death: Death, fault: str = "") -> Kill:
    return Kill(place=list(numbered(passed))[death.at], fate=death.fate, fault=fault)


def stories_of(lab: Lab, scenario: Scenario, *faults: str) -> list[Story]:
    """Return a story for each way to die in a first run."""
    passed = lab.play(Trial(scenario=scenario, faults=((*faults,),))).passed[0]
    return [Story(scenario=scenario, kills=(kill_of(passed, death, *faults),)) for death in deaths(passed)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_killed_at_any_place_of_a_run(
    processes: Processes, worlds: Worlds, lab: Lab, scenario: Scenario, extent: Extent, score: Tell
) -> None:
    stories = extent.part(stories_of(lab, scenario), quick=5, turn=15)
    check(score, "kills", played(processes, worlds, stories))


@pytest.mark.parametrize("fault", SERVER_FAULTS)
def test_killed_at_any_place_of_a_run_whose_server_fails(
    processes: Processes, worlds: Worlds, lab: Lab, fault: str, extent: Extent, score: Tell
) -> None:
    scenarios = extent.part(SCENARIOS, quick=1, turn=3)
    stories = [story for scenario in scenarios for story in stories_of(lab, scenario, fault)]
    some = replace(extent, name="turn").part(stories, quick=1, turn=extent.count(quick=1, turn=4, full=30))
    check(score, "kills, with a server fault", played(processes, worlds, some))


@pytest.mark.parametrize("scenario", TO_BE_RECOVERED, ids=str)
def test_killed_again_while_the_first_death_is_made_good(
    processes: Processes, worlds: Worlds, lab: Lab, scenario: Scenario, extent: Extent, score: Tell
) -> None:
    stories = list(twice_killed(lab, scenario))
    some = replace(extent, name="turn").part(stories, quick=3, turn=extent.count(quick=3, turn=15, full=60))
    check(score, "kills, in recovery", played(processes, worlds, some))


@pytest.mark.parametrize("scenario", SCENARIOS[:4], ids=str)
def test_killed_at_any_place_with_the_ledger_in_a_database(
    processes: Processes, worlds: Worlds, lab: Lab, scenario: Scenario, extent: Extent, score: Tell
) -> None:
    stories = [*stories_of(lab, scenario), *twice_killed(lab, scenario)]
    some = replace(extent, name="turn").part(stories, quick=2, turn=extent.count(quick=2, turn=5, full=25))
    check(score, "kills, PostgreSQL", played(processes, worlds, some, database=True))


def twice_killed(lab: Lab, scenario: Scenario) -> Iterator[Story]:
    """Yield stories in which a process dies while a request leaves, and one after it at any place it passes."""
    first_run = lab.play(Trial(scenario=scenario)).passed[0]
    for death in (death for death in deaths(first_run) if first_run[death.at] in LEAVING):
        ending = lab.play(Trial(scenario=scenario, deaths=(death,)))
        first = kill_of(ending.passed[0], death)
        for number, passed in enumerate(ending.passed[1:]):
            for at in range(len(passed)):
                kills = (first, *(None,) * number, kill_of(passed, Death(at=at)))
                yield Story(scenario=scenario, kills=kills)
