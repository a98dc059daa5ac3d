"""A file that has passed its schema is not held against it again; one that has not is told every time."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_run.language.validate import load_tenant

GOOD = "language: 1\ntenant: acme\ntime_zone: UTC\nconnectors: {a: {type: files}}\nintegrations: {x: {state: live}}\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "rules-run" / "passed"


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "acme.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_is_read_alike_the_second_time(tmp_path: Path, cache: Path) -> None:
    file = written(tmp_path, GOOD)
    first, second = load_tenant(file), load_tenant(file)
    assert first.tenant == second.tenant
    assert first.problems == second.problems == ()
    assert len(list(cache.iterdir())) == 1


def test_a_changed_file_is_held_against_its_schema_anew(tmp_path: Path) -> None:
    load_tenant(written(tmp_path, GOOD))
    problems = load_tenant(written(tmp_path, GOOD.replace("state: live", "state: alive"))).problems
    assert [problem.origin.line for problem in problems] == [5]


def test_a_faulty_file_is_told_every_time(tmp_path: Path, cache: Path) -> None:
    file = written(tmp_path, GOOD.replace("time_zone", "timezone"))
    assert load_tenant(file).problems == load_tenant(file).problems != ()
    assert not cache.exists()


def test_a_place_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert load_tenant(written(tmp_path, GOOD)).problems == ()
