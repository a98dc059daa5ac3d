"""Sketches whose systems all ship run already: their rule tests pass in a workspace that holds them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .test_shipped_rules import run

TOP = Path(__file__).parents[2]
TESTS = sorted((TOP / "tests" / "rules" / "sketches").glob("*.test.yaml"))


@pytest.mark.parametrize("tests", TESTS, ids=lambda file: file.name.partition(".")[0])
def test_the_rule_tests_of_a_sketch_pass(tests: Path, tmp_path: Path) -> None:
    name = tests.name.partition(".")[0]
    folder = tmp_path / "rules" / name
    folder.mkdir(parents=True)
    (tmp_path / "tenants").mkdir()
    shutil.copy(TOP / "docs" / "sketches" / f"{name}.rules.yaml", folder)
    shutil.copy(tests, folder)
    code, said = run(tmp_path, "test", name)
    assert code == 0, said
