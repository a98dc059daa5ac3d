"""`make bench`, part "memory": peaks of whole commands over JSON lines, many and very many, which must be alike."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BENCHMARKS = Path(__file__).parent
FEW, MANY = 100_000, 1_000_000
GOAL = 300
CUSTOMERS = 4
"""Orders of a customer in the mean."""
TENANT = """\
language: 1
tenant: shop
time_zone: Europe/Oslo
connectors:
  shop:
    type: files
    resources:
      Orders: {{file: orders.jsonl, key: id, fields: {{id: text, customer: text, account: text, day: date,
               text: text, amount: decimal}}}}
  books:
    type: files
    resources:
      Entries: {{file: entries.jsonl, key: id, fields: {{id: text, customer: text, account: text, day: date,
                text: text, amount: decimal}}}}
integrations:
  {rules}: {{state: live, limits: {{creates: 10000000}}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one command took."""

    megabytes: float
    cpu: float
    said: str


def measure(counts: Sequence[int]) -> Iterator[str]:
    """Yield the lines of the table."""
    for rules in ("orders", "totals"):
        for count in counts:
            with tempfile.TemporaryDirectory() as folder:
                for name, spent in _commands(Path(folder), rules, count):
                    each = spent.cpu / count * 1e6
                    yield f"{rules}: {name:36} {count:10,} {spent.megabytes:8.0f} {spent.cpu:7.1f} {each:10.1f}"


def _commands(folder: Path, rules: str, count: int) -> Iterator[tuple[str, Spent]]:
    """Plan what is all new, adopt what stands there, then run with nothing to do."""
    workspace(folder, rules)
    orders(folder / "orders.jsonl", count)
    yield "plan, everything is new", spend(folder, "plan")
    entries(folder / "entries.jsonl", rules, count)
    yield "first apply, everything stands there", spend(folder, "apply", "--quiet")
    again = spend(folder, "apply", "--quiet")
    assert "nothing to do" in again.said, again.said
    yield "second apply, nothing to do", again


def workspace(folder: Path, rules: str) -> None:
    """Make a workspace with one tenant and one integration."""
    (folder / "rules").mkdir()
    (folder / "tenants").mkdir()
    (folder / "rules" / rules).symlink_to(BENCHMARKS / rules)
    (folder / "tenants" / "shop.yaml").write_text(TENANT.format(rules=rules), encoding="utf-8")


def order(number: int) -> dict[str, str]:
    """Return an order of the shop; the orders of a customer lie far apart."""
    return {
        "id": f"ORD-{number:07d}",
        "customer": f"{number * 7919 % 1_000_003 // CUSTOMERS:06d}",
        "account": "3000" if number % 3 else "3010",
        "day": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "text": f"Consulting and support, week {number % 52 + 1}, as agreed",
        "amount": f"{number % 9973}.{number % 100:02d}",
    }


def orders(file: Path, count: int) -> None:
    """Write the orders of the shop."""
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{json.dumps(order(number))}\n" for number in range(count))


def entries(file: Path, rules: str, count: int) -> None:
    """Write the entries that stand in the books when all has been written: of each order, or of each customer."""
    with file.open("w", encoding="utf-8") as out:
        if rules == "orders":
            for number in range(count):
                entry = order(number)
                out.write(json.dumps({**entry, "customer": f"Customer {entry['customer']}"}) + "\n")
            return
        totals: dict[str, int] = {}
        for number in range(count):
            entry = order(number)
            cents = int(entry["amount"].replace(".", ""))
            totals[entry["customer"]] = totals.get(entry["customer"], 0) + cents
        for customer, cents in totals.items():
            amount = f"{cents // 100}.{cents % 100:02d}"
            out.write(json.dumps({"id": customer, "customer": f"Customer {customer}", "amount": amount}) + "\n")


def spend(folder: Path, *arguments: str) -> Spent:
    """Run a command in a workspace and return what it took."""
    output = folder / "said.txt"
    with output.open("wb") as said:
        started = subprocess.Popen(
            [sys.executable, "-m", "rules_run", "-C", str(folder), *arguments],
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(BENCHMARKS.parent / "engine")},
        )
        _, status, usage = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
    with output.open("rb") as said:
        said.seek(max(0, output.stat().st_size - 2_000))
        text = said.read().decode("utf-8", "replace")
    output.unlink()
    if started.returncode:
        raise SystemExit(f"rules-run {' '.join(arguments)} left with {started.returncode}:\n{text}")
    return Spent(megabytes=usage.ru_maxrss / 1024, cpu=usage.ru_utime + usage.ru_stime, said=text)


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=[FEW, MANY], help="numbers of records")
    print(f"{'':44} {'records':>10} {'peak MB':>8} {'CPU s':>7} {'µs/record':>10}   (goal {GOAL} MB)")
    for line in measure(parser.parse_args().counts):
        print(line, flush=True)


if __name__ == "__main__":
    main()
