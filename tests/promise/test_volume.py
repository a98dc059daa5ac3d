"""A ledger of years: lists are whole and without doubles, and neither they nor the pages of a run need more memory."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.filled_ledger import ROWS, TENANT, fill, rule_of, source_id

from rules_run.ledger.ledger import Ledger
from rules_run.runtime.clock import SystemClock

from ..cli.desk import ROOT, whole
from .extent import Extent

WHOLE = """
import re, sys
from pathlib import Path
from benchmarks.filled_ledger import TENANT, rule_of, source_id
from rules_run.ledger.ledger import Ledger
from rules_run.runtime.clock import SystemClock
path, documents = Path(sys.argv[1]), int(sys.argv[2])
lineage = path.with_suffix(".lineage")
ledger = Ledger.open(path, tenant=TENANT, lineage_file=lineage, clock=SystemClock(), read_only=True)
listed, before = 0, None
for at in range(0, documents, 500):
    known = ledger.known(rule_of(1), [source_id(number) for number in range(at, at + 500)])
    page = ledger.queue.find(limit=500, before=before)
    listed, before = listed + len(page.documents), page.next
most = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(listed, len(known), int(most) // 1024)
"""


@pytest.fixture(scope="module")
def documents(extent: Extent) -> int:
    return extent.count(quick=100_000, full=1_000_000) // ROWS


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, documents: int) -> Path:
    made = tmp_path_factory.mktemp("years") / "nordlys.db"
    ledger = opened(made)
    fill(ledger._journal.store.engine, documents)
    ledger.close()
    return made


def opened(path: Path) -> Ledger:
    return Ledger.open(path, tenant=TENANT, lineage_file=path.with_suffix(".lineage"), clock=SystemClock())


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opening = opened(path)
    yield opening
    opening.close()


def test_the_pages_of_each_word_have_every_document_once_and_together_all(ledger: Ledger, documents: int) -> None:
    counted, seen = ledger.queue.count(), Counter[int]()
    for word, number in counted.items():
        page = ledger.queue.find(word=word, limit=1000)
        found = [doc.id for doc in page.documents]
        while page.next is not None:
            page = ledger.queue.find(word=word, limit=1000, before=page.next)
            found += [doc.id for doc in page.documents]
        assert len(found) == number, word
        assert found == sorted(found, reverse=True)
        seen.update(found)
    assert set(seen.values()) == {1}
    assert len(seen) == documents == sum(counted.values())


def test_one_of_many_is_found_by_its_number_and_claimed(ledger: Ledger, documents: int) -> None:
    number = documents // 3
    assert [doc.id for doc in ledger.queue.find(text=source_id(number)).documents] == [number]
    assert ledger.known(rule_of(number), [source_id(number)])[source_id(number)].id == number
    due = [doc.id for doc in ledger.queue.due(limit=50)]
    claimed = [ledger.sending.claim(each, "run") for each in due]
    assert [doc.id for doc in claimed if doc is not None] == due


def test_reading_all_of_it_page_by_page_takes_little_memory(path: Path, documents: int) -> None:
    command = [sys.executable, "-c", WHOLE, str(path), str(documents)]
    environment = whole({}) | {"PYTHONPATH": f"{ROOT / 'engine'}:{ROOT}"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    listed, known, megabytes = map(int, ran.stdout.split())
    assert listed == documents
    assert known == 125
    assert megabytes < 300
