"""The power is cut: whatever of the unsynced sectors arrived, no acknowledged intent or outcome is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from rules_run.errors import LedgerUnusable
from rules_run.failpoints import watched
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import Payload, marker_for
from rules_run.ledger.states import State
from rules_run.model.exchange import Record

from ..delivery.clock import TestClock
from ..delivery.small_run import RULE, key_of, queued, run
from ..delivery.target import Target
from .disk import Disk, Happened
from .extent import Extent, Score
from .recording import Log, recording

DOCUMENTS = [str(n) for n in range(1, 9)]
FAULTS = ("ok", "ok", "ok", "reset-after", "reset-before", "500-after")
BULK = Payload(message="a long story " * 500)
"""Of the documents queued in between: enough that SQLite writes its log into the file while we work."""
LATER = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A ledger as it stood at first, and all that happened to its files and in its target."""

    path: str
    lineage: str
    before: dict[str, bytes]
    log: Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was wrong after one cut."""

    intents: int = 0
    outcomes: int = 0
    duplicates: int = 0
    unfinished: int = 0
    damaged: int = 0


def opened(path: Path, clock: TestClock) -> Ledger:
    return Ledger.open(path, tenant="nordlys", lineage_file=path.with_name("nordlys.lineage"), clock=clock)


def work(ledger: Ledger, target: Target, clock: TestClock, chance: Random) -> None:
    """Do runs whose answers are lost now and then, a big page between two of them."""
    for plan in ("p1", "p2"):
        target.faults.extend(chance.choices(FAULTS, k=16))
        run(ledger, target, clock, DOCUMENTS)
        ledger.enqueue([replace(queued(f"9{n}", plan), payload=BULK) for n in range(500)])
        clock.advance(100.0)


def recorded(folder: Path, seed: int, *, weakened: bool = False) -> Recorded:
    path, clock = folder / "nordlys.db", TestClock()
    opened(path, clock).close()
    before = {str(path): path.read_bytes()}
    target = Target(clock)
    target.all_seen = True
    with recording(weakened=weakened) as log:

        def mark(name: str) -> None:
            log.append(Happened(kind="mark", path=name))

        def keep() -> None:
            log.append(Happened(kind="mark", path="target", note=deepcopy(target.books)))

        target.afterwards = keep
        for _ in range(2):
            ledger = opened(path, clock)
            with watched(mark):
                work(ledger, target, clock, Random(seed))
            ledger.close()
    return Recorded(path=str(path), lineage=path.with_name("nordlys.lineage").read_text(), before=before, log=log)


def passed(events: Log, name: str) -> list[Happened]:
    return [each for each in events if each.kind == "mark" and each.path == name]


def play(scene: Recorded, folder: Path, chance: Random) -> Found:
    """Cut the power anywhere, as often between two writes as after a sync or after something was acknowledged."""
    said = [n for n, each in enumerate(scene.log) if each.kind == "mark" and each.path.startswith("after-")]
    synced = [n for n, each in enumerate(scene.log) if each.kind == "sync"]
    at = chance.choice(chance.choice([said, synced, range(len(scene.log))])) + 1
    events = scene.log[:at]
    folder.mkdir()
    for name, content in Disk(scene.before).play(events).cut(chance).items():
        folder.joinpath(Path(name).name).write_bytes(content)
    (folder / "nordlys.lineage").write_text(scene.lineage)
    path = folder / "nordlys.db"
    with closing(sqlite3.connect(path)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return Found(damaged=1)
        [intents, outcomes] = connection.execute("SELECT count(*), count(outcome) FROM attempt").fetchone()
    lost = (len(passed(events, "at-guard")) - intents, len(passed(events, "after-outcome")) - outcomes)
    duplicates, unfinished = heal(path, events)
    return Found(intents=max(0, lost[0]), outcomes=max(0, lost[1]), duplicates=duplicates, unfinished=unfinished)


def heal(path: Path, events: Log) -> tuple[int, int]:
    """Run until it is quiet, with what is left of the ledger, and count what is double and what is not done."""
    clock = TestClock(10_000.0, boot=2)
    target = Target(clock)
    target.all_seen = True
    kept = passed(events, "target")
    if kept:
        target.books = deepcopy(kept[-1].note)
        target.books.clock = clock
    try:
        ledger = opened(path, clock)
    except LedgerUnusable:
        return 0, len(DOCUMENTS)
    for _ in range(5):
        run(ledger, target, clock, DOCUMENTS)
        clock.advance(LATER)
        if not unfinished(ledger, target):
            break
    left = unfinished(ledger, target)
    ledger.close()
    return sum(len(made(target, each)) > 1 for each in DOCUMENTS), len(left)


def made(target: Target, source_id: str) -> list[Record]:
    return target.live(marker_for(key_of(source_id)))


def unfinished(ledger: Ledger, target: Target) -> list[str]:
    """Return the documents that are not both made and known to be, with their number written back."""
    docs, tickets = ledger.known(RULE, DOCUMENTS), target.records["Tickets"]
    done = [
        each
        for each in DOCUMENTS
        if made(target, each)
        and (docs[each].state, docs[each].target_id) == (State.DONE, str(made(target, each)[0]["id"]))
        and tickets[int(each)]["invoiceNumber"] == docs[each].target_id
    ]
    return [each for each in DOCUMENTS if each not in done]


def trials(scene: Recorded, folder: Path, seed: int, count: int) -> list[Found]:
    return [play(scene, folder / str(n), Random(f"{seed}/{n}")) for n in range(count)]


@pytest.mark.parametrize("part", range(2))
def test_a_power_cut_loses_nothing_that_was_acknowledged(
    extent: Extent, score: Callable[[Score], None], tmp_path: Path, part: int
) -> None:
    seed = extent.seed * 2 + part
    found = trials(recorded(tmp_path, seed), tmp_path, seed, extent.count(quick=30, turn=100, full=500))
    total = Score(
        suite="power loss",
        scenarios=len(found),
        duplicates=sum(each.duplicates for each in found),
        lost=sum(each.intents + each.outcomes + each.damaged for each in found),
        stuck=sum(each.unfinished for each in found),
    )
    score(total)
    assert total.clean(), total


def test_with_less_than_full_synchronisation_the_same_cuts_do_lose_intents(extent: Extent, tmp_path: Path) -> None:
    found = trials(recorded(tmp_path, extent.seed, weakened=True), tmp_path, extent.seed, 10)
    assert sum(each.intents for each in found) > 0
    assert not any(each.damaged for each in found)
