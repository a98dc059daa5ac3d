"""A process that dies anywhere, played in this one on a clock moved by hand: nothing is doubled, lost or left stuck."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from .crashes.chance import by_chance
from .crashes.oracle import Flaw
from .crashes.simulation import SERVER_FAULTS, Lab, Trial, pairs, single_deaths
from .crashes.telling import Tell, check
from .crashes.world import SCENARIOS, Scenario
from .extent import Extent

TWICE = [SCENARIOS[0], SCENARIOS[3]]
CHUNKS = 10
"""Into so many tests the trials by chance are cut, for several processors."""
SEEDS = 1_000_000


def played(lab: Lab, trials: Iterable[Trial]) -> Iterator[tuple[Trial, int, list[Flaw]]]:
    for trial in trials:
        ending = lab.play(trial)
        yield trial, ending.kills, list(ending.flaws)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_whatever_place_a_process_dies_at_the_next_ones_make_it_good(lab: Lab, scenario: Scenario, score: Tell) -> None:
    check(score, "crashes, each place", played(lab, single_deaths(lab, scenario)))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_server_that_fails_and_a_process_that_dies_at_any_place_after_or_before_it(
    lab: Lab, scenario: Scenario, extent: Extent, score: Tell
) -> None:
    faults = extent.part(SERVER_FAULTS, quick=0, turn=2)
    trials = [Trial(scenario=scenario, faults=((fault,),)) for fault in SERVER_FAULTS]
    trials += [trial for fault in faults for trial in single_deaths(lab, scenario, fault)]
    check(score, "crashes, each place and server fault", played(lab, trials))


@pytest.mark.parametrize("scenario", TWICE, ids=str)
def test_two_processes_that_die_one_after_the_other_at_any_two_places(
    lab: Lab, scenario: Scenario, extent: Extent, score: Tell
) -> None:
    firsts = extent.part(list(single_deaths(lab, scenario)), quick=5, turn=20)
    trials = extent.part(list(pairs(lab, scenario, firsts)), quick=20, turn=250)
    check(score, "crashes, pairs of places", played(lab, trials))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_any_number_of_deaths_faults_pauses_and_reboots_by_chance(
    lab: Lab, chunk: int, extent: Extent, score: Tell
) -> None:
    first = extent.seed * SEEDS + chunk * (SEEDS // CHUNKS)
    trials = map(by_chance, range(first, first + extent.count(quick=5, turn=100, full=1000)))
    check(score, "crashes, by chance", played(lab, trials))
