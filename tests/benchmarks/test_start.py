"""The benchmark of starting: what it measures must work, and what is known of a file must make a difference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]


def test_every_command_is_measured_and_has_its_goal() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.start", "--rounds", "1"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    named = ("python -c pass", "--help", "completion of a rule", "lines, as validated before")
    assert all(name in ran.stdout for name in named)
    assert [line.split()[-1] for line in ran.stdout.splitlines() if line.startswith("validate,")] == [
        "16",
        "9",
        "30",
        "9",
    ]
