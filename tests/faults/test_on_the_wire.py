"""A few cells of the matrix over real sockets, with real deadlines, by the command itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from rules_run.sandbox.faults import Fault

from ..cli.desk import Desk, desk_in, example_data

TENANT = "tenants/testcompany.yaml"
MADE = {
    "Companies": 1,
    "Services": 1,
    "Products": 1,
    "Contracts": 1,
    "ContractServiceAdjustments": 1,
    "ContractCharges": 1,
}
PAUSE = 0.2
"""Seconds between two runs while a deadline passes: nothing tells when."""
READS = {
    "a port shut for a moment, reading companies": (
        {"effect": "refuse", "resource": "Companies", "verb": "read", "seconds": 0.2}, 0, "Applied: 6 created"),
    "a cut body once, reading contracts": (
        {"effect": "cut_body", "resource": "Contracts", "verb": "read"}, 0, "Applied: 6 created"),
    "a page in place of JSON, reading services": (
        {"effect": "html_body", "resource": "Services", "verb": "read"}, 7, "the answer is not JSON"),
}  # fmt: skip
WRITES = {
    "service": {"effect": "trickle", "resource": "Services", "seconds": 30},
    "product": {"effect": "reset_after_commit", "resource": "Products"},
    "contract": {"effect": "late_commit", "resource": "Contracts", "seconds": 0.8},
}


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Desk]:
    """A desk with two rows in the report, whose answers may take half a second and come half a second late."""
    with desk_in(tmp_path / "desk", example_data()) as desk:
        desk.keep("LYN002NR", "STP001NO")
        desk.edit(TENANT, "settle: 1 #", "deadline: 0.5\n    settle: 0.5\n    negative_gap: 0.1 #")
        desk.edit(TENANT, "    negative_gap: 1\n", "")
        yield desk


@pytest.mark.parametrize("cell", READS)
def test_on_the_wire_a_read_is_tried_again_or_stops_the_run_before_its_first_write(hasty: Desk, cell: str) -> None:
    order, code, words = READS[cell]
    hasty.app.order(Fault.from_json(order))
    met = hasty.apply("--quiet")
    assert (met.code, words in met.said) == (code, True), met.said
    assert bool(hasty.writes()) is (code == 0)
    assert_one_of_everything(hasty)


def test_on_the_wire_a_write_without_an_answer_is_checked_before_anything_is_sent_again(hasty: Desk) -> None:
    for fault in WRITES.values():
        hasty.app.order(Fault.from_json({**fault, "verb": "create"}))
    met = hasty.apply("--quiet")
    assert met.code == 3
    assert [word for word in WRITES if f"Checking: {word} " not in met.out] == []
    assert "gave no whole answer within 0.5 s" in met.out
    sent = len(hasty.writes())
    early = hasty.apply("--quiet")
    assert (early.code, "it may still arrive in the target" in early.out) == (3, True), early.said
    assert len([each for each in hasty.writes() if each.by == "client"]) == sent
    assert_one_of_everything(hasty)
    assert {each.fault for each in hasty.writes() if each.fault} == {fault["effect"] for fault in WRITES.values()}
    assert len([each for each in hasty.writes() if each.by == "client"]) == sum(MADE.values())


def assert_one_of_everything(desk: Desk) -> None:
    end = monotonic() + 30
    while desk.apply("--quiet").code != 0:
        assert monotonic() < end
        sleep(PAUSE)
    assert "nothing to do" in desk.apply("--quiet").out
    assert Counter(entry.resource for entry in desk.writes() if entry.committed) == MADE
