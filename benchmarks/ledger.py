"""A ledger of 1,000,000 rows: to claim, to list, to compare a page; how many documents it takes a second."""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from benchmarks.filled_ledger import ROWS, TENANT, fill, rule_of, source_id
from sqlalchemy import create_engine, make_url, text

from rules_run.failpoints import watched
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import DocKey, QueuedDocument, Ruling, StepIntent
from rules_run.ledger.sqlite import FileStore
from rules_run.ledger.states import State
from rules_run.ledger.store import Store
from rules_run.model.exchange import Outcome, Safety
from rules_run.model.secret import Secret
from rules_run.runtime.clock import SystemClock

SERVER = "RULES_RUN_TEST_POSTGRES"
CREATE = StepIntent(kind="create", main=True, last=True, safety=Safety.PROBE)
RULE = rule_of(0)


def main() -> None:
    """Measure each store that there is, and print what came of it."""
    options = arguments()
    for line in measure(options.rows // ROWS, rounds=options.rounds, sent=options.sent):
        print(line, flush=True)


def arguments() -> argparse.Namespace:
    """Return how much to measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the ledger, five a document")
    parser.add_argument("--rounds", type=int, default=20, help="how often each question is asked (default 20)")
    parser.add_argument("--sent", type=int, default=500, help="documents that are sent (default 500)")
    return parser.parse_args()


def measure(documents: int, *, rounds: int, sent: int) -> Iterator[str]:
    """Yield the lines of a table for each store."""
    for name, make in (("SQLite", _file), ("PostgreSQL", _server)):
        with make() as ledger:
            if ledger is None:
                yield f"{name}: no server is named by {SERVER}"
                continue
            store = ledger._journal.store
            fill(store.engine, documents)
            _settle(store)
            yield f"{name}: {documents:,} documents, {documents * ROWS:,} rows   {'median ms':>10} {'p99 ms':>8}"
            for what, times in questions(ledger, documents, rounds):
                yield _line(what, times)
            yield _line("claim, without its commit", claims(ledger, min(sent, documents // 50)))
            speed = sent / sending(ledger, sent)
            yield f"  {'documents sent by one process, a second':46} {speed:10.0f}"
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
            yield f"  {'peak memory so far, MB':46} {peak:10.0f}"


def questions(ledger: Ledger, documents: int, rounds: int) -> Iterator[tuple[str, list[float]]]:
    """Yield what people and runs ask, with the seconds that each answer took."""
    queue = ledger.queue
    page = [source_id(number) for number in range(0, documents, max(1, documents // 500))][:500]
    asked: dict[str, Callable[[], object]] = {
        "queue list": queue.find,
        "queue list --state Queued": lambda: queue.find(word="Queued"),
        "queue list --state 'Needs you'": lambda: queue.find(word="Needs you"),
        "queue list --state Processed, a page in the middle": lambda: queue.find(
            word="Processed", before=documents // 2
        ),
        "queue list of one integration": lambda: queue.find(rule="intermedia-autotask"),
        "queue list of a rule without documents": lambda: queue.find(rule="autotask-acomba/nothing"),
        "queue list, searched for a number": lambda: queue.find(text=f"{documents // 3:07d}"),
        "queue list, searched for what is not there": lambda: queue.find(text="nowhere"),
        "queue counts": queue.count,
        "the next 500 that are due": queue.due,
        "500 documents known by their keys": lambda: ledger.known(RULE, page),
    }
    for what, ask in asked.items():
        ask()
        yield what, [_seconds(ask) for _ in range(rounds)]


def claims(ledger: Ledger, count: int) -> list[float]:
    """Return the seconds from the begin of each claim until its commit."""
    ends: list[float] = []

    def passed(name: str) -> None:
        if name == "claim-commit":
            ends.append(time.perf_counter())

    begins = []
    with watched(passed):
        for doc in ledger.queue.due(limit=count):
            begins.append(time.perf_counter())
            ledger.sending.claim(doc.id, "benchmark")
    return [end - begin for begin, end in zip(begins, ends, strict=True)]


def sending(ledger: Ledger, count: int) -> float:
    """Return the seconds that the ledger's part of so many creations takes: queued, claimed, intended, concluded."""
    keys = [
        DocKey(tenant=TENANT, rule_id=RULE, source_system="psa", entity="Invoices", source_id=f"new-{number}")
        for number in range(count)
    ]
    begin = time.perf_counter()
    for doc in ledger.enqueue([QueuedDocument(key=key) for key in keys]):
        held = ledger.sending.claim(doc.id, "benchmark")
        if held is None:
            raise SystemExit(f"document {doc.id} is not to be had")
        pending = ledger.sending.intend(
            held, CREATE, run_id="benchmark", request_digest="d", idem_key=None, start_within=5, deadline=30
        )
        if pending is None or not ledger.sending.holds(pending):
            raise SystemExit(f"document {doc.id} is not to be sent")
        ruling = Ruling(state=State.APPLIED, outcome=Outcome.APPLIED, target_id=f"t-{doc.id}")
        ledger.sending.conclude(pending, ruling)
    return time.perf_counter() - begin


@contextmanager
def _file() -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nordlys.db"
        with closing(
            Ledger.open(path, tenant=TENANT, lineage_file=path.with_suffix(".lineage"), clock=SystemClock())
        ) as ledger:
            yield ledger


@contextmanager
def _server() -> Iterator[Ledger | None]:
    """Give a ledger in a schema of its own on the server that is named, None without one."""
    address = os.environ.get(SERVER)
    if address is None:
        yield None
        return
    url, schema = make_url(address).set(drivername="postgresql+psycopg"), f"bench_{uuid4().hex}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    own = make_url(address).update_query_dict({"options": f"-csearch_path={schema}"})
    with tempfile.TemporaryDirectory() as folder, server.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        try:
            with closing(
                Ledger.connect(
                    Secret(own.render_as_string(hide_password=False)),
                    Path(folder) / "nordlys.outcomes.jsonl",
                    tenant=TENANT,
                    lineage_file=Path(folder) / "nordlys.lineage",
                    clock=SystemClock(),
                )
            ) as ledger:
                yield ledger
        finally:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()


def _settle(store: Store) -> None:
    """Let the store do what it would have done by itself in the years that this took."""
    if isinstance(store, FileStore):
        with store.read() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
        return
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("doc", "step", "attempt", "event"):
            connection.exec_driver_sql(f"VACUUM ANALYZE {name}")
        # A sequence does not follow numbers that were given by hand.
        for name in ("doc", "step"):
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
            )


def _seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _line(what: str, times: list[float]) -> str:
    slowest = sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]
    return f"  {what:46} {statistics.median(times) * 1e3:10.2f} {slowest * 1e3:8.2f}"


if __name__ == "__main__":
    main()
