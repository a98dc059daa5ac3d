"""A plan as a file: versioned JSON without secrets, and what is left out of it when the world has moved."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from rules_run.errors import InvalidFiles
from rules_run.model.plan import Plan, Planned
from rules_run.model.problem import Origin, Problem
from rules_run.model.unknown import Unknown

VERSION = 1
Identity = tuple[str, str, str]


def save(plans: Iterable[Plan], file: Path) -> None:
    """Write plans into a file, whole or not at all."""
    text = json.dumps(as_json(plans), indent=2, ensure_ascii=False) + "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(name).replace(file)


def as_json(plans: Iterable[Plan]) -> dict[str, object]:
    """Return plans as plain JSON values; numbers are exact texts, unknown values are named under `after_unknown`."""
    return {"format": "rules-run-plan", "version": VERSION, "integrations": [_plan(plan) for plan in plans]}


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
            documents = {(d["rule"], d["key"], d["action"]): d["digest"] for d in plan["documents"]}
            found[plan["integration"]] = documents
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
        "documents": [_document(document) for document in plan.documents],
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
