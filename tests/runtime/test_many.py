"""More records than fit into memory: everything is as if they were worked on together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rules_run.errors import LedgerUnusable
from rules_run.model.plan import Action
from rules_run.runtime.scratch import Scratch
from rules_run.runtime.spool import Spool

from .memory import Died, Office, actions

CARDS = """
rules:
  card:
    from: {read: crm.Companies, as: company}
    key: company.id
    check:
      - {that: "company.code != `null`", level: hold, message: "{{ company.name }} has no code."}
    when: "company.vip != `false`"
    to:
      write: erp.Cards
      match: {code: company.code}
      set: {name: company.name}
"""
ORDERS = """
rules:
  order:
    from: {read: crm.Items, as: item}
    group_by: {keys: {order: item.order}, as: g, sort: [item.text]}
    key: g.order
    to:
      write: erp.Jobs
      match: {ref: g.order}
      set: {title: "g.items[].text | join(', ', @)"}
"""
TICKETS = """
rules:
  ticket:
    from: {read: crm.Tickets, as: ticket}
    key: ticket.id
    to:
      write: erp.Jobs
      match: {ref: ticket.title}
      set: {ticket: ticket.id}
    on_success:
      card: {write: erp.Cards, match: {code: ticket.number}, set: {name: ticket.title}}
"""


@pytest.fixture
def few(office: Office) -> Office:
    """An office that works on two records at once."""
    return replace(office, at_once=2)


def companies(office: Office, *codes: str | None, name: str = "C") -> None:
    for number, code in enumerate(codes, start=1):
        office.crm.give("Companies", id=number, name=f"{name}{number}", code=code)


def items(office: Office, *rows: tuple[str, str]) -> None:
    for number, (order, text) in enumerate(rows, start=1):
        office.crm.give("Items", id=number, order=order, text=text)


def test_a_plan_of_many_is_the_plan_of_all_at_once(office: Office, few: Office) -> None:
    plans = []
    for each in (office, few):
        each.rules(CARDS)
        companies(each, "A", "B", None, "D", "E", "F", "G")
        each.crm.give("Companies", id=5, vip=False)
        each.erp.give("Cards", id=7, code="F", name="C6")
        plans.append(each.plan())
    assert list(plans[1].documents) == list(plans[0].documents)
    assert plans[1].tally == plans[0].tally
    assert actions(plans[1], "card") == {
        **dict.fromkeys(("1", "2", "4", "7"), Action.CREATE),
        "3": Action.HOLD,
        "5": Action.SKIP,
        "6": Action.ADOPT,
    }


def test_a_plan_can_be_gone_through_again_and_again(few: Office) -> None:
    few.rules(CARDS)
    companies(few, *"ABCDEFG")
    plan = few.plan()
    assert list(plan.documents) == list(plan.documents)
    assert len(plan.documents) == 7
    assert next(iter(plan.documents)) in plan.documents


def test_many_are_each_written_once_and_not_again(few: Office) -> None:
    few.rules(CARDS)
    companies(few, *"ABCDEFG")
    assert few.applied().created == 7
    assert [card["code"] for card in few.erp.rows("Cards")] == list("ABCDEFG")
    few.writes()
    assert few.apply().plan.count(Action.NOTHING) == 7
    few.crm.give("Companies", id=6, name="New")
    assert few.applied().updated == 1
    assert few.writes() == [("update", "erp.Cards")]


def test_of_two_records_far_apart_with_one_key_nothing_is_written(few: Office) -> None:
    few.rules(CARDS.replace("key: company.id", "key: company.code"))
    companies(few, "A", "B", "C", "D", "E", "C", "G", "A")
    result = few.apply()
    assert [(each.key, each.text) for each in result.applied.unfinished] == [
        (key, f"two records of card have the key {key}") for key in ("A", "C")
    ]
    assert [card["code"] for card in few.erp.rows("Cards")] == ["B", "D", "E", "G"]


def test_of_two_records_far_apart_that_mean_one_card_the_second_is_held(few: Office) -> None:
    few.rules(CARDS)
    companies(few, "A", "B", "C", "D", "E", "A")
    (held,) = few.applied().unfinished
    assert (held.key, held.text) == ("6", "card 6 would write the same erp.Cards (a new record) as card 1")
    assert len(few.erp.rows("Cards")) == 5


@pytest.mark.parametrize("place", [1, 4])
def test_a_new_record_gives_way_to_one_far_behind_it_that_has_the_card(few: Office, place: int) -> None:
    few.rules(CARDS)
    few.crm.give("Companies", id=9, name="C9", code="X")
    assert few.applied().created == 1
    nine = few.crm.records["Companies"].pop(9)
    companies(few, *("X" if number == place else f"N{number}" for number in range(1, 6)))
    few.crm.give("Companies", **{**nine, "name": "New"})
    (held,) = few.applied().unfinished
    assert (held.key, held.text) == (
        str(place),
        f"card {place} would write the same erp.Cards (1000) as card 9",
    )
    assert [card["name"] for card in few.erp.rows("Cards") if card["code"] == "X"] == ["New"]


def test_rows_of_a_group_find_together_however_far_apart_they_lie(office: Office, few: Office) -> None:
    for each in (office, few):
        each.rules(ORDERS)
        items(each, ("9", "b"), ("1", "x"), ("5", "m"), ("9", "a"), ("7", "q"), ("1", "w"), ("9", "c"), ("5", "l"))
    assert list(few.plan().documents) == list(office.plan().documents)
    assert few.applied().created == 4
    assert [(job["ref"], job["title"]) for job in few.erp.rows("Jobs")] == [
        ("9", "a, b, c"),
        ("1", "w, x"),
        ("5", "l, m"),
        ("7", "q"),
    ]
    assert few.apply().plan.tally.writes == 0


def test_a_record_that_follows_two_documents_far_apart_is_made_once(few: Office) -> None:
    few.rules(TICKETS)
    for number in range(1, 8):
        few.crm.give("Tickets", id=number, title=f"T{number}", number="N1" if number in {1, 7} else f"N{number + 1}")
    few.apply()
    few.apply()
    codes = [card["code"] for card in few.erp.rows("Cards")]
    assert sorted(codes) == sorted({"N1", *(f"N{number + 1}" for number in range(2, 7))})


def test_many_that_were_cut_short_are_completed_and_none_is_made_twice(few: Office) -> None:
    few.rules(CARDS)
    companies(few, *"ABCDEFG")
    few.erp.faults.extend(["", "", "", "lost", "die"])
    with pytest.raises(Died):
        few.apply()
    for _ in range(4):
        few.apply(wait=30.0)
    assert sorted(str(card["code"]) for card in few.erp.rows("Cards")) == list("ABCDEFG")
    assert few.states("card", *map(str, range(1, 8))) == ["DONE"] * 7


def test_what_does_not_fit_into_memory_leaves_no_file_behind(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, at_once=10)
    spool: Spool[int] = Spool(scratch)
    spool.extend(range(3_000))
    assert (list(spool), len(spool)) == (list(range(3_000)), 3_000)
    assert list(tmp_path.iterdir()) == []
    scratch.close()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_in_words() -> None:
    scratch = Scratch()
    with pytest.raises(LedgerUnusable, match="does not fit into memory"):
        scratch.rows("SELECT * FROM nothing")
