"""Steps and attempts between their rows and their nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from rules_run.errors import Hold
from rules_run.ledger import exact, tables
from rules_run.ledger.records import Attempt, Link, Step, StepIntent
from rules_run.ledger.states import State
from rules_run.model.exchange import Outcome, Safety

_ATTEMPT = [field.name for field in fields(Attempt) if field.name not in {"step_id", "outcome"}]

_STEP = select(tables.step).where(tables.step.c.id == bindparam("step_id"))
_OF_DOC = select(tables.step).where(tables.step.c.doc_id == bindparam("of")).order_by(tables.step.c.n.desc())
_NEW = insert(tables.step).returning(tables.step.c.id)
_ATTEMPTS = select(tables.attempt).where(tables.attempt.c.step == bindparam("of")).order_by(tables.attempt.c.no)


def step_of(row: Row[Any]) -> Step:
    """Return the step of a row."""
    kept = exact.loads(row.fingerprint)
    intent = StepIntent(
        kind=row.kind,
        main=kept["main"],
        last=kept["last"],
        safety=Safety(getattr(row, "class")),
        marker=row.marker,
        link=Link(name=kept["link"][0], reverse=kept["link"][1]) if kept["link"] else None,
        memo=kept["memo"],
    )
    return Step(
        id=row.id,
        doc_id=row.doc_id,
        n=row.n,
        intent=intent,
        state=State(row.state),
        target_id=row.target_id,
        resume=State(kept["resume"]),
        watch=kept["watch"],
    )


def fingerprint(intent: StepIntent, resume: State, watch: Mapping[str, object]) -> str:
    """Return the JSON in which a step keeps what is needed to settle it."""
    kept = {
        "main": intent.main,
        "last": intent.last,
        "link": intent.link and [intent.link.name, intent.link.reverse],
        "memo": intent.memo,
    }
    return exact.dumps({**kept, "resume": resume, "watch": watch})


def write_step(connection: Connection, doc_id: int, intent: StepIntent, resume: State, state: State) -> Step:
    """Write the step of this kind that is still to be made, or a new one after the last; return it as it stands."""
    steps = [step_of(row) for row in connection.execute(_OF_DOC, {"of": doc_id})]
    values = {
        "doc_id": doc_id,
        "kind": intent.kind,
        "class": intent.safety,
        "marker": intent.marker,
        "state": state,
        "fingerprint": fingerprint(intent, resume, {}),
    }
    unmade = next((s for s in steps if _same(s, intent) and s.state is not State.APPLIED), None)
    if unmade is None:
        n = steps[0].n + 1 if steps else 1
        step_id = connection.execute(_NEW, {**values, "n": n}).scalar_one()
    else:
        step_id = unmade.id
        if unmade.intent.marker != intent.marker and any(
            not a.surely_without_effect for a in attempts(connection, step_id)
        ):
            raise Hold(
                f"Its marker was {unmade.intent.marker!r} when it was sent before and would be {intent.marker!r} now: "
                "it could not be found again. Give the rule its old marker back.",
                code="L002",
            )
        connection.execute(update(tables.step).where(tables.step.c.id == step_id).values(values))
    return step_of(connection.execute(_STEP, {"step_id": step_id}).one())


def _same(step: Step, intent: StepIntent) -> bool:
    """A creation is the same whatever its marker says today; another write-back is known by its marker."""
    return step.intent.kind == intent.kind and (intent.main or step.intent.marker == intent.marker)


def attempt_of(row: Row[Any]) -> Attempt:
    """Return the attempt of a row."""
    values = {name: getattr(row, name) for name in _ATTEMPT}
    return Attempt(**values, step_id=row.step, outcome=Outcome(row.outcome) if row.outcome else None)


def attempt_values(attempt: Attempt) -> dict[str, object]:
    """Return the row of an attempt."""
    return {**{name: getattr(attempt, name) for name in _ATTEMPT}, "step": attempt.step_id, "outcome": attempt.outcome}


def attempts(connection: Connection, step_id: int) -> list[Attempt]:
    """Return the attempts of a step, oldest first."""
    return [attempt_of(row) for row in connection.execute(_ATTEMPTS, {"of": step_id})]
