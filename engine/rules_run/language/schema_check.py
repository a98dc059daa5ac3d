"""Holds a file against its JSON Schema and says each mistake once, at the word or value that is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rules_run.bundled import bundled
from rules_run.model.problem import Origin, Problem

from .schema_accept import accepts
from .schema_words import MOST_UNKNOWN, explain, known_words
from .suggest import nearest
from .yaml_nodes import ListNode, MappingNode, Node, plain

ANY_WORD = "*"
"""Stands for whatever one word is missing beside one unknown word."""


@dataclass(slots=True)
class Faulty:
    """Which values a schema problem stands at (`broken`), and which hold such a one somewhere (`touched`)."""

    broken: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)

    def mark(self, trail: list[Node]) -> None:
        """Note a problem at the last node of a trail that starts at the top of the file."""
        self.broken.add(id(trail[-1]))
        self.touched.update(id(node) for node in trail)


def schema_problems(node: Node, schema: str) -> tuple[list[Problem], Faulty]:
    """Check a file against `schemas/<schema>.schema.json`; the second answer tells readers what not to rely on."""
    problems: dict[tuple[Origin, str, str], Problem] = {}
    faulty, value = Faulty(), plain(node)
    if accepts(schema, value):
        return [], faulty
    errors = [(error, _trail(node, error.absolute_path)) for error in _validator(schema).iter_errors(value)]
    meant = _meant(errors)
    for error, trail in errors:
        faulty.mark(trail)
        if not _follows_from_a_slip(error, trail, meant):
            for problem in explain(error, trail):
                problems.setdefault((problem.origin, problem.code, problem.message), problem)
    return list(problems.values()), faulty


def _meant(errors: list[tuple[Any, list[Node]]]) -> set[tuple[int, str]]:
    """Return the words that unknown ones were meant to be, each with the mapping that it stands in."""
    missing = Counter(id(trail[-1]) for error, trail in errors if error.validator == "required")
    found: set[tuple[int, str]] = set()
    for error, trail in errors:
        if error.validator == "additionalProperties":
            node, known = id(trail[-1]), known_words(error)
            unknown = [word for word in error.instance if word not in known][:MOST_UNKNOWN]
            found.update((node, near) for word in unknown if (near := nearest(word, known)))
            if len(unknown) == 1 and missing[node] == 1:
                found.add((node, ANY_WORD))
    return found


def _follows_from_a_slip(error: Any, trail: list[Node], meant: set[tuple[int, str]]) -> bool:
    """Say whether a complaint would go away with the right spelling of a word beside it."""
    if error.validator == "required":
        words = {word for node, word in meant if node == id(trail[-1])}
        return ANY_WORD in words or any(f"'{word}'" in error.message for word in words)
    return error.validator == "not" and len(trail) > 1 and (id(trail[-2]), "each") in meant


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator

    path = bundled("schemas") / f"{schema}.schema.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def _trail(node: Node, path: Iterable[str | int]) -> list[Node]:
    trail = [node]
    for step in path:
        inner = trail[-1]
        if isinstance(inner, MappingNode):
            trail.append(inner.entries[str(step)].node)
        elif isinstance(inner, ListNode):
            trail.append(inner.items[int(step)])
    return trail
