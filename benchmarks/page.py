"""`make bench`, part "page": the plan of a page of records that have not changed since the last run, in CPU time."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.memory import entries, orders, workspace

from rules_run.model.plan import Action
from rules_run.runtime.checking import open_tenant
from rules_run.runtime.opening import open_run
from rules_run.runtime.run import apply_integration
from rules_run.runtime.shelf import nothing
from rules_run.runtime.workspace import Workspace

GOAL = 100.0


def measure(records: int, rounds: int) -> list[float]:
    """Return the CPU milliseconds of each plan, the reading of the source and of the ledger included."""
    milliseconds: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace(folder, "orders")
        orders(folder / "orders.jsonl", records)
        entries(folder / "entries.jsonl", "orders", records)
        tenant, (ready,) = open_tenant(Workspace(root=folder), None, (), {})
        with open_run(Workspace(root=folder), tenant, date="", writing=True) as run:
            apply_integration(run, ready, run.delivery(run.ledger.runs.start(), ready.integration.connectors))
        for _ in range(rounds):
            with open_run(Workspace(root=folder), tenant, date="", writing=False) as run:
                start = time.process_time()
                plan = run.plan(ready, keep=nothing).plan
                milliseconds.append((time.process_time() - start) * 1000)
                assert plan.count(Action.NOTHING) == records, plan.tally
    return milliseconds


def main() -> None:
    """Print the median."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--records", type=int, default=500, help="records of the page (default 500)")
    parser.add_argument("--rounds", type=int, default=15, help="plans (default 15)")
    options = parser.parse_args()
    found = measure(options.records, options.rounds)
    median, best = statistics.median(found), min(found)
    print(f"plan of {options.records} unchanged records: {median:.0f} ms, {best:.0f} at best (goal {GOAL:.0f})")


if __name__ == "__main__":
    main()
