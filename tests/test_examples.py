"""Each example does, from a fresh copy, what its story tells a reader."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

SHOWS = {
    "intermedia-june-2019": (
        "files checked: no problem.",
        "+ create psa.Companies Intermedia  (vendor)",
        "= adopt psa.Services PLN004NR [51]  (service)",
        "+5 from 2019-05-13 at 7.99, cost 5.50",
        "skipped: table accounts leaves 0051960 out (only export=yes)",
        "Plan: 13 to create, 2 to adopt, 3 skipped. New charges: 150.00.",
        "Applied: 13 created, 2 adopted.",
        "Cloud services, TestCompany  TestCompany  2019-05-04  2029-06-04",
        "LYN002NR      5      2019-05-13  2019-06-03  28.35  19.52",
        "LYN002NR      5      2019-06-04  2019-07-03  39.95  27.50",
        "RM010C01MX0R  2      2019-05-13  2019-06-03  4.61   3.12",
        "Onboarding and mailbox migration  STP001NO  2019-05-13  1.00      150.00  150.00",
        "Processed  intermedia-autotask/contract 0048213 -> 1",
        "Plan: nothing to do",
        "Applied: nothing to do.",
    ),
}


def test_every_example_is_run_here() -> None:
    assert {story.parent.name for story in EXAMPLES.glob("*/story.yaml")} == set(SHOWS)


@pytest.mark.parametrize("name", sorted(SHOWS))
def test_an_example_shows_what_its_reader_looks_for(name: str, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    story = [sys.executable, str(tmp_path / "examples" / "run.py"), name]
    ran = subprocess.run(story, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    at = 0
    for line in SHOWS[name]:
        assert line in ran.stdout[at:], f"{line!r} is not said, or not in this order:\n{ran.stdout}"
        at = ran.stdout.index(line, at)
