"""A plan as a file: versioned JSON without secrets, and what is left out of it when the world has moved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from rules_run import durable
from rules_run.errors import InvalidFiles
from rules_run.model.plan import Action, Plan, Planned
from rules_run.model.problem import Origin, Problem
from rules_run.model.unknown import Unknown

VERSION = 1
Identity = tuple[str, str, str]
_LEFT_ALONE = frozenset({Action.NOTHING, Action.SKIP})


def identity_of(planned: Planned) -> Identity:
    """Return what names a document of a plan, and what is done with it."""
    return planned.rule, planned.key, planned.action


def save(plans: Iterable[Plan], file: Path) -> None:
    """Write plans into a file, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    durable.put(file, (f"{line}\n".encode() for line in lines(plans)))
    durable.sync_folder(file.parent)


def lines(plans: Iterable[Plan]) -> Iterator[str]:
    """Yield plans as JSON, a document a line; numbers are exact texts, unknown values stand under `after_unknown`."""
    yield f'{{"format": "rules-run-plan", "version": {VERSION}, "integrations": ['
    for number, plan in enumerate(plans):
        head = _json(_plan(plan)).removesuffix("}")
        yield f'{"," if number else ""}{head}, "documents": ['
        last = len(plan.documents) - 1
        yield from (f"{_json(_document(each))}{',' if at < last else ''}" for at, each in enumerate(plan.documents))
        yield "]}"
    yield "]}"


def load_digests(file: Path, tenant: str) -> dict[str, dict[Identity, str]]:
    """Return what a saved plan would do, by integration: rule, key and action of each document with its digest."""
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        if saved["format"] != "rules-run-plan" or saved["version"] != VERSION:
            raise KeyError("version")
        found = {}
        for plan in saved["integrations"]:
            if plan["tenant"] != tenant:
                raise _refused(file, f"is for tenant {plan['tenant']}, not for {tenant}")
            meant = (each for each in plan["documents"] if each["action"] not in _LEFT_ALONE)
            found[plan["integration"]] = {(each["rule"], each["key"], each["action"]): each["digest"] for each in meant}
    except OSError as error:
        raise _refused(file, f"cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise _refused(file, "is not a saved plan of this version") from None
    return found


def _refused(file: Path, what: str) -> InvalidFiles:
    origin = Origin(file=str(file), line=1, column=1)
    return InvalidFiles(
        [Problem(code="W010", message=f"The plan {what}.", origin=origin, hint="Plan again with --out.")]
    )


def _plan(plan: Plan) -> dict[str, object]:
    return {
        "tenant": plan.tenant,
        "integration": plan.integration,
        "version": plan.version,
        "rule_digest": plan.rule_digest,
        "date": plan.date,
        "promises": list(plan.promises),
        "stopped": str(plan.stopped) if plan.stopped else None,
    }


def _document(document: Planned) -> dict[str, object]:
    return {
        "rule": document.rule,
        "key": document.key,
        "resource": document.resource,
        "action": document.action,
        "label": document.label,
        "target_id": document.target_id,
        "digest": document.digest,
        "changes": [
            {"field": change.field, "before": _value(change.old), "after": _value(change.new)}
            for change in document.changes
        ],
        "after_unknown": [change.field for change in document.changes if isinstance(change.new, Unknown)],
        "steps": list(document.steps),
        "follow": [
            {
                "name": each.name,
                "resource": each.resource,
                "action": each.action,
                "changes": [{"field": c.field, "before": _value(c.old), "after": _value(c.new)} for c in each.changes],
            }
            for each in document.follow
        ],
        "problem": {"code": document.problem.code, "message": document.problem.message} if document.problem else None,
        "amount": str(document.amount) if document.amount is not None else None,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: object) -> object:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _value(each) for name, each in value.items()}
    return value
