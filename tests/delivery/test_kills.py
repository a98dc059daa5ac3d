from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rules_run.failpoints import PAGE, SEND, SETTLE, VARIABLE
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import DocState, marker_for
from rules_run.ledger.states import State
from rules_run.model.exchange import Record, Safety

from .clock import TestClock
from .small_run import RULE, key_of
from .target import Target

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Processes that die one after the other, each at its place: `name:n` of a failpoint, or a fault of the target."""

    deaths: tuple[str, ...]
    safety: Safety = Safety.PROBE

    def __str__(self) -> str:
        return f"{self.safety}-{'-'.join(self.deaths)}"


TWICE = ("intent-commit", "after-intent", "at-guard", "after-send", "outcome-commit", "after-outcome")
IN_A_RUN = [*SEND, "queue-commit", "after-queue", *(f"{name}:2" for name in TWICE)]
LOOKING = [name for name in SETTLE if name not in ("watch-commit",)]
SCENARIOS = [
    *(Scenario(deaths=(name,)) for name in IN_A_RUN),
    *(Scenario(deaths=("kill-after", name)) for name in LOOKING),
    *(Scenario(deaths=("kill-before", "overdue-commit", name)) for name in ("watch-commit", "before-look")),
    *(Scenario(deaths=("outcome-commit:2", name)) for name in ("verdict-commit", "finish-commit", "after-finish")),
    *(Scenario(deaths=(name,), safety=Safety.UNIQUE) for name in ("after-intent", "kill-after")),
    *(Scenario(deaths=(name,), safety=Safety.KEY) for name in ("after-intent", "kill-after")),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    codes: tuple[int, ...]
    made: tuple[Record, ...]
    ticket: Record
    doc: DocState


class Runs:
    """A process that starts runs in children of its own, each soon enough to make many of them bearable."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine")}
        command = [sys.executable, "-m", "tests.delivery.one_run"]
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def run(self, folder: Path, seconds: float, safety: Safety, death: str = "") -> int:
        """Do one run and return how its process ended."""
        fault = death if death.startswith("kill-") else ""
        environment = {VARIABLE: death} if death and not fault else {}
        asked = {"folder": str(folder), "seconds": seconds, "safety": safety, "fault": fault}
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps({**asked, "environment": environment}) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def close(self) -> None:
        self._server.communicate(timeout=30)


def play(runs: Runs, folder: Path, scenario: Scenario) -> Ending:
    seconds, codes = 0.0, []
    for death in scenario.deaths:
        codes.append(runs.run(folder, seconds, scenario.safety, death))
        seconds += 100.0
    for _ in range(5):
        assert runs.run(folder, seconds, scenario.safety) == 0
        seconds += 100.0
    ledger = opened(folder, seconds)
    target = Target(TestClock(seconds), scenario.safety, file=folder / "target.jsonl")
    doc = ledger.known(RULE, ["1"])["1"]
    ledger.close()
    made = tuple(target.live(marker_for(key_of("1"))))
    return Ending(codes=tuple(codes), made=made, ticket=target.records["Tickets"][1], doc=doc)


def opened(folder: Path, seconds: float) -> Ledger:
    path = folder / ".rules-run" / "nordlys.db"
    return Ledger.open(path, tenant="nordlys", lineage_file=folder / "nordlys.lineage", clock=TestClock(seconds))


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    started = Runs()
    yield started
    started.close()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a ledger in which nothing has happened."""
    folder = tmp_path_factory.mktemp("fresh")
    opened(folder, 0.0).close()
    return folder


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_killed_anywhere_the_document_is_made_once_and_done(
    runs: Runs, fresh: Path, tmp_path: Path, scenario: Scenario
) -> None:
    folder = tmp_path / "work"
    shutil.copytree(fresh, folder)
    ending = play(runs, folder, scenario)
    assert set(ending.codes) == {-signal.SIGKILL}
    assert len(ending.made) == 1
    assert (ending.doc.state, ending.doc.target_id) == (State.DONE, str(ending.made[0]["id"]))
    assert ending.ticket["invoiceNumber"] == ending.doc.target_id


def test_every_failpoint_is_a_place_at_which_some_process_was_killed() -> None:
    killed = {death.partition(":")[0] for scenario in SCENARIOS for death in scenario.deaths}
    assert killed >= {*SEND, *SETTLE, *PAGE}
