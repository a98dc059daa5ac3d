"""Killed anywhere and applied until it is quiet: one of everything, and nothing sent while an answer is unknown."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from .desk import DATE, Desk, desk_in, example_data
from .forks import Forks, said_by

TENANT = "tenants/testcompany.yaml"
APPLY = ("apply", "--quiet", "--date", DATE)
PAUSE = 0.2
"""Seconds between two runs while a deadline passes: nothing tells when."""
AT_ONCE = "deadline: 0.6\n    settle: 0\n    negative_gap: 0 #"
WRITES = 6
"""Vendor, service, product, contract, adjustment, charge."""
CHAINS = {
    "before anything is sent": (
        *("set-up-commit", "after-set-up", "queue-commit", "after-queue", "before-claim", "claim-commit"),
        *("after-claim", "before-intent:2", "intent-commit:2"),
    ),
    "while sending": ("after-intent", "at-guard:2", "send-body-left:2", "send-status-read"),
    "after sending": ("after-send", "outcome-commit", "after-outcome", "queue-commit:2"),
    "at the charge": (
        *("send-status-read", "overdue-commit", "after-overdue"),
        *("before-look", "after-look", "verdict-commit", "after-verdict"),
    ),
    "at the quantity": ("at-guard:5", "verdict-commit", "send-body-left", "after-look", "after-verdict"),
}
"""Each process dies at the place of its turn: `name:n` is the n-th pass of a failpoint."""


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with desk_in(tmp_path_factory.mktemp("forks") / "desk", example_data()) as desk:
        started = Forks(desk)
        assert started.run(desk, "validate") == 0
    yield started
    started.close()


@pytest.fixture
def hasty(small: Desk) -> Desk:
    """A desk whose lost answers may be looked after a second later."""
    small.edit(TENANT, "settle: 1 #", AT_ONCE)
    small.edit(TENANT, "    negative_gap: 1\n", "")
    return small


def until_quiet(desk: Desk, forks: Forks) -> None:
    """Apply until there is nothing to do."""
    end = monotonic() + 40
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


@pytest.mark.parametrize("chain", CHAINS)
def test_killed_at_one_place_after_the_other_and_applied_until_quiet_there_is_one_of_everything(
    hasty: Desk, forks: Forks, chain: str
) -> None:
    for place in CHAINS[chain]:
        end = monotonic() + 30
        while (code := forks.run(hasty, *APPLY, failpoint=place)) != -signal.SIGKILL:
            assert code == 3, said_by(hasty).read_text()
            assert monotonic() < end, f"{place} was not passed"
            sleep(PAUSE)
    until_quiet(hasty, forks)
    assert_one_of_everything(hasty)


@pytest.mark.parametrize("seed", [20190604])
def test_killed_at_random_times_and_applied_until_quiet_there_is_one_of_everything(
    hasty: Desk, forks: Forks, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        forks.run(hasty, *APPLY, kill_after=chance.uniform(0.05, 1.0))
    until_quiet(hasty, forks)
    assert_one_of_everything(hasty)


def test_while_an_answer_is_unknown_the_document_is_being_checked_and_nothing_is_sent_for_it(
    small: Desk, forks: Forks
) -> None:
    small.edit(TENANT, "settle: 1 #", "deadline: 1\n    settle: 600 #")
    assert forks.run(small, *APPLY, failpoint="send-body-left:6") == -signal.SIGKILL
    end = monotonic() + 20
    while "Checking" not in small.run("queue", "list").out:
        assert small.apply("--quiet").code == 3
        assert monotonic() < end
    charges = [entry for entry in small.writes() if entry.resource == "ContractCharges"]
    assert len(charges) <= 1

    waiting = small.apply()
    assert waiting.code == 3
    assert "Checking" in waiting.out
    checking = small.run("queue", "list", "--state", "Checking").lines
    assert len(checking) == 1
    assert "intermedia-autotask/charge" in checking[0]
    assert [entry for entry in small.writes() if entry.resource == "ContractCharges"] == charges

    small.edit(TENANT, "settle: 600 #", "settle: 0 #")
    until_quiet(small, forks)
    assert_one_of_everything(small)
