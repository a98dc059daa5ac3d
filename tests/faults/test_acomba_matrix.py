"""Every fault against every write from Autotask into Acomba and back: once, in words, and nothing sent blindly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from .acomba import CATEGORY, IDS, MATRIX, Books, Turn, fault_of

MUCH_LATER = 5000
"""Seconds to a run beyond the latest commit."""
VERDICT = r"^Checked autotask-acomba/{rule} .*(it is certainly not there|found in the target)"


def _order(books: Books, part: str, case: Mapping[str, Any]) -> None:
    for alias, resource, verb, _ in MATRIX[part].values():
        if case.get("only", alias) == alias:
            books.order(alias, fault_of(case, alias, resource, verb))


def _accepted(case: Mapping[str, Any]) -> Books:
    """An invoice whose client, product and supplier have to be made."""
    books = Books()
    books.bill()
    _order(books, "writes", case)
    books.until_quiet(by_hand=case["ends"] == "rejected")
    return books


def _refused(case: Mapping[str, Any]) -> Books:
    """An invoice of a day that Acomba has closed."""
    books = Books(category=CATEGORY)
    books.bill(charge=None)
    _close(books)
    _order(books, "failures", case)
    books.until_quiet()
    return books


def _refused_again(case: Mapping[str, Any]) -> Books:
    """The same, whose ticket somebody closed, and whose number somebody blanked."""
    books = Books(category=CATEGORY)
    books.bill(charge=None)
    _close(books)
    books.until_quiet()
    (ticket,) = books.rows("psa", "Tickets")
    books.apps["psa"].store.change("Tickets", ticket["id"], {"status": 5, "completedDate": "2025-03-03T15:00:00Z"})
    books.apps["psa"].store.change("Invoices", 2001, {"invoiceNumber": None})
    books.turns.clear()
    _order(books, "reopened", case)
    books.until_quiet()
    return books


def _close(books: Books) -> None:
    """Have Acomba refuse the client of the invoice for good."""
    books.apps["erp"].give(
        "Customer", [{"NoUniqueSystemeSource": 77, "NoClient": "C174", "Nom": "X", "EstActif": False}]
    )


STORIES: Mapping[str, Callable[[Mapping[str, Any]], Books]] = {
    "writes": _accepted,
    "failures": _refused,
    "reopened": _refused_again,
}


def cells() -> Iterator[Any]:
    """Yield every fault with the writes that it meets one after the other in one story."""
    for part in STORIES:
        for case in MATRIX["faults"]:
            writes = [write for write in MATRIX[part].values() if case.get("only", write[0]) == write[0]]
            if writes:
                yield pytest.param(part, case, writes, id=f"{case['name']}, {part}")


@pytest.mark.parametrize(("part", "case", "writes"), list(cells()))
def test_a_fault_is_told_in_words_sends_nothing_blindly_and_ends_with_one_of_everything(
    part: str, case: Mapping[str, Any], writes: list[list[str]]
) -> None:
    books = STORIES[part](case)
    for write in writes:
        assert_met(books, case, write)
    if part == "writes":
        assert_one_of_everything(books)
    else:
        assert_one_ticket(books, notes=1 if part == "reopened" else 0)


def assert_met(books: Books, case: Mapping[str, Any], write: list[str]) -> None:
    """Check what the run told that met the fault, and that nothing was sent again before a verdict."""
    alias, resource, verb, rule = write
    met = next(n for n, turn in enumerate(books.turns) if any(each.fault for each in turn.of(alias, resource, verb)))
    turn = books.turns[met]
    sent = len(turn.of(alias, resource, verb))
    assert sent <= 2
    if case["ends"] == "applied":
        return
    expected = [text.replace("ID", IDS[alias]) for text in _words(case)]
    if turn.by_hand:
        assert any(text in turn.ran.said for text in expected), turn.ran.said
        return
    word = {"not taken": "Queued|Sending|Needs you", "rejected": "Needs you"}.get(case["ends"], "Checking")
    lines = re.findall(rf"^  (?:{word}): (?:.+, )?{rule} [^:]+: (.+)$", turn.ran.said, re.MULTILINE)
    assert any(text in line for line in lines for text in expected), turn.ran.said
    assert turn.ran.code == 3
    if word == "Checking":
        assert_nothing_before_the_verdict(books.turns[met + 1 :], write)


def assert_nothing_before_the_verdict(turns: list[Turn], write: list[str]) -> None:
    alias, resource, verb, rule = write
    verdict = re.compile(VERDICT.format(rule=rule), re.MULTILINE)
    for turn in turns:
        if verdict.search(turn.ran.said):
            return
        if resource != "Companies":  # two rules write them
            assert not turn.of(alias, resource, verb), turn.ran.said
        assert turn.ran.code == 3
    raise AssertionError("nobody came to a verdict")


def assert_one_of_everything(books: Books) -> None:
    assert books.made("erp") == {"Customer": 1, "Supplier": 1, "Product": 1, "CustomerInvoice": 2}
    assert books.made("psa") == {}
    (made,) = [row for row in books.rows("erp", "CustomerInvoice") if row["Référence"] == "AT-2001"]
    assert books.number() == made["NoFacture"]
    keys = [
        row.get("userDefinedFields", {}).get("ERPConnector_ERPInternalId") for row in books.rows("psa", "Companies")
    ]
    cards = [books.rows("erp", "Customer")[-1], *books.rows("erp", "Supplier")]
    assert keys == ["31", *(str(card["NoUniqueSystemeSource"]) for card in cards)]
    assert {doc.word for doc in books.ledger.queue.find().documents} == {"Processed"}


def assert_one_ticket(books: Books, *, notes: int) -> None:
    assert books.made("psa") == {"Tickets": 1, **({"TicketNotes": notes} if notes else {})}
    (ticket,) = books.rows("psa", "Tickets")
    assert (books.number(), ticket["status"]) == (ticket["ticketNumber"], 1)
    assert "Client inactif : C174" in ticket["description"]
    assert [row["Référence"] for row in books.rows("erp", "CustomerInvoice")] == ["AT-2000"]


@pytest.mark.parametrize("kind", MATRIX["writes"])
def test_what_comes_beyond_all_waiting_is_once_there_or_told_with_both_numbers(kind: str) -> None:
    case = next(each for each in MATRIX["faults"] if each["ends"] == "doubled")
    alias, resource, verb, rule = MATRIX["writes"][kind]
    books = Books()
    books.bill()
    books.order(alias, fault_of(case, alias, resource, verb))
    books.until_quiet()
    books.clock.advance(MUCH_LATER)
    late = books.run().ran
    twice = resource == "CustomerInvoice"
    assert books.made("erp")["CustomerInvoice"] == (3 if twice else 2)
    alarm = rf"Needs you: autotask-acomba/{rule} 2001 .*A duplicate exists: \d+, \d+\. Keep one of them in the target"
    assert (bool(re.search(alarm, late.said)), late.code) == (twice, 3 if twice else 0), late.said


def _words(case: Mapping[str, Any]) -> list[str]:
    return [case["says"]] if isinstance(case["says"], str) else list(case["says"])
