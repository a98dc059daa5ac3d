"""The benchmark as a whole: its contenders must do the same work, or its figures mean nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import ledger, memory, page, pipeline

TOP = Path(__file__).parents[2]


def test_all_contenders_make_the_same_documents_and_are_all_in_the_table() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.mapping", "--records", "40", "--rounds", "2", "--no-peers"],
        cwd=TOP,
        env={**os.environ, "PYTHONPATH": str(TOP / "engine")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    named = ("rules-run, compiled rule", "hand-written Python", "jmespath.search + template.render")
    assert all(name in ran.stdout for name in named)


def test_the_loop_by_hand_leaves_the_same_files_and_the_same_ledger_as_the_rule() -> None:
    lines = pipeline.measure(records=20, rounds=2)
    assert [line.rpartition("  ")[0].split("  ")[0] for line in lines[1:]] == list(pipeline.CONTENDERS)


def test_the_plan_of_an_unchanged_page_finds_nothing_to_do() -> None:
    assert len(page.measure(records=30, rounds=2)) == 2


def test_the_memory_of_a_run_does_not_grow_with_the_number_of_records(tmp_path: Path) -> None:
    peaks = {}
    for count in (12_000, 40_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        memory.workspace(folder, "totals")
        memory.orders(folder / "orders.jsonl", count)
        peaks[count] = memory.spend(folder, "plan").megabytes
    # Were every record kept, it would be about 100 MB more.
    assert peaks[40_000] - peaks[12_000] < 40


def test_the_ledger_is_asked_all_that_people_and_runs_ask_and_takes_what_is_sent() -> None:
    lines = list(ledger.measure(200, rounds=1, sent=5))
    assert lines[0].startswith("SQLite: 200 documents, 1,000 rows")
    asked = ("queue list", "searched", "known by their keys", "claim", "documents sent by one process")
    assert all(any(each in line for line in lines) for each in asked)
    assert any(line.startswith("PostgreSQL") for line in lines)
