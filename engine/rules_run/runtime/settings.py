"""Settings of an integration: the file's defaults, the tenant's values, and what the command line says on top."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from rules_run.errors import InvalidFiles
from rules_run.language.suggest import did_you_mean
from rules_run.model.problem import Problem
from rules_run.model.rules import Assignment, Integration, Setting


def settings_of(integration: Integration, assignment: Assignment | None, given: Mapping[str, str]) -> dict[str, object]:
    """Return every setting's value; raise InvalidFiles for an unknown name or a value of the wrong kind in `given`."""
    values = {setting.name: setting.default for setting in integration.settings}
    values.update(assignment.settings if assignment else {})
    known = {setting.name: setting for setting in integration.settings}
    problems: list[Problem] = []
    for name, text in given.items():
        if name not in known:
            message = f"{integration.name} has no setting {name!r}."
            problems.append(Problem(code="W002", message=message, hint=did_you_mean(name, list(known))))
            continue
        try:
            values[name] = _typed(known[name], text)
        except (ValueError, InvalidOperation):
            problems.append(Problem(code="W003", message=f"--set {name}: {text!r} is not {known[name].type}."))
    if problems:
        raise InvalidFiles(problems)
    return values


def _typed(setting: Setting, text: str) -> object:
    match setting.type:
        case "integer":
            value: object = int(text)
        case "decimal":
            value = Decimal(text)
        case "boolean":
            if text not in {"true", "false"}:
                raise ValueError(text)
            value = text == "true"
        case "list":
            value = [part.strip() for part in text.split(",") if part.strip()]
        case _:
            value = text
    if setting.enum and value not in setting.enum:
        raise ValueError(text)
    return value
