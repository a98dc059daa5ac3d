"""One run in a process of its own, so that it can be killed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.lock import RunLock
from rules_run.model.exchange import Safety

from .clock import TestClock
from .small_run import run
from .target import Target


def main(folder: Path, seconds: float, safety: Safety, fault: str = "") -> None:
    clock = TestClock(seconds)
    target = Target(clock, safety, file=folder / "target.jsonl")
    target.all_seen = True
    target.faults.extend([fault] if fault else [])
    path = folder / ".rules-run" / "nordlys.db"
    with RunLock(path, clock):
        ledger = Ledger.open(path, tenant="nordlys", lineage_file=folder / "nordlys.lineage", clock=clock)
        run(ledger, target, clock, ["1"])
        ledger.close()


def serve() -> None:
    """Do each run that a line asks for in a child of its own, and answer with how the child ended."""
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ |= asked["environment"]
            main(Path(asked["folder"]), asked["seconds"], Safety(asked["safety"]), asked["fault"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
