"""The whole program over a real connection, killed anywhere and applied until it is quiet: one of everything."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from rules_run.failpoints import WIRE

from ..cli.desk import DATE, Desk, desk_in, example_data
from ..cli.forks import Forks, said_by
from .crashes.telling import Tell
from .extent import Extent, Score

SUITE = "kills, commands over HTTP"
TENANT = "tenants/testcompany.yaml"
APPLY = ("apply", "--quiet", "--date", DATE)
PAUSE = 0.2
"""Seconds between two runs while a deadline passes: nothing tells when."""
AT_ONCE = "deadline: 0.6\n    settle: 0\n    negative_gap: 0 #"
WRITES = 6
"""Vendor, service, product, contract, adjustment, charge."""
CHAINS = (
    (
        *("set-up-commit", "after-set-up", "queue-commit", "after-queue", "before-claim", "claim-commit"),
        *("after-claim", "before-intent:2", "intent-commit:2"),
    ),
    ("after-intent", "at-guard:2", "send-body-left:2", "send-status-read"),
    ("after-send", "outcome-commit", "after-outcome", "queue-commit:2"),
    (
        *("send-status-read", "overdue-commit", "after-overdue"),
        *("before-look", "after-look", "verdict-commit", "after-verdict"),
    ),
    ("at-guard:5", "verdict-commit", "send-body-left", "after-look", "after-verdict"),
    ("after-run", "release-commit", "after-release", "watch-commit", "after-watch"),
    *((name,) for name in WIRE),
)
"""Each process dies at the place of its turn: `name:n` is the n-th pass of a failpoint."""
SELDOM = frozenset({"release-commit", "after-release", "watch-commit", "after-watch"})
"""Places that only some runs pass."""


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with desk_in(tmp_path_factory.mktemp("forks") / "desk", example_data()) as desk:
        started = Forks(desk)
        assert started.run(desk, "validate") == 0
    yield started
    started.close()


@contextmanager
def small_desk(folder: Path) -> Iterator[Desk]:
    """Give a desk with two rows in the report."""
    with desk_in(folder / "desk", example_data()) as desk:
        desk.keep("LYN002NR", "STP001NO")
        yield desk


@contextmanager
def hasty_desk(folder: Path) -> Iterator[Desk]:
    """Give one whose lost answers may be looked after a second later."""
    with small_desk(folder) as desk:
        desk.edit(TENANT, "settle: 1 #", AT_ONCE)
        desk.edit(TENANT, "    negative_gap: 1\n", "")
        yield desk


def until_quiet(desk: Desk, forks: Forks) -> None:
    """Apply until there is nothing to do."""
    end = monotonic() + 60
    while forks.run(desk, *APPLY) != 0:
        assert monotonic() < end, said_by(desk).read_text()
        sleep(PAUSE)


def assert_one_of_everything(desk: Desk) -> None:
    kinds = ("Companies", "Services", "Products", "Contracts", "ContractServiceAdjustments", "ContractCharges")
    assert {kind: len(desk.records(kind)) for kind in kinds} == dict(zip(kinds, (3, 2, 1, 1, 1, 1), strict=True))
    listed = desk.run("queue", "list").lines
    assert len(listed) == WRITES + 1
    assert all("Processed" in line for line in listed)
    before = len(desk.writes())
    assert "nothing to do" in desk.apply("--quiet").out
    assert len(desk.writes()) == before


def killed_at(desk: Desk, forks: Forks, place: str) -> bool:
    """Apply until a process dies at a place; say whether one did, where not every run passes it."""
    end = monotonic() + 60
    while (code := forks.run(desk, *APPLY, failpoint=place)) != -signal.SIGKILL:
        if code == 0 and place in SELDOM:
            return False
        assert code == 3, f"{place}: {said_by(desk).read_text()}"
        assert monotonic() < end, f"{place} was not passed"
        sleep(PAUSE)
    return True


@pytest.mark.parametrize("half", [0, 1])
def test_killed_at_one_place_after_the_other_and_applied_until_quiet_there_is_one_of_everything(
    forks: Forks, tmp_path: Path, half: int, extent: Extent, score: Tell
) -> None:
    chains = extent.part(CHAINS[half::2], quick=1, turn=4)
    for number, chain in enumerate(chains):
        with hasty_desk(tmp_path / str(number)) as desk:
            kills = sum(killed_at(desk, forks, place) for place in chain)
            until_quiet(desk, forks)
            assert_one_of_everything(desk)
        score(Score(suite=SUITE, scenarios=1, kills=kills))


def test_killed_at_random_times_and_applied_until_quiet_there_is_one_of_everything(
    forks: Forks, tmp_path: Path, extent: Extent, score: Tell
) -> None:
    for number in range(extent.count(quick=1, turn=2, full=12)):
        chance = random.Random(extent.seed * 1000 + number)
        with hasty_desk(tmp_path / str(number)) as desk:
            codes = [forks.run(desk, *APPLY, kill_after=chance.uniform(0.05, 1.0)) for _ in range(6)]
            until_quiet(desk, forks)
            assert_one_of_everything(desk)
        score(Score(suite=SUITE, scenarios=1, kills=codes.count(-signal.SIGKILL)))


def test_while_an_answer_is_unknown_the_document_is_being_checked_and_nothing_is_sent_for_it(
    forks: Forks, tmp_path: Path
) -> None:
    with small_desk(tmp_path) as desk:
        desk.edit(TENANT, "settle: 1 #", "deadline: 1\n    settle: 600 #")
        assert forks.run(desk, *APPLY, failpoint="send-body-left:6") == -signal.SIGKILL
        end = monotonic() + 40
        while "Checking" not in desk.run("queue", "list").out:
            assert desk.apply("--quiet").code == 3
            assert monotonic() < end
        charges = [entry for entry in desk.writes() if entry.resource == "ContractCharges"]
        assert len(charges) <= 1

        waiting = desk.apply()
        assert waiting.code == 3
        assert "Checking" in waiting.out
        checking = desk.run("queue", "list", "--state", "Checking").lines
        assert len(checking) == 1
        assert "intermedia-autotask/charge" in checking[0]
        assert [entry for entry in desk.writes() if entry.resource == "ContractCharges"] == charges

        desk.edit(TENANT, "settle: 600 #", "settle: 0 #")
        until_quiet(desk, forks)
        assert_one_of_everything(desk)
