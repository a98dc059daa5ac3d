"""Between two things that outlast a process there is always a place at which a test can kill it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_run import durable
from rules_run.failpoints import FAILPOINTS

from ..cli.desk import DATE, ROOT, Desk, desk_in, example_data, whole
from ..runtime.shop import Shop, open_shop
from .effects import Notes

ENGINE = Path(durable.__file__).parent
SKUS = ("LYN002NR", "OWA002NO", "STP001NO")
BILL = """
    rules:
      bill:
        from: {read: shop.Orders, as: order}
        key: order.number
        to: {write: books.Bills, match: {number: order.number}, set: {total: order.total}}
    """
DAILY = (
    ("apply", "--quiet", "--date", DATE),
    ("ledger", "backup", "saved.db"),
    ("ledger", "restore", "saved.db", "--why", "try", "--by", "marie"),
    ("ledger", "trust", "--why", "all is known", "--by", "marie"),
    ("plan", "--date", DATE, "--out", "plan.json"),
    ("apply", "--quiet", "--date", DATE),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path / "desk", example_data()) as desk:
        desk.keep(*SKUS)
        yield desk


def noted(folder: Path, environment: dict[str, str], *words: str) -> tuple[Counter[str], list[str]]:
    """Do a command in a process of its own, and return its effects and those outside of any failpoint."""
    report = folder / "effects.json"
    command = [sys.executable, "-B", "-m", "tests.promise.effects", str(report), "-C", str(folder), *words]
    done = subprocess.run(command, cwd=ROOT, env=whole(environment), capture_output=True, text=True, check=False)
    assert report.exists(), done.stderr
    said = json.loads(report.read_text())
    report.unlink()
    return Counter(said["seen"]), said["outside"]


def test_no_effect_of_the_daily_commands_is_outside_of_a_failpoint(desk: Desk) -> None:
    seen: Counter[str] = Counter()
    for words in DAILY:
        words = tuple(str(desk.folder / word) if word in {"saved.db", "plan.json"} else word for word in words)
        effects, outside = noted(desk.folder, desk.environment, *words)
        assert outside == [], words
        seen += effects
    assert len(desk.records("Contracts")) > 0
    assert set(seen) == {"connection", "bytes", "commit", "flush", "rename", "removal"}


def test_no_effect_of_writing_a_file_of_records_is_outside_of_a_failpoint(tmp_path: Path) -> None:
    shop: Shop = open_shop(tmp_path / "shop")
    shop.rules(BILL)
    shop.orders({"number": "1"}, {"number": "2"})
    effects, outside = noted(shop.folder, {}, "apply", "--quiet")
    assert list(shop.bills()) == ["1", "2"]
    assert outside == []
    assert effects["rename"] >= 2
    assert effects["flush"] >= 4


def test_files_are_flushed_and_renamed_in_one_module_only() -> None:
    found = {
        path.relative_to(ENGINE).as_posix()
        for path in ENGINE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _lasts(node)
    }
    assert found == {"durable.py"}


def test_every_failpoint_that_is_passed_has_its_name_among_them() -> None:
    named = {
        node.args[0].value
        for path in ENGINE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "failpoint"
        and isinstance(node.args[0], ast.Constant)
    }
    assert named - FAILPOINTS == set()


def _lasts(call: ast.Call) -> bool:
    """Say whether a call flushes or renames a file; a text is replaced with two words, a path with one."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    renames = name == "replace" and len(call.args) == 1 and not call.keywords
    return renames or name in {"fsync", "fdatasync", "rename", "renames"}


def test_an_effect_that_follows_another_one_with_nothing_between_is_noticed() -> None:
    notes = Notes()
    notes.effect("commit")
    notes.pass_by("before-send")
    notes.effect("bytes")
    assert len(notes.outside) == 1
    notes.effect("commit")
    assert [each.partition(" ")[0] for each in notes.outside] == ["commit", "commit"]
