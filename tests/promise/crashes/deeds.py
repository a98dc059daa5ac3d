"""What a person or an installation does to a ledger, each killed at any of its places and then done again."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rules_run.errors import LedgerUnusable, NotPossible
from rules_run.failpoints import watched
from rules_run.ledger.states import State

from ...delivery.small_run import RULE
from ...delivery.target import Died
from .filed import Place
from .processes import ACTIONS, DEFAULTS, NEW_FILE, OLD_FILE
from .simulation import PAUSE, Watch
from .world import SCENARIOS, Scenario

PROBED, UNSEARCHABLE = SCENARIOS[0], SCENARIOS[3]
OLDER = (
    *("DROP INDEX doc_sought", "DROP INDEX doc_of_rule", "ALTER TABLE doc DROP COLUMN sought"),
    *("DROP TABLE history", "ALTER TABLE run DROP COLUMN tenant", "UPDATE meta SET schema_version = 1"),
    "UPDATE alembic_version SET version_num = '0001'",
)
"""Takes a ledger back to its first schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One action: what is there before it, and how it is done again after a death. `again` returns what is wrong."""

    name: str
    action: str
    before: Callable[[Place], object]
    again: Callable[[Place], list[str]] = lambda _: []
    scenario: Scenario = PROBED
    suite: str = "kills, keeping the ledger"

    def __str__(self) -> str:
        return self.name


def do(place: Place, action: str) -> None:
    """Do something in this process."""
    ACTIONS[action](place, DEFAULTS)


def passed_by(place: Place, action: str) -> list[str]:
    """Do something in this process, and return the places that it passed."""
    watch = Watch(None)
    with watched(watch):
        do(place, action)
    return watch.passed


def state_of(place: Place) -> State | None:
    """Return how the document stands in the ledger."""
    ledger = place.home.open(place.clock)
    doc = ledger.known(RULE, ["1"]).get("1")
    ledger.close()
    return doc.state if doc else None


def _refused(place: Place) -> None:
    world = place.world()
    world.target.faults.append("reject")
    world.run()
    assert state_of(place) is State.HELD


def _in_doubt(fault: str) -> Callable[[Place], None]:
    """Have the answer to the first send lost, and nobody find out what became of it."""

    def before(place: Place) -> None:
        world = place.world()
        world.target.faults.append(fault)
        world.run()
        world.target.down = True
        for _ in range(2):
            place.clock.advance(100_000.0)
            world.run()
        assert state_of(place) is State.PARKED

    return before


def _given_up(place: Place) -> list[str]:
    """Give the document up again, and find that it stays so and is not sent any more."""
    if state_of(place) is not State.CANCELLED:
        do(place, "give_up")
    before = len(place.world().target.books.senders)
    do(place, "run")
    sent = len(place.world().target.books.senders) - before
    return [] if state_of(place) is State.CANCELLED and not sent else [f"stuck: {state_of(place)}, {sent} sent"]


def _nothing(place: Place) -> None:
    for path in (place.home.file, place.home.lineage_file):
        path.unlink()


def _older(place: Place) -> None:
    do(place, "run")
    with closing(sqlite3.connect(place.home.file)) as connection, connection:
        for statement in OLDER:
            connection.execute(statement)


def _upgraded(place: Place) -> list[str]:
    do(place, "upgrade")
    return []


def _saved(place: Place) -> None:
    do(place, "backup")
    do(place, "run")


def _restored(place: Place) -> list[str]:
    do(place, "restore")
    return []


def _still_whole(place: Place) -> list[str]:
    """Find that what a killed backup left behind is a whole one or is refused, and that the ledger is as it was."""
    found = state_of(place)
    with contextlib.suppress(NotPossible, LedgerUnusable):
        do(place, "restore")
    return [] if found is State.DONE else [f"lost: it is {found}"]


def _lost(place: Place) -> None:
    do(place, "run")
    for path in place.home.file.parent.glob("nordlys.db*"):
        path.unlink()


def _rebuilt(place: Place) -> list[str]:
    """Rebuild again where the ledger is still refused; never is an unfinished one taken for whole."""
    try:
        state = state_of(place)
    except LedgerUnusable:
        do(place, "rebuild")
        state = state_of(place)
    place.clock.advance(PAUSE)
    return [] if state is State.DONE else [f"lost: it is {state} after the rebuilding"]


def _unanswered(place: Place) -> None:
    """Die with an answer in the hand."""
    watch = Watch(None)

    def die(name: str) -> None:
        watch(name)
        if name == "after-send":
            raise Died

    with watched(die), contextlib.suppress(Died):
        place.world().run()


def _kept(place: Place) -> None:
    _unanswered(place)
    do(place, "keep")


def _file(place: Place) -> None:
    (place.folder / "bills.csv").write_bytes(OLD_FILE)


def _whole(place: Place) -> list[str]:
    found = Path(place.folder / "bills.csv").read_bytes()
    return [] if found in (OLD_FILE, NEW_FILE) else [f"lost: the file holds {found!r}"]


def _twice_there(place: Place) -> None:
    """Have a request arrive after it was found to be certainly absent and sent again."""
    world = place.world()
    world.target.late_after = 1000.0
    world.target.faults.append("late")
    world.run()
    for _ in range(3):
        place.clock.advance(200.0)
        world.run()
    place.clock.advance(PAUSE)
    assert state_of(place) is State.DONE
    assert len(world.made("1")) == 2


def _told(place: Place) -> list[str]:
    """Find that a person is told of both after the next run."""
    do(place, "run")
    ledger = place.home.open(place.clock)
    doc = ledger.known(RULE, ["1"])["1"]
    ledger.close()
    return [] if (doc.word, doc.hold_code) == ("Needs you", "D004") else [f"lost: {doc.word} {doc.hold_text}"]


PERSON = "kills, a person's decisions"
DEEDS = (
    Deed(name="it is there", action="answer", before=_in_doubt("reset-after"), suite=PERSON),
    Deed(name="it is not there", action="answer", before=_in_doubt("reset-before"), suite=PERSON),
    Deed(name="try it again", action="answer", before=_refused, suite=PERSON),
    Deed(
        name="give it up",
        action="give_up",
        before=_in_doubt("reset-before"),
        again=_given_up,
        scenario=UNSEARCHABLE,
        suite=PERSON,
    ),
    Deed(name="first opening", action="open_first", before=_nothing),
    Deed(name="upgrade", action="upgrade", before=_older, again=_upgraded),
    Deed(name="backup", action="backup", before=lambda place: do(place, "run"), again=_still_whole),
    Deed(name="restore", action="restore", before=_saved, again=_restored),
    Deed(name="rebuild", action="rebuild", before=_lost, again=_rebuilt),
    Deed(name="an outcome put beside", action="keep", before=_unanswered),
    Deed(name="an outcome taken in", action="run", before=_kept),
    Deed(name="an alarm", action="run", before=_twice_there, again=_told, suite=PERSON),
    Deed(name="a file of records", action="write_file", before=_file, again=_whole),
)
ENDED = frozenset({"give it up", "an alarm"})
"""After these a person has the word, and nothing more is made."""
