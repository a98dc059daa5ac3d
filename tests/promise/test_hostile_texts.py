"""Rule files, expressions and templates changed or made at random: an answer or a sentence, in a second, in 200 MB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .extent import Extent, Score

ROOT = Path(__file__).parents[2]
LONGEST = 540
"""Seconds after which a text is taken for one that never ends."""
SHARES = 8


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(
    ("module", "suite", "quick", "turn", "full"),
    [
        ("files", "rule files, changed at random", 320, 2_000, 20_000),
        ("expressions", "expressions and templates, made at random", 480, 2_000, 10_000),
    ],
)
def test_whatever_is_written_is_answered_or_refused_in_a_sentence_soon_and_in_little_room(
    extent: Extent,
    score: Callable[[object], None],
    module: str,
    suite: str,
    quick: int,
    turn: int,
    full: int,
    share: int,
) -> None:
    number = extent.count(quick=quick, turn=turn, full=full) // SHARES
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        f"tests.promise.hostile.{module}",
        str(extent.seed * SHARES + share),
        str(number),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine")}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    told = json.loads(ran.stdout)
    assert told["found"] == []
    assert told["tried"] == number
    score(Score(suite=suite, scenarios=number))
