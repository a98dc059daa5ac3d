"""Every error the engine raises, in one tree; foreign errors are translated where they are caught."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.model.problem import NOWHERE, Origin, Problem, legible


class RulesRunError(Exception):
    """Anything that went wrong and can be said in a sentence; `exit_code` is what the command leaves with."""

    exit_code = 7


class InvalidFiles(RulesRunError):
    """Files or settings that people wrote are wrong: all problems at once, nothing ran."""

    exit_code = 1

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class ExpressionError(RulesRunError):
    """An expression or template cannot be read: `column` counts from 0 inside its text."""

    exit_code = 1

    def __init__(self, code: str, message: str, *, column: int = 0, hint: str = "") -> None:
        self.code, self.message, self.column, self.hint = code, legible(message), column, hint
        super().__init__(self.message)


class ValueFault(RulesRunError):
    """A value of one record cannot be made: the document fails, the others go on."""

    exit_code = 3

    def __init__(self, message: str, *, code: str = "M001", origin: Origin = NOWHERE, hint: str = "") -> None:
        self.code, self.message, self.origin, self.hint = code, legible(message, 2000), origin, hint
        super().__init__(self.message)

    def problem(self) -> Problem:
        """Return the fault as a problem at its place."""
        return Problem(code=self.code, message=self.message, origin=self.origin, hint=self.hint)


class Hold(ValueFault):
    """A document has to wait for something that a person or a later run supplies."""


class ConnectorUnusable(RulesRunError):
    """A system cannot be reached, refuses the log-in or answers what nobody can read; nothing was sent."""


class LedgerUnusable(RulesRunError):
    """The ledger is missing, foreign, damaged or not writable; nothing was sent."""


class NotPossible(RulesRunError):
    """What a person asked for is not possible as things stand; nothing was changed."""

    exit_code = 1


class Invariant(RulesRunError):
    """A rule of the write protocol would be broken: the engine stops rather than go on."""


class AlreadyRunning(RulesRunError):
    """Another run of the tenant is at work."""

    exit_code = 4


class LimitReached(RulesRunError):
    """A limit of the integration stops the run before the write that would pass it."""

    exit_code = 5


class PreconditionFailed(RulesRunError):
    """A precondition of an integration does not hold; nothing of it was written."""

    exit_code = 3
