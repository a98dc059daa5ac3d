"""Three documents, their ledger and their target: a first run meets a fault, later ones come to rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from rules_run.errors import LedgerUnusable
from rules_run.ledger.home import Home
from rules_run.ledger.records import marker_for
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety

from ..delivery.clock import TestClock
from ..delivery.small_run import key_of, run
from ..delivery.target import Target
from .extent import Score

DOCUMENTS = ["1", "2", "3"]
FAULTS = ("ok", "ok", "reset-after", "refused")
LATER = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A ledger, its target, and the time."""

    home: Home
    clock: TestClock
    target: Target

    def run(self) -> str:
        """Do one run and return what it ended with; only what a person can act on may come out of it."""
        try:
            ledger = self.home.open(self.clock)
            try:
                run(ledger, self.target, self.clock, DOCUMENTS, pause=lambda seconds: None)
            finally:
                ledger.close()
        except LedgerUnusable as error:
            assert error.exit_code == 7
            return str(error)
        return ""

    def asked(self, query: str) -> list[Any]:
        """Return what a connection of its own finds, whatever happens to those of the run."""
        connect: Any = sqlite3.connect if self.home.url is None else psycopg.connect
        with closing(connect(self.home.file if self.home.url is None else self.home.url.reveal())) as connection:
            return [row[0] for row in connection.execute(query).fetchall()]

    def unwritten(self) -> int:
        """Return how many sends there is no attempt of."""
        [attempts] = self.asked("SELECT count(*) FROM attempt")
        return max(0, len(self.target.sent) - int(attempts))

    def made(self, source_id: str) -> list[str]:
        return [str(each["id"]) for each in self.target.live(marker_for(key_of(source_id)))]

    def done(self) -> list[str]:
        """Return the documents that are called done, rightly or not."""
        return self.asked(f"SELECT source_id FROM doc WHERE state = '{State.DONE}'")

    def score(self, suite: str) -> Score:
        """Compare the ledger with what the target really holds."""
        done, tickets = self.done(), self.target.records["Tickets"]
        written = [name for name in DOCUMENTS if [tickets[int(name)].get("invoiceNumber")] == self.made(name)[:1]]
        return Score(
            suite=suite,
            scenarios=1,
            duplicates=sum(len(self.made(name)) > 1 for name in DOCUMENTS),
            lost=sum(not self.made(name) for name in DOCUMENTS),
            false_done=len([name for name in done if name not in written]),
            stuck=len(DOCUMENTS) - len(done),
        )


def scene(home: Home, faults: Sequence[str] = FAULTS, kind: Safety = Safety.PROBE) -> Scene:
    clock = TestClock()
    target = Target(clock, kind)
    target.all_seen = True
    target.faults.extend(faults)
    return Scene(home=home, clock=clock, target=target)


def place(folder: Path) -> Home:
    return Home(tenant="nordlys", file=folder / ".rules-run" / "nordlys.db", lineage_file=folder / "nordlys.lineage")


def healed(scene: Scene, suite: str) -> Score:
    """Run on with a database that works: what was answered is known at once, all else when its time has passed."""
    answered = scene.made("1")
    assert scene.run() == ""
    if answered:
        assert "1" in scene.done()
    for _ in range(6):
        if len(scene.done()) < len(DOCUMENTS):
            scene.clock.advance(LATER)
            assert scene.run() == ""
    return scene.score(suite)


def opened(home: Home) -> Home:
    home.open(TestClock()).close()
    return home
