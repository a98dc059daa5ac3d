"""What a question comes to."""

from __future__ import annotations

from collections.abc import Callable

from rules_run.model.exchange import Verdict
from rules_run.model.frozen import frozen
from rules_run.testing.conformance.examples import Example
from rules_run.testing.conformance.stand import Stands


@frozen
class Answer:
    """What one question came to: a word for the table, what was seen, and where the connector claims otherwise."""

    says: str
    seen: str
    wrong: str = ""


DOES_NOT_APPLY = "-"
REFUSED = "?"
"""The example itself is not accepted: nothing more can be asked."""
Ask = Callable[[Stands, Example], Answer]


def told(verdict: Verdict) -> str:
    """Return a verdict in words."""
    status = f" ({verdict.status})" if verdict.status else ""
    return f"{verdict.outcome}{status}{': ' if verdict.message else ''}{verdict.message}"
