"""`make bench`, part "start": what a command costs before it does anything, against an empty Python, in CPU time."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).parents[1]
SHIPPED = TOP / "rules" / "intermedia-autotask"
PROGRAM = "from rules_run.__main__ import main; main()"
BASE = "python -c pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command line; `fresh` says that nothing may be known of earlier ones."""

    words: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    goal: float = 5.0


def main() -> None:
    """Measure each command in turn, round by round, and print a table."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        lines = {name: write_workspace(desk, name, least) for name, least in (("short", 200), ("long", 2000))}
        found = measure(commands(lines), desk, options.rounds)
    print(f"\nStart, {options.rounds} rounds, CPU time of whole processes, commands interleaved\n")
    for line in table(found):
        print(line)


def arguments() -> argparse.Namespace:
    """Return how much to measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of all commands (default 15)")
    return parser.parse_args()


def commands(lines: Mapping[str, int]) -> dict[str, Command]:
    """Return what is measured, by what a reader is told."""
    short, long = (f"validate, {lines[name]} lines" for name in ("short", "long"))
    return {
        "--help": Command(words=("--help",)),
        "apply --help": Command(words=("apply", "--help")),
        "completion of a verb": Command(environment=completing("val")),
        "completion of an integration": Command(environment=completing("plan", "sh")),
        "completion of a rule": Command(environment=completing("explain", "short", "c")),
        short: Command(words=("validate", "short"), fresh=True, goal=16),
        f"{short}, as validated before": Command(words=("validate", "short"), goal=9),
        long: Command(words=("validate", "long"), fresh=True, goal=30),
        f"{long}, as validated before": Command(words=("validate", "long"), goal=9),
    }


def completing(*words: str) -> dict[str, str]:
    """Return the environment in which bash asks for the last word."""
    line = ("rules-run", *words)
    return {"_RULES_RUN_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(line), "COMP_CWORD": str(len(words))}


def write_workspace(desk: Path, name: str, least: int) -> int:
    """Write the rules that ship, under other names again and again until a file has its lines; return how many."""
    head, rules = (SHIPPED / "intermedia-autotask.rules.yaml").read_text(encoding="utf-8").split("\nrules:\n")
    named = re.findall(r"^  ([a-z]+):$", rules, re.M)
    parts = [f"{head}\nrules:\n{rules}".replace("name: intermedia-autotask", f"name: {name}")]
    while (lines := "\n".join(parts).count("\n")) < least:
        part = rules
        for rule in named:
            part = re.sub(rf"^  {rule}:$|(?<=ref: ){rule}\b", rf"\g<0>_{len(parts)}", part, flags=re.M)
        parts.append(re.sub(r":(_\d+)$", r"\1:", part, flags=re.M))
    folder = desk / "rules" / name
    shutil.copytree(SHIPPED / "tables", folder / "tables")
    (folder / f"{name}.rules.yaml").write_text("\n".join(parts), encoding="utf-8")
    (desk / "tenants").mkdir(exist_ok=True)
    return lines


def measure(asked: Mapping[str, Command], desk: Path, rounds: int) -> dict[str, tuple[list[float], float | None]]:
    """Return the CPU seconds of each command in each round, with its goal; a first round, uncounted, compiles."""
    found: dict[str, tuple[list[float], float | None]] = {BASE: ([], None)}
    found |= {name: ([], command.goal) for name, command in asked.items()}
    for number in range(rounds + 1):
        for name, (times, _) in found.items():
            seconds = spent(asked.get(name), desk)
            if number:
                times.append(seconds)
    return found


def spent(command: Command | None, desk: Path) -> float:
    """Run a command (None: an empty Python) and return its CPU seconds, those of the kernel included."""
    words = ("pass",) if command is None else (PROGRAM, *command.words)
    if command is not None and command.fresh:
        shutil.rmtree(desk.parent / "fresh", ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {
        "PYTHONPYCACHEPREFIX": str(desk.parent / "bytecode"),
        "XDG_CACHE_HOME": str(desk.parent / ("fresh" if command is not None and command.fresh else "known")),
        **(command.environment if command else {}),
    }
    started = subprocess.Popen(
        [sys.executable, "-c", *words], cwd=desk, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert started.stdout is not None
    with started.stdout as told:
        said = told.read().decode()
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise SystemExit(f"{command} ended with {started.returncode}:\n{said}")
    return used.ru_utime + used.ru_stime


def table(found: Mapping[str, tuple[Sequence[float], float | None]]) -> list[str]:
    """Return the medians and what they are to an empty Python."""
    medians = {name: statistics.median(times) for name, (times, _) in found.items()}
    width = max(len(name) for name in medians)
    lines = [f"{'':{width}}  {'ms':>6}  {'ratio':>6}  {'goal':>5}"]
    for name, (_, goal) in found.items():
        told = "" if goal is None else f"{goal:.0f}"
        lines.append(f"{name:{width}}  {medians[name] * 1e3:6.0f}  {medians[name] / medians[BASE]:6.1f}  {told:>5}")
    return lines


if __name__ == "__main__":
    main()
