"""The benchmark as a whole: its contenders must do the same work, or its figures mean nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]


def test_all_contenders_make_the_same_documents_and_are_all_in_the_table() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--records", "40", "--rounds", "2", "--no-peers"],
        cwd=TOP,
        env={**os.environ, "PYTHONPATH": str(TOP / "engine")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    named = ("rules-run, compiled rule", "hand-written Python", "jmespath.search + template.render")
    assert all(name in ran.stdout for name in named)
