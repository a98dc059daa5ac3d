"""What generated code calls when a value is not what it must be."""

from __future__ import annotations

from collections.abc import Callable

from rules_run.errors import Hold, ValueFault
from rules_run.model.problem import Level, Problem
from rules_run.model.unknown import Unknown
from rules_run.model.values import Check

Notes = list[Problem]
CHECK_CODES = {"error": "M020", "hold": "M021", "warning": "M022"}


def as_condition(value: object, text: str) -> bool:
    """Return the presence of a look-up as a boolean; raise ValueFault for anything that is no condition."""
    if value is None:
        return False
    if isinstance(value, dict):
        return True
    if isinstance(value, Unknown):
        raise ValueFault(f"{text!r} depends on {value.label}, which is known only after apply", code="M011")
    raise ValueFault(
        f"{text!r} gives {value!r}, which is neither true nor false",
        code="M010",
        hint="Compare it with something: == `0`, != null.",
    )


def members(value: object) -> list[object]:
    """Return what `each` goes through: nothing for a null; raise for what is no list."""
    if value is None:
        return []
    if isinstance(value, Unknown):
        raise Hold(f"waits for {value.label}", code="M062")
    raise ValueFault(f"`each` needs a list and got {value!r}", code="M013")


def judge(check: Check) -> Callable[[object, Notes], None]:
    """Return what notes that the check does not hold."""

    def note(message: object, notes: Notes) -> None:
        level: Level = "warning" if check.level == "warning" else "error"
        notes.append(
            Problem(code=CHECK_CODES[check.level], message=str(message), origin=check.that.origin, level=level)
        )

    return note
