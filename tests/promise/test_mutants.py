"""Each safety of the write protocol is taken out of a copy of the source: the suites that hold it must notice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from .extent import FULL, Extent, Mutant
from .mutants.workshop import ROOT, Flaw, Patch, Ran, apply_patch, copy_source, read_plan, run_suite

SUITES, FLAWS = read_plan()
HANDS = 4
"""Into so many tests the work is divided, for several processors."""


def chosen(extent: Extent, hand: int) -> list[Flaw]:
    return extent.part(FLAWS, quick=2, turn=4)[hand::HANDS]


def suites_of(flaw: Flaw, extent: Extent) -> list[str]:
    """Return the suites to be run: all of them, or the one that the seed picks."""
    return list(flaw.suites) if extent.name == FULL else [Random(extent.seed).choice(flaw.suites)]


def check_imported(ran: Ran, copy: Path) -> None:
    """Check that the suite has run over the copy and nothing else."""
    assert ran.imported, ran.said
    assert [file for file in ran.imported if not file.is_relative_to(copy)] == []


@pytest.mark.parametrize("hand", range(HANDS))
def test_a_flaw_in_the_write_protocol_is_noticed_by_each_suite_that_holds_it(
    extent: Extent, score: Callable[[Mutant], None], tmp_path: Path, hand: int
) -> None:
    survived = []
    for flaw in chosen(extent, hand):
        copy = copy_source(tmp_path / flaw.name.replace(" ", "-"), flaw.patches)
        killed_by = []
        for suite in suites_of(flaw, extent):
            ran = run_suite(copy, SUITES[suite])
            check_imported(ran, copy)
            assert ran.passed or ran.noticed, ran.said
            (killed_by if ran.noticed else survived).append(suite)
        score(Mutant(name=flaw.name, killed_by=tuple(killed_by)))
    assert survived == []


@pytest.mark.parametrize("hand", range(HANDS))
def test_without_a_flaw_the_same_suites_pass_over_a_copy(extent: Extent, tmp_path: Path, hand: int) -> None:
    flaws = [flaw for each in range(HANDS) for flaw in chosen(extent, each)]
    used = sorted({suite for flaw in flaws for suite in suites_of(flaw, extent)})[hand::HANDS]
    copy = copy_source(tmp_path / "copy")
    for suite in used:
        ran = run_suite(copy, SUITES[suite])
        assert ran.passed, ran.said
        check_imported(ran, copy)
    assert (copy / "witness.py").exists()


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.name)
def test_the_words_that_a_flaw_changes_are_there_once(flaw: Flaw) -> None:
    texts = {patch.file: (ROOT / patch.file).read_text(encoding="utf-8") for patch in flaw.patches}
    assert [(patch.file, patch.old) for patch in flaw.patches if texts[patch.file].count(patch.old) != 1] == []


def test_every_flaw_is_held_by_two_suites_and_every_suite_is_known() -> None:
    assert {flaw.name: len(set(flaw.suites)) for flaw in FLAWS if len(set(flaw.suites)) < 2} == {}
    assert {suite for flaw in FLAWS for suite in flaw.suites} == set(SUITES)
    assert len(FLAWS) == 12


def test_a_text_that_is_not_there_once_is_no_flaw_that_was_put_in(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\ny = 2\n")
    for old in ("x = 1", "z = 3"):
        with pytest.raises(ValueError, match="not once"):
            apply_patch(tmp_path, Patch(file="a.py", old=old, new=""))
    apply_patch(tmp_path, Patch(file="a.py", old="y = 2", new="y = 3"))
    assert (tmp_path / "a.py").read_text() == "x = 1\nx = 1\ny = 3\n"
