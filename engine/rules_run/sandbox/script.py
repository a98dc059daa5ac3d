"""Answers told in advance: a stand-in fails when and how a test or a demonstration says."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from typing import Literal, get_args

from rules_run.sandbox.history import Verb

Effect = Literal["answer", "reset_before", "reset_after", "timeout_after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the `nth` matching request after the fault was scripted.

    `answer` gives `status` and `body` and changes nothing; the others lose the connection before or after the change,
    or let the client wait until it gives up. A `resource` or `verb` of None matches any.
    """

    effect: Effect
    resource: str | None = None
    verb: Verb | None = None
    nth: int = 1
    status: int = 500
    body: object = None

    @classmethod
    def from_json(cls, node: object) -> Fault:
        """Read a fault; raise ValueError that says what is wrong."""
        known = {field.name for field in fields(cls)}
        if not isinstance(node, dict) or set(node) - known:
            raise ValueError(f"A fault is an object of {', '.join(sorted(known))}.")
        if node.get("effect") not in get_args(Effect):
            raise ValueError(f"`effect` is one of {', '.join(get_args(Effect))}.")
        if node.get("verb") not in (None, *get_args(Verb)):
            raise ValueError(f"`verb` is one of {', '.join(get_args(Verb))}.")
        for name in ("nth", "status"):
            if not isinstance(node.get(name, 1), int) or node.get(name, 1) < 1:
                raise ValueError(f"`{name}` is a whole number from 1.")
        return cls(**node)


class Script:
    """The faults that are still to come; each happens once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Let the fault happen."""
        with self._lock:
            self._waiting.append((fault, fault.nth))

    def take(self, resource: str, verb: Verb) -> Fault | None:
        """Count a request; return the fault that is due for it."""
        due: Fault | None = None
        with self._lock:
            waiting = []
            for fault, left in self._waiting:
                matches = fault.resource in (None, resource) and fault.verb in (None, verb)
                if matches and left == 1 and due is None:
                    due = fault
                else:
                    waiting.append((fault, max(1, left - matches)))
            self._waiting = waiting
        return due

    def clear(self) -> None:
        """Forget the faults that have not happened."""
        with self._lock:
            self._waiting.clear()
