"""Every integration that ships is free of mistakes, and its own rule tests pass, in an empty folder as anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rules_run.bundled import bundled

INTEGRATIONS = sorted(file.parent for file in bundled("rules").glob("*/*.rules.yaml"))


def run(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "rules_run", *words], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda folder: folder.name)
def test_it_validates_without_a_problem(integration: Path, tmp_path: Path) -> None:
    code, said = run(tmp_path, "validate", integration.name)
    assert (code, said.strip().rpartition(": ")[2]) == (0, "no problem."), said


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda folder: folder.name)
def test_its_rule_tests_pass(integration: Path, tmp_path: Path) -> None:
    code, said = run(tmp_path, "test", integration.name)
    assert code == 0, said


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda folder: folder.name)
def test_it_says_what_it_does_and_has_tests(integration: Path) -> None:
    assert (integration / "README.md").is_file()
    assert list(integration.glob("*.test.yaml"))


def test_the_tables_that_ship_name_no_customer() -> None:
    for table in bundled("rules").glob("*/tables/*.csv"):
        assert len(table.read_text(encoding="utf-8").splitlines()) == 1, f"{table} has rows"
