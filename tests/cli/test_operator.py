"""`queue reprocess`, `resolve` and `cancel`: decided by a person, by name and with a reason, verified first."""

from __future__ import annotations

import json
from time import monotonic
from typing import Any

import pytest

from rules_run.sandbox import Fault

from .desk import DATE, Desk

TENANT = "tenants/testcompany.yaml"
ACCOUNTS = "tables/accounts.csv"
WHY = ("--by", "marie", "--why", "asked the accountant")


def waiting(desk: Desk, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(desk.run("queue", "list", "--output-format", "json", *words).out)
    return found


@pytest.fixture
def held(small: Desk) -> Desk:
    """A desk whose charge is held, because its account has no row."""
    row = next(line for line in (small.folder / ACCOUNTS).read_text().splitlines() if line.startswith("0048213"))
    small.edit(ACCOUNTS, f"{row}\n", "")
    assert small.apply("--quiet").code == 3
    small.row = row  # type: ignore[attr-defined]
    return small


def numbers(desk: Desk) -> list[str]:
    return [str(each["id"]) for each in reversed(waiting(desk, "--state", "Needs you"))]


def mend(desk: Desk) -> None:
    with (desk.folder / ACCOUNTS).open("a") as table:
        table.write(f"{desk.row}\n")  # type: ignore[attr-defined]


def test_held_documents_are_tried_again_by_the_present_rule_and_shown_before_and_after(held: Desk) -> None:
    chosen = numbers(held)
    assert chosen
    mend(held)
    tried = held.run("queue", "reprocess", *chosen, "--date", DATE, *WHY)
    assert tried.code == 0, tried.said
    assert "before: Needs you, " in tried.out
    assert "now: create" in tried.out
    assert all(f"{number}: Processed." in tried.out for number in chosen)
    assert len(held.records("ContractCharges")) == 1
    assert "reprocess: asked the accountant (marie)" in held.run("queue", "show", chosen[0]).out


def test_a_document_is_read_by_its_key_whatever_the_rule_asks_for_today(held: Desk) -> None:
    chosen = numbers(held)
    mend(held)
    assert "nothing to do" in held.run("apply", "--quiet", "--date", "2030-01-01").out
    tried = held.run("queue", "reprocess", *chosen, *WHY)
    assert tried.code in {0, 3}, tried.said
    assert "record is not there" not in tried.out
    assert "now: create" in tried.out


def test_what_is_still_wrong_is_said_again_and_nothing_is_sent(held: Desk) -> None:
    chosen = numbers(held)
    before = len(held.writes())
    tried = held.run("queue", "reprocess", *chosen, "--date", DATE, *WHY)
    assert tried.code == 3
    assert "now: hold, " in tried.out
    assert "Needs you. " in tried.out
    assert len(held.writes()) == before


def test_where_nothing_is_applied_nothing_is_reprocessed_but_shown(held: Desk) -> None:
    chosen = numbers(held)
    mend(held)
    held.edit(TENANT, "state: live", "state: plan_only")
    before = len(held.writes())
    tried = held.run("queue", "reprocess", *chosen, "--date", DATE, *WHY)
    assert (tried.code, len(held.writes())) == (3, before)
    assert "is plan_only: nothing is written" in tried.out


def test_a_cancelled_document_is_never_sent(held: Desk) -> None:
    chosen = numbers(held)
    given_up = held.run("queue", "cancel", *chosen, *WHY)
    assert given_up.code == 0, given_up.said
    assert all(f"{number}: Cancelled." in given_up.out for number in chosen)
    mend(held)
    held.apply("--quiet")
    assert held.records("ContractCharges") == []
    assert "Cancelled" in held.run("queue", "show", chosen[-1]).out
    again = held.run("queue", "reprocess", chosen[0], "--date", DATE, *WHY)
    assert (again.code, "cannot be tried again" in again.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("reprocess", "1"), 1, "--why"),
        (("reprocess", "4711", *WHY), 1, "There is no document 4711"),
        (("cancel", "1", *WHY), 1, "only what was not written can be cancelled"),
        (("resolve", "1", *WHY), 1, "there is no mark to take off"),
        (("resolve", "1", "--there", "5", *WHY), 1, "nobody has to say whether it is there"),
        (("resolve", "1", "--there", "5", "--not-there", *WHY), 1, "either there or not"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_a_sentence(
    small: Desk, words: tuple[str, ...], code: int, sentence: str
) -> None:
    assert small.apply("--quiet").code == 0
    refused = small.run("queue", *words)
    assert (refused.code, sentence in refused.err) == (code, True), refused.said
    assert "Traceback" not in refused.said


def test_a_send_without_an_answer_is_asked_about_and_decided(small: Desk) -> None:
    small.edit(TENANT, "settle: 1 #", "deadline: 1\n    settle: 0 #")
    small.app.order(Fault(effect="reset_after_commit", resource="ContractCharges", verb="create"))
    assert small.apply("--quiet").code == 3
    [charge] = small.records("ContractCharges")
    [unknown] = waiting(small, "--state", "Checking")
    number = str(unknown["id"])
    early = small.run("queue", "resolve", number, "--not-there", *WHY)
    assert (early.code, "may still arrive" in early.err) == (1, True)
    looked = small.run("queue", "reprocess", number, "--date", DATE, *WHY)
    assert looked.code == 3
    assert f"It is there, as {charge['id']}: rules-run queue resolve {number} --there {charge['id']}" in looked.out

    small.app.store.change("ContractCharges", charge["id"], {"unitPrice": 99})
    end = monotonic() + 30
    while not waiting(small, "--state", "Needs you"):
        assert small.apply("--quiet").code == 3
        assert monotonic() < end
    writes = len(small.writes())
    shown = small.run("queue", "show", number).out
    assert "carries this marker but differs in unitPrice" in shown
    assert f"rules-run queue resolve {number} --not-there --why REASON" in shown

    for named in ("999999", "no-number"):
        refused = small.run("queue", "resolve", number, "--there", named, *WHY)
        assert (refused.code, "has no ContractCharges" in refused.err) == (1, True)
    resolved = small.run("queue", "resolve", number, "--there", str(charge["id"]), *WHY)
    assert resolved.code == 0, resolved.said
    assert len(small.writes()) == writes
    assert "although it differs in unitPrice: asked the accountant (marie)" in small.run("queue", "show", number).out
    small.app.store.change("ContractCharges", charge["id"], {"unitPrice": charge["unitPrice"]})
    assert small.apply("--quiet").code == 0
    assert waiting(small, "--state", "Needs you") == []
    assert len(small.records("ContractCharges")) == 1
