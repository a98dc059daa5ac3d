"""`make bench`: every part in turn, each in a process of its own; a name after the command chooses parts."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
PARTS = {
    "mapping": "records into documents, against other tools and Python by hand; CPU time",
    "pipeline": "JSON lines through a rule and the ledger into JSON lines, against a loop by hand; CPU time",
    "page": "the plan of 500 records that have not changed; CPU time",
    "memory": "whole commands over 100,000 and 1,000,000 records; peak memory (half an hour and more)",
    "start": "what a command costs before it does anything; CPU time of whole processes",
    "ledger": "a ledger of 1,000,000 rows: to claim, to list, to compare a page; documents a second (minutes)",
    "wall": "a run against a system that takes 100 ms to answer; wall time and calls",
}
LONG = frozenset({"memory", "ledger"})


def main() -> None:
    """Run the chosen parts one after the other."""
    options = arguments()
    there = [name for name in PARTS if (TOP / "benchmarks" / f"{name}.py").exists()]
    chosen = options.parts or [name for name in there if options.all or name not in LONG]
    for name in chosen:
        if name not in there:
            raise SystemExit(f"There is no part {name!r}. There are: {', '.join(there)}.")
        print(f"\n== {name}: {PARTS[name]}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=TOP, check=True)


def arguments() -> argparse.Namespace:
    """Return what to measure."""
    told = "\n".join(f"  {name:10}{what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run",
        description=f"{__doc__}\n\nparts:\n{told}\n\n"
        "Each is a module with options of its own: python -m benchmarks.mapping --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="which parts (default: all but the long ones)")
    parser.add_argument("--all", action="store_true", help=f"the long ones too: {', '.join(sorted(LONG))}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
