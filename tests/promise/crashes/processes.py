"""Processes that can be killed or stopped: each is forked from one that has everything loaded, and does one thing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rules_run.connect.csvfile import replace_file
from rules_run.failpoints import VARIABLE
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import Ruling
from rules_run.ledger.states import State
from rules_run.model.exchange import Outcome

from .filed import BY_NAME, Place, until_quiet

ROOT = Path(__file__).parents[3]
OLD_FILE, NEW_FILE = b"number,total\n1,10\n", b"number,total\n1,10\n2,20\n"
BY = {"who": "marie", "why": "looked"}
STOPPED = 1000
"""What a process answers that was not ended but stopped: this, and its number."""


def run(place: Place, asked: Mapping[str, Any]) -> None:
    world = place.world(locked=asked["locked"])
    world.target.fate = asked["fate"]
    world.target.faults.extend(asked["faults"])
    world.run()


def finish(place: Place, asked: Mapping[str, Any]) -> None:
    (place.folder / "ending.json").write_text(json.dumps(until_quiet(place.world())))


def answer(place: Place, asked: Mapping[str, Any]) -> None:
    place.world().answer()


def give_up(place: Place, asked: Mapping[str, Any]) -> None:
    place.world().give_up()


def open_first(place: Place, asked: Mapping[str, Any]) -> None:
    place.home.open(place.clock).close()


def upgrade(place: Place, asked: Mapping[str, Any]) -> None:
    place.home.upgrade(place.clock, who="marie")


def backup(place: Place, asked: Mapping[str, Any]) -> None:
    place.home.backup(place.folder / "saved.db")


def restore(place: Place, asked: Mapping[str, Any]) -> None:
    place.home.restore(place.folder / "saved.db", place.clock, **BY)


def rebuild(place: Place, asked: Mapping[str, Any]) -> None:
    world = place.world()
    with place.home.rebuilding(place.clock, **BY) as ledger:
        world.collect(ledger)


def keep(place: Place, asked: Mapping[str, Any]) -> None:
    """Put what the open attempt came to beside the ledger, as is done when that takes nothing."""
    ledger: Ledger = place.home.open(place.clock)
    [found] = ledger.sending.unsettled()
    [made] = place.world().made(found.doc.key.source_id)
    ruling = Ruling(state=State.APPLIED, outcome=Outcome.APPLIED, target_id=str(made["id"]))
    assert ledger.sending.keep(found, ruling)
    ledger.close()


def write_file(place: Place, asked: Mapping[str, Any]) -> None:
    replace_file(place.folder / "bills.csv", NEW_FILE)


ACTIONS: dict[str, Callable[[Place, Mapping[str, Any]], None]] = {
    each.__name__: each
    for each in (run, finish, answer, give_up, open_first, upgrade, backup, restore, rebuild, keep, write_file)
}
DEFAULTS = {"fate": "lost", "faults": [], "failpoint": "", "locked": True}


class Processes:
    """Starts processes, one at a time, but for those that were stopped."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine")}
        command = [sys.executable, "-m", "tests.promise.crashes.processes"]
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def do(self, action: str, place: Place, **options: object) -> int:
        """Do something in a process and return how it ended; one that was stopped answers with its number."""
        where = {"folder": str(place.folder), "scenario": place.scenario.name, "url": place.url}
        return self._ask({**DEFAULTS, **options, **where, "action": action})

    def go_on(self, stopped: int) -> int:
        """Let a stopped process go on, and return how it ended."""
        return self._ask({"go_on": stopped})

    def ending(self, place: Place) -> list[str]:
        """Run until all is quiet, and return what is wrong then."""
        if (code := self.do("finish", place)) != 0:
            return [f"stuck: the runs after it ended with {code}"]
        found: list[str] = json.loads((place.folder / "ending.json").read_text())
        return found

    def close(self) -> None:
        """End the process from which the others come."""
        self._server.communicate(timeout=30)

    def _ask(self, asked: Mapping[str, object]) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


def serve() -> None:
    """Do what each line asks for in a child, and answer with how the child ended or that it stands still."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "go_on" in asked:
            child = asked["go_on"] - STOPPED
            os.kill(child, signal.SIGCONT)
        elif (child := os.fork()) == 0:
            _become(asked)
        _, status = os.waitpid(child, os.WUNTRACED)
        print(STOPPED + child if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status), flush=True)


def _become(asked: Mapping[str, Any]) -> None:
    code = 1
    try:
        if asked["failpoint"]:
            os.environ[VARIABLE] = asked["failpoint"]
        place = Place(folder=Path(asked["folder"]), scenario=BY_NAME[asked["scenario"]], url=asked["url"])
        ACTIONS[asked["action"]](place, asked)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
