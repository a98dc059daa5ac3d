"""Faults on order: which requests of a stand-in go wrong, and how. What each effect does stands in `effects`."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from random import Random
from typing import Any, Literal, get_args

from rules_run.sandbox.history import Verb

Effect = Literal[
    "refuse", "reset_before_commit", "reset_after_commit", "timeout_before_commit", "timeout_after_commit",
    "late_commit", "answer", "answer_after_commit", "answer_before_commit", "cut_body", "empty_body", "html_body",
    "trickle", "drift", "meanwhile", "repeat", "latency",
]  # fmt: skip
EFFECTS: tuple[str, ...] = get_args(Effect)
VERBS: tuple[str, ...] = get_args(Verb)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, and for which requests.

    A request fits when `resource` and `verb` (None: any) are its own. From the `nth` fitting one on, the fault happens
    `times` times (None: always). With a `chance` it happens to each of them with that probability, drawn from `seed`.
    The other fields belong to single effects.
    """

    effect: Effect
    resource: str | None = None
    verb: Verb | None = None
    nth: int = 1
    times: int | None = 1
    chance: float | None = None
    seed: int = 0
    status: int = 500
    body: object = None
    retry_after: int | str | None = None
    seconds: float = 1.0
    rename: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    set: Mapping[str, object] = field(default_factory=dict)
    give: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    take: Mapping[str, list[int | str]] = field(default_factory=dict)

    @property
    def selects(self) -> bool:
        """Say whether the fault waits for certain requests."""
        return bool(self.resource or self.verb or self.nth > 1 or self.chance is not None)

    def fits(self, resource: str, verb: Verb) -> bool:
        """Say whether a request is one that the fault looks at."""
        return self.resource in (None, resource) and self.verb in (None, verb)

    @classmethod
    def from_json(cls, node: object) -> Fault:
        """Read a fault; raise ValueError that says what is wrong."""
        known = {each.name for each in fields(cls)}
        if not isinstance(node, dict) or set(node) - known:
            raise ValueError(f"A fault is an object of {', '.join(sorted(known))}.")
        if node.get("effect") not in EFFECTS:
            raise ValueError(f"`effect` is one of {', '.join(EFFECTS)}.")
        for name, value in node.items():
            test, words = _SHAPES.get(name, (_anything, ""))
            if not test(value):
                raise ValueError(f"`{name}` is {words}.")
        return cls(**{"times": None if "chance" in node else 1, **node, "drop": tuple(node.get("drop", ()))})


def read_faults(node: object) -> list[Fault]:
    """Read one fault or a list of them; raise ValueError that says what is wrong."""
    return [Fault.from_json(each) for each in (node if isinstance(node, list) else [node])]


def _anything(value: object) -> bool:
    return True


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _size(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _lists(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, list) for each in value.values())


def _records(value: object) -> bool:
    return _lists(value) and all(isinstance(row, dict) for rows in value.values() for row in rows)  # type: ignore[attr-defined]


_SHAPES: dict[str, tuple[Any, str]] = {
    "resource": (lambda value: value is None or isinstance(value, str), "a text"),
    "verb": (lambda value: value in (None, *VERBS), f"one of {', '.join(VERBS)}"),
    "nth": (_count, "a whole number from 1"),
    "times": (lambda value: value is None or _count(value), "a whole number from 1, or null for always"),
    "chance": (lambda value: value is None or (_size(value) and value <= 1), "a number from 0 to 1"),
    "seed": (lambda value: isinstance(value, int), "a whole number"),
    "status": (_count, "a whole number from 1"),
    "retry_after": (
        lambda value: value is None or isinstance(value, str) or _count(value),
        "a whole number from 1, a text that is sent as it is, or null",
    ),
    "seconds": (_size, "a number from 0"),
    "rename": (lambda value: isinstance(value, dict) and _texts(list(value.values())), "a mapping of texts"),
    "drop": (_texts, "a list of texts"),
    "set": (lambda value: isinstance(value, dict), "a mapping"),
    "give": (_records, "a mapping of resources to lists of records"),
    "take": (_lists, "a mapping of resources to lists of ids"),
}


_USED_BY: Mapping[str, tuple[str, ...]] = {
    "status": ("answer", "answer_after_commit", "answer_before_commit"),
    "seconds": ("refuse", "late_commit", "answer_before_commit", "trickle", "latency"),
}


class _Armed:
    """A fault on order, with what it has seen."""

    def __init__(self, number: int, fault: Fault) -> None:
        self.number, self.fault = number, fault
        self.seen = self.happened = 0
        self._random = Random(fault.seed)  # noqa: S311 - reproducible on purpose

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.happened >= self.fault.times

    def due(self, resource: str, verb: Verb) -> bool:
        """Count a request, and say whether the fault is due for it."""
        if self.spent or not self.fault.fits(resource, verb):
            return False
        self.seen += 1
        if self.seen < self.fault.nth:
            return False
        return self.fault.chance is None or self._random.random() < self.fault.chance

    def told(self) -> dict[str, object]:
        """Return the fault as JSON, without what it leaves open."""
        stated = {
            name: value
            for name, value in asdict(self.fault).items()
            if value not in (None, {}, ()) and self.fault.effect in _USED_BY.get(name, EFFECTS)
        }
        if self.fault.chance is None:
            del stated["seed"]
        return {
            "number": self.number,
            **stated,
            "times": self.fault.times,
            "seen": self.seen,
            "happened": self.happened,
        }


class Faults:
    """The faults on order; of several that are due for a request the first happens, and delays always do."""

    def __init__(self, loaded: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._loaded = tuple(loaded)
        self._armed: list[_Armed] = []
        self._last = 0
        self.reset()

    def add(self, fault: Fault) -> int:
        """Order a fault; return the number under which it can be dropped."""
        with self._lock:
            self._last += 1
            self._armed.append(_Armed(self._last, fault))
            return self._last

    def due(self, resource: str, verb: Verb) -> tuple[list[Fault], Fault | None]:
        """Count a request; return the delays and the one other fault that happen to it."""
        with self._lock:
            due = [armed for armed in self._armed if armed.due(resource, verb)]
            delays = [armed for armed in due if armed.fault.effect == "latency"]
            others = [armed for armed in due if armed.fault.effect != "latency"][:1]
            for armed in (*delays, *others):
                armed.happened += 1
        return [armed.fault for armed in delays], next((armed.fault for armed in others), None)

    def told(self) -> list[dict[str, object]]:
        """Return all faults that can still happen, as JSON."""
        with self._lock:
            return [armed.told() for armed in self._armed if not armed.spent]

    def drop(self, number: int | None = None) -> None:
        """Take one fault away, or all."""
        with self._lock:
            self._armed = [armed for armed in self._armed if number is not None and armed.number != number]

    def reset(self) -> None:
        """Go back to the faults of the data file."""
        self.drop()
        for fault in self._loaded:
            self.add(fault)
