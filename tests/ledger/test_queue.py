from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event

from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import AdoptedDocument, HeldDocument, Page
from rules_run.ledger.states import Word

from .conftest import Clock, Open, key, queued


def ids(page: Page) -> list[str]:
    return [doc.key.source_id for doc in page.documents]


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    ledger.enqueue([queued(str(n)) for n in range(1, 4)])
    ledger.enqueue([queued("4", rule="autotask-acomba/credit"), queued("5", rule="autotask-acomba-old/invoice")])
    ledger.hold([HeldDocument(key=key("6"), code="M003", text="No row for account 7_A: add it.")])
    [_, marked] = ledger.adopt(
        [AdoptedDocument(key=key(n), target_id=f"77{n}", target_ref=f"A-{n}") for n in ("7", "8")]
    )
    ledger.attention(marked.id, "C001", "the total differs")
    return ledger


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("Queued", ["5", "4", "3", "2", "1"]),
        ("Needs you", ["8", "6"]),
        ("Processed", ["7"]),
        ("Sending", []),
        ("Checking", []),
        ("Cancelled", []),
        (None, ["8", "7", "6", "5", "4", "3", "2", "1"]),
    ],
)
def test_documents_are_found_by_the_word_people_read(filled: Ledger, word: Word | None, found: list[str]) -> None:
    assert ids(filled.queue.find(word=word)) == found


def test_documents_are_found_by_integration_and_by_rule(filled: Ledger) -> None:
    assert ids(filled.queue.find(rule="autotask-acomba", word="Queued")) == ["4", "3", "2", "1"]
    assert ids(filled.queue.find(rule="autotask-acomba/credit")) == ["4"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7_a", ["6"]),
        ("A-7", ["7"]),
        ("778", ["8"]),
        ("%", []),
        ("mk-", ["8", "7", "6", "5", "4", "3", "2", "1"]),
        ("no row", ["6"]),
    ],
)
def test_documents_are_found_by_what_people_remember_of_them(filled: Ledger, text: str, found: list[str]) -> None:
    assert ids(filled.queue.find(text=text)) == found


def test_pages_follow_each_other_while_the_queue_grows(filled: Ledger) -> None:
    first = filled.queue.find(word="Queued", limit=2)
    filled.enqueue([queued("99")])
    second = filled.queue.find(word="Queued", limit=2, before=first.next)
    third = filled.queue.find(word="Queued", limit=2, before=second.next)
    assert [ids(first), ids(second), ids(third), third.next] == [["5", "4"], ["3", "2"], ["1"], None]


def test_another_tenant_of_the_same_store_sees_nothing(filled: Ledger, clock: Clock) -> None:
    other = Ledger(filled._journal.store, tenant="aurora", clock=clock, lineage=filled.lineage)
    assert ids(other.queue.find()) == []
    assert other.queue.show(filled.queue.find().documents[0].id) is None
    assert other.queue.due() == []
    assert other.known("autotask-acomba/invoice", ["1"]) == {}


def test_what_is_due_comes_in_order(filled: Ledger) -> None:
    assert [doc.key.source_id for doc in filled.queue.due(rule_id="autotask-acomba/invoice")] == ["1", "2", "3"]
    assert len(filled.queue.due(limit=2)) == 2


def test_a_document_that_is_not_there_is_nothing(ledger: Ledger) -> None:
    assert ledger.queue.show(12345) is None


def test_threads_write_and_read_one_ledger(ledger: Ledger) -> None:
    start = threading.Barrier(6)

    def work(n: int) -> int:
        start.wait()
        for page in range(5):
            ledger.enqueue([queued(f"{n}-{page}-{row}") for row in range(20)])
            ledger.queue.find(word="Queued", limit=5)
        return n

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(work, range(6))) == list(range(6))
    assert len(ledger.queue.find(limit=1000).documents) == 600


def plans(ledger: Ledger, ask: Callable[[], object]) -> str:
    """Return how SQLite carries out each statement of a question."""
    sent: list[str] = []
    engine = ledger._journal.store.engine

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    ask()
    event.remove(engine, "before_cursor_execute", note)
    with ledger._journal.store.read() as connection:
        asked = [re.sub(r"\?", "0", each) for each in sent if each.startswith("SELECT")]
        rows = [row for each in asked for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}")]
    return "\n".join(str(row[3]) for row in rows)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"word": "Needs you"}, "doc_needing_you"),
        ({"word": "Queued"}, "USING COVERING INDEX doc_listing (state=? AND tenant=?"),
        ({"word": "Processed"}, "doc_listing (state=? AND tenant=?"),
        ({"rule": "autotask-acomba/invoice"}, "USING COVERING INDEX doc_of_rule (state=? AND rule_id=? AND tenant=?"),
        ({"rule": "autotask-acomba/invoice", "word": "Queued"}, "doc_of_rule (state=? AND rule_id=? AND tenant=?"),
        ({"text": "INV-1042"}, "USING COVERING INDEX doc_sought"),
        ({"text": "INV-1042"}, "doc_needing_you"),
    ],
)
def test_a_page_is_found_by_an_index_that_has_its_order(opening: Open, asked: dict[str, Any], index: str) -> None:
    ledger = opening()
    ledger.enqueue([queued("1")])
    plan = plans(ledger, lambda: ledger.queue.find(**asked))
    assert index in plan, plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan
    assert "SCAN doc\n" not in f"{plan}\n"


def test_a_page_of_documents_is_known_by_its_keys(opening: Open) -> None:
    ledger = opening()
    plan = plans(ledger, lambda: ledger.known("autotask-acomba/invoice", ["1", "2"]))
    assert "doc_identity" in plan or "sqlite_autoindex_doc" in plan, plan
    assert "source_id=?" in plan


def test_words_are_counted_in_the_indexes(opening: Open) -> None:
    ledger = opening()
    plan = plans(ledger, ledger.queue.count)
    assert "USING COVERING INDEX doc_listing" in plan
    assert "doc_needing_you" in plan


def test_the_next_one_is_claimed_by_an_index_that_has_them_in_order(opening: Open) -> None:
    ledger = opening()
    plan = plans(ledger, lambda: ledger.sending.claim_next("run"))
    assert "doc_claim (state=? AND due<?)" in plan, plan
    assert "USE TEMP B-TREE" not in plan
