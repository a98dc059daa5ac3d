"""Every integration that ships is free of mistakes, and its own rule tests pass, in an empty folder as anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rules_run.bundled import bundled

INTEGRATIONS = sorted(file.parent for file in bundled("rules").glob("*/*.rules.yaml"))
CRASHING = [
    ("intermedia-autotask", "the export of 4 June 2019"),
    ("intermedia-autotask", "a new company has its owner's phone"),
    ("intermedia-autotask", "two seats of a partial month come on top"),
    ("autotask-acomba", "its supplier is made with a product"),
    ("autotask-acomba", "the same failure after its ticket was closed"),
]
"""One whole export, a document with a further write, and a change that the connector makes in steps; documents on
demand that need each other, and a failure with all that may follow it."""


def run(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "rules_run", *words], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda folder: folder.name)
def test_it_validates_without_a_problem(integration: Path, tmp_path: Path) -> None:
    code, said = run(tmp_path, "validate", integration.name)
    assert (code, said.strip().rpartition(": ")[2]) == (0, "no problem."), said


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda folder: folder.name)
def test_its_rule_tests_pass_and_reach_all_that_it_can_do(integration: Path, tmp_path: Path) -> None:
    code, said = run(tmp_path, "test", integration.name, "--fail-under", "100")
    assert code == 0, said


@pytest.mark.parametrize(("integration", "case"), CRASHING)
def test_it_ends_the_same_wherever_a_run_crashes(integration: str, case: str, tmp_path: Path) -> None:
    code, said = run(tmp_path, "test", integration, "--crashes", "-k", case)
    assert (code, said.strip().rpartition("\n")[2]) == (0, "1 passed, 0 failed"), said


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda folder: folder.name)
def test_it_says_what_it_does_and_has_tests(integration: Path) -> None:
    assert (integration / "README.md").is_file()
    assert list(integration.glob("*.test.yaml"))


def test_the_tables_that_ship_name_no_customer() -> None:
    for table in bundled("rules").glob("*/tables/*.csv"):
        assert len(table.read_text(encoding="utf-8").splitlines()) == 1, f"{table} has rows"
