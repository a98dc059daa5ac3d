"""How much of an integration the cases of its rule tests reach, and what none of them does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rules_run.mapping.spots import Mark, Spot, spots
from rules_run.model.problem import NOWHERE, Problem
from rules_run.model.rules import Integration, Table

Reached = set[Mark]

KINDS = {"field": "fields", "branch": "branches", "row": "rows"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A rule, precondition or table: its spots, and those of them that no case reached."""

    name: str
    spots: tuple[Spot, ...]
    missed: tuple[Spot, ...]

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Return how many fields, branches and rows were reached, and how many there are, of those kinds it has."""
        return {word: pair for kind, word in KINDS.items() if (pair := self._count(kind))[1]}

    def _count(self, kind: str) -> tuple[int, int]:
        there = sum(spot.kind == kind for spot in self.spots)
        return there - sum(spot.kind == kind for spot in self.missed), there


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the cases of an integration reached, part by part."""

    integration: str
    parts: tuple[Part, ...]

    @property
    def percent(self) -> Decimal:
        """Return the share of spots that were reached, cut to one place, so that 100 means all."""
        there = sum(len(part.spots) for part in self.parts)
        missed = sum(len(part.missed) for part in self.parts)
        return Decimal((there - missed) * 1000 // there if there else 1000) / 10

    def missed(self) -> list[Problem]:
        """Return a warning for everything that no case did."""
        return [
            Problem(code="X006", message=f"No case {spot.text}.", origin=spot.origin, level="warning")
            for part in self.parts
            for spot in part.missed
        ]

    def below(self, least: float) -> list[Problem]:
        """Return a problem where less was reached than asked for."""
        if float(self.percent) >= least:
            return []
        message = f"The cases reach {self.percent} % of {self.integration}, less than {least:g} %."
        return [Problem(code="X007", message=message, origin=NOWHERE, hint="Add cases for what X006 names.")]


def measure(integration: Integration, tables: Mapping[str, Table], reached: Reached) -> Coverage:
    """Return what was reached of an integration and its own tables."""
    parts: dict[str, list[Spot]] = {}
    for spot in spots(integration, tables):
        parts.setdefault(spot.part, []).append(spot)
    return Coverage(integration=integration.name, parts=tuple(_part(*each, reached) for each in parts.items()))


def _part(name: str, there: Iterable[Spot], reached: Reached) -> Part:
    known = tuple(there)
    return Part(name=name, spots=known, missed=tuple(spot for spot in known if spot.marks.isdisjoint(reached)))
