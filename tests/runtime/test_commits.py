"""What a run costs the disk: so many transactions a document, and none for one that has not changed."""

from __future__ import annotations

from collections import Counter

from rules_run.failpoints import watched

from .memory import Office

CARDS = """
rules:
  card:
    from: {read: crm.Companies, as: company}
    key: company.id
    to:
      write: erp.Cards
      set: {name: company.name, code: company.code}
"""
WRITE_BACK = """
    on_success:
      card: {write: crm.Companies, mode: update, match: {id: company.id}, set: {card: {select: result.id, type: text}}}
"""
OWN = {"run-commit", "finish-commit"}
"""Those of the run itself, and of a page of documents together."""


def commits(office: Office) -> Counter[str]:
    """Run once and return the transactions by name."""
    passed: Counter[str] = Counter()
    with watched(lambda place: passed.update([place] if place.endswith("-commit") else [])):
        assert office.apply().exit_code == 0
    return passed


def test_a_written_document_takes_three_commits_and_its_page_one(office: Office) -> None:
    office.rules(CARDS)
    for number in range(1, 6):
        office.crm.give("Companies", id=number, name=f"C{number}", code=f"N{number}")
    found = commits(office)
    assert len(office.erp.rows("Cards")) == 5
    assert (found["queue-commit"], found["claim-commit"], found["intent-commit"], found["outcome-commit"]) == (
        1,
        5,
        5,
        5,
    )
    assert found.keys() <= OWN | {"queue-commit", "claim-commit", "intent-commit", "outcome-commit"}


def test_a_write_back_takes_two_more(office: Office) -> None:
    office.rules(CARDS + WRITE_BACK)
    for number in range(1, 6):
        office.crm.give("Companies", id=number, name=f"C{number}", code=f"N{number}")
    found = commits(office)
    assert [row["card"] for row in office.crm.rows("Companies")] == [str(1000 + number) for number in range(5)]
    assert (found["claim-commit"], found["intent-commit"], found["outcome-commit"]) == (5, 10, 10)


def test_a_document_that_has_not_changed_takes_none(office: Office) -> None:
    office.rules(CARDS + WRITE_BACK)
    for number in range(1, 6):
        office.crm.give("Companies", id=number, name=f"C{number}", code=f"N{number}")
    office.apply()
    assert commits(office).keys() <= OWN
