"""Wall time of an apply against an API that takes 100 ms to answer, and the least that the vendor's limits allow."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.slow_system import Seen, SlowSystem, slow_system

WORKLOAD = Path(__file__).parent / "visits"
DOCUMENTS, CUSTOMERS, LATENCY = 100, 20, 0.1
IN_FLIGHT = 2
"""Requests of one object at a time: three are allowed, but a place is freed a little after its answer."""
ENVIRONMENT = {"AUTOTASK_USER": "api@nordlys.example", "AUTOTASK_SECRET": "s", "AUTOTASK_INTEGRATION_CODE": "c"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request that cannot be made before the answers to others."""

    object: str
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """What one apply took."""

    seconds: float
    bound: float
    start: float
    calls: int
    needed: int
    most: int
    log: tuple[Seen, ...]

    @property
    def lines(self) -> list[str]:
        """Return the figures for people."""
        ratio, more = self.seconds / self.bound, self.calls / self.needed - 1
        return [
            f"{DOCUMENTS} documents of {CUSTOMERS} customers, {LATENCY * 1000:.0f} ms an answer, "
            f"{IN_FLIGHT} requests of an object at a time",
            f"wall time {self.seconds:.2f} s, of it {self.start:.2f} s before the first request; "
            f"bound {self.bound:.2f} s; ratio {ratio:.2f}",
            f"calls {self.calls}, needed {self.needed}: {more:+.1%}; at most {self.most} of an object at a time",
        ]


def visits(documents: int = DOCUMENTS, customers: int = CUSTOMERS) -> dict[str, Any]:
    """Return what stands in Autotask: new tickets of some customers, and what they are charged by."""
    company = {"companyType": "Customer", "phone": "1", "isActive": True}
    ticket = {"status": "New", "priority": "Medium", "title": "Visit", "createDate": "2019-06-01T10:00:00Z"}
    return {
        "today": "2019-06-04",
        "records": {
            "Companies": [{"id": n, "companyName": f"Customer {n}", **company} for n in range(1, customers + 1)],
            "Tickets": [{"id": n, "companyID": n % customers + 1, **ticket} for n in range(1, documents + 1)],
            "BillingCodes": [{"id": 5, "name": "Visits", "useType": 4, "isActive": True}],
        },
    }


def bound(jobs: Sequence[Job], *, latency: float, in_flight: int) -> float:
    """Return the least time for jobs that are given in an order in which none waits for a later one.

    All take the same time, so an object is never better used than by the job that became possible first.
    """
    ends: list[float] = []
    places: dict[str, list[float]] = defaultdict(lambda: [0.0] * in_flight)
    ready = [0.0] * len(jobs)
    for number, job in enumerate(jobs):
        ready[number] = max((ends[each] for each in job.after), default=0.0)
        free = places[job.object]
        first = min(range(in_flight), key=free.__getitem__)
        free[first] = max(ready[number], free[first]) + latency
        ends.append(free[first])
    return max(ends)


def needed_jobs(documents: int) -> list[Job]:
    """Return the requests of the workload: the log-in, a page, the look-ups, then a charge and a ticket a document."""
    before = [
        Job(object="ZoneInformation"),
        Job(object="ThresholdInformation", after=(0,)),
        Job(object="Tickets", after=(1,)),  # what the labels of picklists stand for
        Job(object="Tickets", after=(2,)),
        Job(object="Companies", after=(3,)),
        Job(object="BillingCodes", after=(3,)),
        Job(object="TicketCharges", after=(3,)),
        Job(object="Tickets", after=(3,)),
    ]
    asked = tuple(range(4, len(before)))
    creates = [Job(object="TicketCharges", after=asked) for _ in range(documents)]
    updates = [Job(object="Tickets", after=(len(before) + number,)) for number in range(documents)]
    return [*before, *creates, *updates]


def measure() -> Wall:
    """Apply the workload in a process of its own against another one; modules are compiled, as an installed wheel's."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "bytecode"
        _apply(Path(folder) / "first", cache, documents=2)
        return _apply(Path(folder) / "measured", cache, documents=DOCUMENTS)


def _apply(folder: Path, cache: Path, *, documents: int) -> Wall:
    with slow_system(visits(documents), latency=LATENCY) as system:
        _lay_out(folder, system)
        environment = {**os.environ, **ENVIRONMENT, "NO_COLOR": "1", "PYTHONPYCACHEPREFIX": str(cache)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        words = [sys.executable, "-m", "rules_run", "-C", str(folder), "apply", "--quiet"]
        start = time.monotonic()
        ran = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - start
        if f"{documents} created" not in ran.stdout:
            raise SystemExit(f"The apply failed:\n{ran.stdout}{ran.stderr}")
        seen = system.seen()
    pages, look_ups, markers, targets = 1, 2, 1, 1
    return Wall(
        seconds=seconds,
        bound=bound(needed_jobs(documents), latency=LATENCY, in_flight=IN_FLIGHT),
        start=min(row.start for row in seen) - start,
        calls=len(seen),
        needed=pages + look_ups + markers + targets + 2 * documents,
        most=max(most_at_once([row for row in seen if row.object == name]) for name in {row.object for row in seen}),
        log=tuple(sorted(seen, key=lambda row: row.start)),
    )


def most_at_once(seen: Sequence[Seen]) -> int:
    """Return how many requests were worked on at the same time."""
    moments = sorted([(row.start, 1) for row in seen] + [(row.end, -1) for row in seen])
    under_way = most = 0
    for _, change in moments:
        under_way += change
        most = max(most, under_way)
    return most


def _lay_out(folder: Path, system: SlowSystem) -> None:
    files: Mapping[str, str] = {
        "rules/visits/visits.rules.yaml": "visits.rules.yaml",
        "tenants/nordlys.yaml": "tenant.yaml",
    }
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True)
        text = (WORKLOAD / source).read_text(encoding="utf-8").replace("URL", system.url)
        (folder / name).write_text(text, encoding="utf-8")


def main() -> None:
    """Measure once and print."""
    wall = measure()
    for line in wall.lines:
        print(line)
    if "--log" in sys.argv:
        first = wall.log[0].start
        for row in wall.log:
            print(f"{row.start - first:7.3f} {row.end - first:7.3f} {row.method:5} {row.path}")


if __name__ == "__main__":
    main()
