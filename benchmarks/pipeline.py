"""`make bench`, part "pipeline": JSON lines through a rule and the ledger into JSON lines, against a loop by hand."""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from benchmarks.hand_written import CENT, day, text
from benchmarks.memory import orders, workspace

from rules_run.connect.linefile import LineFile
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import Digests, DocKey, Link, Payload, QueuedDocument, Ruling, StepIntent
from rules_run.ledger.states import State
from rules_run.model.exchange import Outcome, Safety
from rules_run.runtime.checking import open_tenant
from rules_run.runtime.clock import SystemClock
from rules_run.runtime.opening import open_run
from rules_run.runtime.run import apply_integration
from rules_run.runtime.workspace import Workspace

Record = dict[str, object]
Turn = Callable[[Path], float]
FIELDS = ("id", "customer", "account", "day", "text", "amount")
BY_HAND = "a loop by hand over the ledger's own calls"


def measure(records: int, rounds: int) -> list[str]:
    """Return the table: every contender in turn, each time with new files and a new ledger."""
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    expected: set[str] = set()
    for number in range(rounds):
        names = list(CONTENDERS)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            with tempfile.TemporaryDirectory() as folder:
                made = prepared(Path(folder), records)
                seconds[name].append(CONTENDERS[name](made))
                expected.add(outcome_of(made))
    if len(expected) != 1:
        raise SystemExit("The contenders have not left the same files and ledgers.")
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    base, width = medians[BY_HAND], max(map(len, medians))
    lines = [f"{'':{width}}  {'µs/document':>12}  {'ratio':>6}"]
    return lines + [
        f"{name:{width}}  {each / records * 1e6:12.0f}  {base / each:6.2f}" for name, each in medians.items()
    ]


def prepared(folder: Path, records: int) -> Path:
    """Make a workspace with so many orders, and nothing in the books."""
    workspace(folder, "orders")
    orders(folder / "orders.jsonl", records)
    return folder


def outcome_of(folder: Path) -> str:
    """Return a digest of the books, and of what the ledger knows of each document."""
    told = [digest(entry) for entry in read(folder / "entries.jsonl")]
    with closing(sqlite3.connect(folder / ".rules-run" / "shop.db")) as ledger:
        query = "SELECT source_id, marker, state, epoch, target_id FROM doc ORDER BY source_id"
        told += map(repr, ledger.execute(query))
        for table in ("step", "attempt", "event", "link"):
            told += map(repr, ledger.execute(f"SELECT '{table}', count(*) FROM {table}"))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def by_rule(folder: Path) -> float:
    """Apply the rule file, and return the CPU seconds."""
    tenant, (ready,) = open_tenant(Workspace(root=folder), None, (), {})
    with open_run(Workspace(root=folder), tenant, date="", writing=True) as run:
        start = time.process_time()
        delivery = run.delivery(run.ledger.runs.start(), ready.integration.connectors)
        result = apply_integration(run, ready, delivery)
        spent = time.process_time() - start
    assert not result.applied.waiting, result.applied.unfinished
    return spent


def by_hand(folder: Path) -> float:
    """Do the same as a careful programmer would who has such a ledger, and return the CPU seconds."""
    place = folder / ".rules-run"
    ledger = Ledger.open(
        place / "shop.db", tenant="shop", lineage_file=folder / "tenants" / "shop.lineage", clock=SystemClock()
    )
    start = time.process_time()
    run_id = ledger.runs.start()
    found = [mapped(line) for line in read(folder / "orders.jsonl")]
    there = (
        {str(entry["id"]) for entry in read(folder / "entries.jsonl")} if (folder / "entries.jsonl").exists() else set()
    )
    known = ledger.known("orders/entry", [str(order["id"]) for order, _ in found])
    fresh = [(order, entry) for order, entry in found if order["id"] not in known and order["id"] not in there]
    states = ledger.enqueue([queued(order, entry) for order, entry in fresh])
    books = LineFile(folder / "entries.jsonl")
    for (_, entry), state in zip(fresh, states, strict=True):
        send(ledger, run_id, state.id, entry, books)
    spent = time.process_time() - start
    books.close()
    ledger.close()
    return spent


def read(file: Path) -> list[Record]:
    """Read JSON lines with exact numbers."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line, parse_float=Decimal) for line in lines]


def mapped(order: Record) -> tuple[Record, Record]:
    """Return an order, its values as they are meant, and the entry that it makes."""
    amount = Decimal(str(order["amount"]))
    own = {**order, "day": day(order["day"]), "amount": amount}
    entry = {
        "id": order["id"],
        "customer": text(f"Customer {order['customer']}", 40),
        "account": order.get("account") or "3000",
        "day": own["day"],
        "text": text(order.get("text"), 60, cut=True),
        "amount": amount.quantize(CENT, ROUND_HALF_UP),
    }
    return own, {name: value for name, value in entry.items() if value is not None}


def queued(order: Record, entry: Record) -> QueuedDocument:
    """Return what the ledger keeps of a document."""
    key = DocKey(
        tenant="shop", rule_id="orders/entry", source_system="files", entity="Orders", source_id=str(order["id"])
    )
    digests = Digests(plan=digest(entry), source=digest(order), rule="1", rule_version="1.0.0")
    return QueuedDocument(key=key, digests=digests, payload=Payload(source=order, transformed=entry))


def send(ledger: Ledger, run_id: str, doc_id: int, entry: Record, books: LineFile) -> None:
    """Write one entry by the protocol: claim, intent, write, outcome."""
    doc = ledger.sending.claim(doc_id, run_id)
    assert doc is not None
    line = "{" + ", ".join(f"{json.dumps(name)}: {written(value)}" for name, value in entry.items()) + "}"
    memo = {"alias": "books", "resource": "Entries", "verb": "create", "values": entry, "target_id": None}
    intent = StepIntent(
        kind="create",
        main=True,
        last=True,
        safety=Safety.UNIQUE,
        link=Link(name="Entries"),
        memo=memo,
        marker=doc.marker,
    )
    pending = ledger.sending.intend(
        doc,
        intent,
        run_id=run_id,
        request_digest=hashlib.sha256(line.encode()).hexdigest(),
        idem_key=None,
        start_within=5.0,
        deadline=10.0,
    )
    assert pending is not None

    def guard() -> None:
        if not ledger.sending.holds(pending):
            raise RuntimeError("another run has taken it over")

    books.add(line, guard)
    ruling = Ruling(state=State.APPLIED, outcome=Outcome.APPLIED, target_id=str(entry["id"]))
    ledger.sending.conclude(pending, ruling)


def written(value: object) -> str:
    """Return a value as JSON, a number digit by digit."""
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def digest(values: Mapping[str, object]) -> str:
    """Return what tells whether a document is as it was."""
    plain = {name: format(v.normalize(), "f") if isinstance(v, Decimal) else str(v) for name, v in values.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


CONTENDERS: Mapping[str, Turn] = {"rules-run, a rule file": by_rule, BY_HAND: by_hand}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--records", type=int, default=300, help="documents a round (default 300)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of all contenders (default 9)")
    options = parser.parse_args()
    print(f"{options.records} documents, {options.rounds} rounds, CPU time, contenders interleaved\n")
    for line in measure(options.records, options.rounds):
        print(line)


if __name__ == "__main__":
    main()
