"""Settings of an integration: the file's defaults, the tenant's values, and what the command line says on top."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from rules_run.errors import InvalidFiles
from rules_run.language.settings import setting_fault
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
        values[name] = _read(known[name], text)
        fault = setting_fault(known[name], values[name])
        if fault is not None:
            problems.append(Problem(code="W003", message=f"--set {name}: it {fault}."))
    if problems:
        raise InvalidFiles(problems)
    return values


def _read(setting: Setting, text: str) -> object:
    """Return a text of the command line as the setting's type, or as it stands where it is none."""
    match setting.type:
        case "integer" if re.fullmatch(r"-?\d{1,30}", text):
            return int(text)
        case "decimal" if re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?", text):
            return Decimal(text)
        case "boolean" if text in {"true", "false"}:
            return text == "true"
        case "list":
            return [part.strip() for part in text.split(",") if part.strip()]
    return text
