"""An answer is kept until anything changes that it came from."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from rules_run.runtime.memo import MOST_KEPT, Memo
from rules_run.runtime.reads import Reads, watched

LATER = 3_600_000_000_000
"""What is read begins an hour from now, so that every file has been there for long."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "rules-run" / "validated"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "one.txt").write_text("one")
    return folder


def ask(folder: Path) -> list[str]:
    """Read every file that is there, and one that may be."""
    texts = [file.read_text() for file in sorted(folder.glob("*.txt"))]
    try:
        return [*texts, (folder / "extra").read_text()]
    except OSError:
        return texts


def answered(folder: Path, folders: Iterable[Path] = ()) -> Memo:
    """Work the answer out and keep it."""
    memo = Memo(["texts", str(folder)])
    with watched(time.time_ns() + LATER) as reads:
        found = ask(folder)
    memo.keep(found, reads, folders)
    assert memo.answer() == found
    return memo


def test_an_answer_is_known_the_next_time(folder: Path) -> None:
    answered(folder)
    assert Memo(["texts", str(folder)]).answer() == ["one"]


def test_another_question_has_another_answer(folder: Path) -> None:
    answered(folder)
    assert Memo(["texts", str(folder), "other"]).answer() is None


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "one.txt").write_text("two"),
        lambda folder: (folder / "one.txt").unlink(),
        lambda folder: (folder / "two.txt").write_text("two"),
        lambda folder: (folder / "extra").write_text("more"),
    ],
    ids=["changed", "gone", "new in a folder that was listed", "there though it was not"],
)
def test_any_change_of_what_was_read_makes_it_unknown(folder: Path, change) -> None:
    memo = answered(folder)
    change(folder)
    assert memo.answer() is None


def test_a_file_that_is_written_anew_with_what_it_held_changes_nothing(folder: Path) -> None:
    memo = answered(folder)
    (folder / "one.txt").write_text("one")
    assert memo.answer() == ["one"]


def test_a_folder_in_which_something_may_appear_is_looked_at_though_nobody_listed_it(folder: Path) -> None:
    place = folder / "tenants"
    memo = answered(folder, [place])
    place.mkdir()
    assert memo.answer() is None


def test_another_program_gives_no_answer_for_this_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memo = answered(folder)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    assert memo.answer() is None


def test_what_changes_while_it_is_read_is_not_kept(folder: Path, cache: Path) -> None:
    memo = Memo(["texts", str(folder)])
    with watched() as reads:
        found = ask(folder)
        (folder / "one.txt").write_text("changed meanwhile")
    memo.keep(found, reads)
    assert memo.answer() is None
    assert not cache.exists()


def test_only_the_user_can_read_what_is_kept_and_no_content_is(folder: Path, cache: Path) -> None:
    (folder / "one.txt").write_text("a secret")
    memo = Memo(["texts", str(folder)])
    with watched(time.time_ns() + LATER) as reads:
        ask(folder)
    memo.keep({"found": 1}, reads)
    (file,) = cache.iterdir()
    assert (cache.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert "a secret" not in file.read_text()


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"program": 1, "modules": 5}', "\x00"])
def test_a_damaged_file_only_costs_time(folder: Path, cache: Path, damage: str) -> None:
    memo = answered(folder)
    (file,) = cache.iterdir()
    file.write_text(damage)
    assert memo.answer() is None
    assert answered(folder).answer() == ["one"]


def test_a_place_that_cannot_be_written_only_costs_time(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    memo = Memo(["texts", str(folder)])
    with watched(time.time_ns() + LATER) as reads:
        found = ask(folder)
    memo.keep(found, reads)
    assert memo.answer() is None


def test_the_oldest_answers_make_room(folder: Path, cache: Path) -> None:
    for number in range(MOST_KEPT + 5):
        Memo([str(number)]).keep(number, Reads(time.time_ns() + LATER))
    assert len(list(cache.iterdir())) == MOST_KEPT
    assert Memo([str(MOST_KEPT + 4)]).answer() == MOST_KEPT + 4


def test_many_at_once_leave_one_whole_answer(folder: Path, cache: Path) -> None:
    memo, reads = Memo(["same"]), Reads(time.time_ns() + LATER)
    threads = [threading.Thread(target=memo.keep, args=(["x" * 50_000], reads)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memo.answer() == ["x" * 50_000]
    assert [json.loads(file.read_text())["answer"] for file in cache.glob("*.json")] == [["x" * 50_000]]


def test_reads_are_noted_only_while_somebody_watches(folder: Path) -> None:
    with watched() as reads:
        (folder / "one.txt").read_text()
        list(folder.iterdir())
    (folder / "two.txt").write_text("not noted")
    assert (reads.files, reads.folders) == ({str(folder / "one.txt")}, {str(folder)})
