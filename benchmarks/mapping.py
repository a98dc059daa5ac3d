"""`make bench`, part "mapping": the workload "invoice", every contender in one run, in CPU time."""

from __future__ import annotations

import argparse
import csv
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import hand_written, naive, ours
from benchmarks.peers.running import peers
from benchmarks.records import Record, invoices

Contender = Callable[[Record], Record]
Turn = Callable[[], float]
WORKLOAD = Path(__file__).parent / "invoice"
BASE = "hand-written Python"


def main() -> None:
    """Check that all contenders agree, measure them in turn, print a table."""
    options = arguments()
    contenders = ready()
    records = invoices(options.records)
    agree(contenders, records)
    print(machine())
    print(f"{options.records} invoices of 3 lines, {options.rounds} rounds, CPU time, contenders interleaved\n")
    with ExitStack() as stack:
        turns = {name: own_turn(contender, records) for name, contender in contenders.items()}
        for peer in [] if options.no_peers else peers(records):
            turns[peer.says] = stack.enter_context(peer).round
        for line in table(measure(turns, options.rounds), options.records):
            print(line)


def arguments() -> argparse.Namespace:
    """Return how much to measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mapping", description=__doc__)
    parser.add_argument("--records", type=int, default=500, help="invoices a round (default 500)")
    parser.add_argument("--rounds", type=int, default=25, help="rounds of all contenders (default 25)")
    parser.add_argument(
        "--no-peers", action="store_true", help="leave out the tools that need environments of their own"
    )
    return parser.parse_args()


def ready() -> dict[str, Contender]:
    """Return the contenders by name, each compiled and warm as far as it can be."""
    with (WORKLOAD / "tables" / "tax_codes.csv").open(encoding="utf-8", newline="") as file:
        tax_codes = {row["region"]: row["code"] for row in csv.DictReader(file)}
    return {
        "rules-run, compiled rule": ours.Mapper(WORKLOAD / "invoice.rules.yaml"),
        BASE: hand_written.Mapper(tax_codes),
        "jmespath.search + template.render": naive.Mapper(tax_codes),
    }


def agree(contenders: Mapping[str, Contender], records: Sequence[Record]) -> None:
    """Raise unless every contender makes the same document of every record, exact to the type of each number."""
    for record in records:
        expected = contenders[BASE](record)
        for name, contender in contenders.items():
            found = contender(record)
            if shape(found) != shape(expected):
                raise SystemExit(f"{name} disagrees with {BASE}:\n  {found}\n  {expected}")


def shape(value: object) -> object:
    """Return a value in which 1.10 and 1.1 differ, and so do 1 and Decimal 1."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return repr(value)


def own_turn(contender: Contender, records: Sequence[Record]) -> Turn:
    """Return what maps all records in this process and gives the CPU seconds."""

    def turn() -> float:
        start = time.process_time()
        for record in records:
            contender(record)
        return time.process_time() - start

    return turn


def measure(turns: Mapping[str, Turn], rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each round of each contender; who comes first changes from round to round."""
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    names = list(turns)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            seconds[name].append(turns[name]())
    return seconds


def table(seconds: Mapping[str, Sequence[float]], records: int) -> list[str]:
    """Return the medians and what they are to hand-written Python; more than 1 is faster."""
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    width = max(len(name) for name in medians)
    lines = [f"{'':{width}}  {'µs/document':>12}  {'spread':>7}  {'ratio':>6}"]
    for name, median in sorted(medians.items(), key=lambda item: item[1]):
        low, _, high = statistics.quantiles(seconds[name], n=4)
        spread = (high - low) / median
        ratio = medians[BASE] / median
        lines.append(f"{name:{width}}  {median / records * 1e6:12.1f}  {spread:7.1%}  {ratio:6.2f}")
    return lines


def machine() -> str:
    """Return what the figures were measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.python_implementation()} {platform.python_version()}, {processor()}, {cores} cores"


def processor() -> str:
    """Return the name of the processor, as well as the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


if __name__ == "__main__":
    main()
