"""A ledger as it stands after some years: documents with their steps, attempts and events, five rows each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, Table, insert

from rules_run.ledger import exact, tables
from rules_run.ledger.records import DocKey, StepIntent, marker_for, sought_by
from rules_run.ledger.states import State
from rules_run.ledger.steps import fingerprint
from rules_run.model.exchange import Safety

TENANT = "nordlys"
RULES = ("autotask-acomba/invoice", "autotask-acomba/credit", "autotask-acomba/customer", "intermedia-autotask/charge")
ROWS = 5
"""Rows of the ledger a document has, one more while it waits for somebody."""
PAGE = 2_000
FIRST_ID = 29_680_000
BEGIN = datetime(2021, 1, 4, 8, tzinfo=UTC)
SHARES = (
    (0.93, State.DONE, "", ""),
    (0.97, State.QUEUED, "", ""),
    (0.99, State.HELD, "M003", "No row for account {}."),
)
_PAYLOAD = exact.dumps(
    {"source": {"note": "as it came " * 40}, "transformed": {"text": "as sent " * 50}, "message": ""}
)
_STEP = fingerprint(
    StepIntent(kind="create", main=True, last=True, safety=Safety.PROBE, memo={"values": {"Total": "12.50"}}),
    State.QUEUED,
    {},
)


def source_id(number: int) -> str:
    """Return the id of the n-th record in the source."""
    return str(FIRST_ID + number)


def rule_of(number: int) -> str:
    """Return the rule of the n-th document."""
    return RULES[number % len(RULES)]


def fill(engine: Engine, documents: int, seed: int = 2019) -> None:
    """Write so many documents, a page in a transaction."""
    chance = Random(seed)
    for begin in range(1, documents + 1, PAGE):
        numbers = range(begin, min(begin + PAGE, documents + 1))
        with engine.begin() as connection:
            for table, rows in _rows(numbers, chance):
                connection.execute(insert(table), rows)


def _rows(numbers: range, chance: Random) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    docs = [_doc(number, chance) for number in numbers]
    sent = [doc for doc in docs if doc["target_id"] is not None]
    yield tables.doc, docs
    yield tables.step, [_step(doc) for doc in sent]
    yield tables.attempt, [_attempt(doc) for doc in sent]
    yield tables.event, [event for doc in docs for event in _events(doc)]


def _doc(number: int, chance: Random) -> dict[str, Any]:
    draw = chance.random()
    state, code, text = next(
        ((state, code, text) for share, state, code, text in SHARES if draw < share),
        (State.PARKED, "D008", "It was sent and no answer came."),
    )
    names = ("tenant", "rule_id", "source_system", "entity", "source_id", "part")
    key = DocKey(
        tenant=TENANT, rule_id=rule_of(number), source_system="psa", entity="Invoices", source_id=source_id(number)
    )
    done = state is State.DONE
    target_id, reference = (str(7_000_000 + number), f"INV-{number:07d}") if done else ("", "")
    return {
        **dict(zip(names, key.identity, strict=True)),
        "id": number,
        "marker": marker_for(key),
        "state": state,
        "epoch": int(done),
        "plan_digest": f"{number:032x}",
        "source_digest": f"{number:032x}",
        "payload": _PAYLOAD,
        "target_id": target_id or None,
        "target_ref": reference,
        "hold_code": code,
        "hold_text": text.format(number % 700),
        "sought": sought_by(key, target_id, reference),
    }


def _step(doc: dict[str, Any]) -> dict[str, Any]:
    values = {"doc_id": doc["id"], "n": 1, "kind": "create", "class": Safety.PROBE, "marker": doc["marker"]}
    return {**values, "id": doc["id"], "state": State.APPLIED, "target_id": doc["target_id"], "fingerprint": _STEP}


def _attempt(doc: dict[str, Any]) -> dict[str, Any]:
    at = BEGIN + timedelta(minutes=doc["id"])
    return {
        "id": f"{doc['id']:036d}",
        "step": doc["id"],
        "no": 1,
        "epoch": 1,
        "run_id": "run",
        "request_digest": "d",
        "intent_wall": at,
        "intent_boottime": 1.0,
        "boot_id": "boot",
        "start_by": at,
        "give_up_at": at,
        "outcome": "applied",
        "resolved_by": "response",
        "target_id": doc["target_id"],
    }


def _events(doc: dict[str, Any]) -> Iterator[dict[str, Any]]:
    at = BEGIN + timedelta(minutes=doc["id"])
    yield {"at": at, "who": "run", "doc": doc["id"], "from": "", "to": State.QUEUED, "why": "planned"}
    yield {"at": at, "who": "run", "doc": doc["id"], "from": State.QUEUED, "to": doc["state"], "why": "by response"}
