"""Many processes that only claim and send, over one ledger and one target; one after the other is killed."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from rules_run.delivery.delivery import Delivery
from rules_run.errors import LedgerUnusable
from rules_run.ledger.home import Home
from rules_run.ledger.states import State
from rules_run.model.exchange import Safety
from rules_run.model.secret import Secret
from rules_run.runtime.clock import SystemClock

from ..delivery.small_run import create
from ..delivery.target import Target
from .scene import place


class LaterClock(SystemClock):
    """The clocks of this machine, so many seconds later."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._later = seconds

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._later)

    def boottime(self) -> float:
        return super().boottime() + self._later

    @property
    def elapsed(self) -> float:
        """Return the time by which the target goes."""
        return self.boottime()


def home_of(folder: Path, url: str) -> Home:
    home = place(folder)
    return Home(tenant=home.tenant, file=home.file, lineage_file=home.lineage_file, url=Secret(url) if url else None)


def target_in(folder: Path, clock: Any) -> Target:
    target = Target(clock, Safety.PROBE, file=folder / "target.jsonl")
    target.all_seen = True
    return target


def work(folder: Path, url: str, later: float, *, settle: bool) -> None:
    """Send what is to be had until nothing is left; before that, look after lost answers."""
    clock = LaterClock(later)
    with closing(home_of(folder, url).open(clock)) as ledger:
        target = target_in(folder, clock)
        delivery = Delivery(ledger=ledger, connectors={"erp": target}, clock=clock, run_id=ledger.runs.start())
        if settle:
            ledger.finish([each.doc.id for each in delivery.settle() if each.doc.state is State.APPLIED])
        while (doc := delivery.take()) is not None:
            delivery.send(doc, create(doc.key.source_id, target.kind), last=True)


class Crew:
    """The workers of one shift, each a fork of this process."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked, self._chance = asked, Random(asked["seed"])
        self._workers: dict[int, int] = {}
        self.kills, self.codes = 0, set[int]()

    def shift(self) -> None:
        for _ in range(self._asked["workers"]):
            self._hire()
        while self._workers:
            least, most = self._asked["pauses"]
            pause = self._chance.uniform(least, most) if self.kills < self._asked["kills"] else None
            ended, _, _ = select.select(list(self._workers), [], [], pause)
            for handle in ended:
                code = self._gone(handle)
                self.codes.add(code)
                if code == LedgerUnusable.exit_code:
                    self._hire()  # eight of them may wait too long for one file: the next one goes on
            if not ended:
                handle = self._chance.choice(sorted(self._workers))
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                self.kills += 1
                self._gone(handle)
                self._hire()

    def _hire(self) -> None:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work(
                    Path(self._asked["folder"]), self._asked["url"], self._asked["later"], settle=self._asked["settle"]
                )
                code = 0
            except LedgerUnusable as fault:
                code = fault.exit_code
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(code)
        self._workers[os.pidfd_open(child)] = child

    def _gone(self, handle: int) -> int:
        _, status = os.waitpid(self._workers.pop(handle), 0)
        os.close(handle)
        return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Do a shift for each line, and answer with what came of it."""
    for line in sys.stdin:
        crew = Crew(json.loads(line))
        crew.shift()
        print(json.dumps({"kills": crew.kills, "codes": sorted(crew.codes)}), flush=True)


if __name__ == "__main__":
    main()
