"""Many processes send from one ledger, and are killed at random: the target gets one of each document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rules_run.errors import LedgerUnusable
from rules_run.ledger.home import Home
from rules_run.ledger.records import marker_for
from rules_run.ledger.states import State

from ..delivery.small_run import RULE, key_of, queued
from ..delivery.target import MARKER
from ..postgres import own_schema
from .extent import QUICK, Extent, Score
from .foreman import LaterClock, home_of, target_in

ROOT = Path(__file__).parents[2]
HOUR = 3600.0
SHIFTS = 5
"""So many without a kill are enough for everything to come to rest."""


class Foreman:
    """The process from which the workers come."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine")}
        command = [sys.executable, "-m", "tests.promise.foreman"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def shift(self, folder: Path, url: str, **asked: Any) -> dict[str, Any]:
        words = {
            "folder": str(folder),
            "url": url,
            "kills": 0,
            "pauses": [0.2, 2.0],
            "seed": 0,
            "settle": True,
            **asked,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def foreman() -> Iterator[Foreman]:
    started = Foreman()
    yield started
    started.close()


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def store(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    if request.param == "SQLite":
        yield "SQLite", ""
        return
    with own_schema() as url:
        yield "PostgreSQL", url.reveal()


def fill(home: Home, names: list[str]) -> None:
    with closing(home.open(LaterClock(0.0))) as ledger:
        for at in range(0, len(names), 500):
            ledger.enqueue([queued(name) for name in names[at : at + 500]])


def at_rest(home: Home) -> bool:
    """Say whether every document is called done."""
    with closing(home.open(LaterClock(0.0))) as ledger:
        return set(ledger.queue.count()) == {"Processed"}


def judged(home: Home, folder: Path, names: list[str], suite: str, kills: int) -> Score:
    """Compare the ledger with everything that the target ever made."""
    records = target_in(folder, LaterClock(0.0)).records["Invoices"].values()
    made = {str(record[MARKER]): str(record["id"]) for record in records}
    times = Counter(str(record[MARKER]) for record in records)
    markers = {name: marker_for(key_of(name)) for name in names}
    with closing(home.open(LaterClock(0.0))) as ledger:
        docs = ledger.known(RULE, names)
    done = [name for name in names if docs[name].state is State.DONE]
    return Score(
        suite=suite,
        scenarios=1,
        kills=kills,
        duplicates=sum(number > 1 for number in times.values()),
        lost=sum(marker not in made for marker in markers.values()),
        false_done=sum(docs[name].target_id != made.get(markers[name]) for name in done),
        stuck=len(names) - len(done),
    )


def test_killed_at_random_many_workers_make_one_of_each(
    foreman: Foreman,
    extent: Extent,
    score: Callable[[Score], None],
    store: tuple[str, str],
    tmp_path: Path,
) -> None:
    name, url = store
    count = extent.count(quick=150, turn=800, full=5000)
    busy = {
        "workers": extent.count(quick=3, turn=8, full=8),
        "kills": extent.count(quick=4, turn=15, full=60),
        "pauses": [0.05, 0.3] if extent.name == QUICK else [0.2, 2.0],
    }
    kills, home = 0, home_of(tmp_path, url)
    names = []
    for turn in range(extent.count(quick=1, full=3)):
        new = [f"{turn}-{n}" for n in range(count)]
        fill(home, new)
        names += new
        later = turn * 10 * HOUR
        with home.lock(LaterClock(0.0)):
            shifts = [foreman.shift(tmp_path, url, later=later, seed=extent.seed + turn, **busy)]
            while len(shifts) <= SHIFTS and not at_rest(home):
                shifts.append(foreman.shift(tmp_path, url, later=later + len(shifts) * HOUR, workers=2))
        assert {code for ended in shifts for code in ended["codes"]} <= {0, LedgerUnusable.exit_code}
        kills += shifts[0]["kills"]
    found = judged(home, tmp_path, names, f"many workers, {name}", kills)
    score(found)
    assert found.clean(), found
    assert kills > 0
