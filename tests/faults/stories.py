"""Stories of runs that meet faults, one fault at every kind of request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rules_run.sandbox import Entry
from rules_run.sandbox.faults import Fault

from .world import Files, Ran, World, before

MATRIX = yaml.safe_load((Path(__file__).parent / "matrix.yaml").read_text(encoding="utf-8"))
READS, WRITES = MATRIX["reads"], MATRIX["writes"]
PAGED = [resource for resource, verb, _ in READS.values() if verb == "read" and resource != "Resources"]
"""What is read while everything stands; the owner of a company is asked for only when one is made."""
SOON, LATER = 1, 80
"""Seconds to a run within the settle time, and to one beyond it and beyond the gap between two looks."""
MOST_RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One run: what it told, and what reached Autotask meanwhile."""

    ran: Ran
    entries: tuple[Entry, ...]

    def of(self, resource: str, verb: str) -> list[Entry]:
        """Return what this run asked of a resource."""
        return [each for each in self.entries if (each.resource, each.verb, each.by) == (resource, verb, "client")]

    def hit(self, resource: str, verb: str) -> bool:
        """Say whether a fault met this run there."""
        return any(each.fault for each in self.of(resource, verb))


@dataclass(slots=True, kw_only=True)
class Story:
    """Runs over one world, one after the other."""

    world: World
    turns: list[Turn] = field(default_factory=list)

    def run(self, *, by_hand: bool = False) -> Turn:
        """Apply once, or let a person reprocess what waits."""
        seen = len(self.world.app.history.entries())
        ran = self.world.reprocess() if by_hand else self.world.apply()
        self.turns.append(Turn(ran=ran, entries=self.world.app.history.entries()[seen:]))
        return self.turns[-1]

    def until_quiet(self) -> None:
        """Apply until there is nothing to do: soon after a fault, and then with time between the runs."""
        while len(self.turns) < MOST_RUNS:
            turn = self.run()
            if "Plan: nothing to do" in turn.ran.said and "Check" not in turn.ran.said:
                return
            self.world.clock.advance(SOON if any(each.fault for each in turn.entries) else LATER)
        raise AssertionError(f"It never comes to rest:\n{self.turns[-1].ran.said}")

    def met(self, resource: str, verb: str) -> tuple[int, Turn]:
        """Return the run that met the fault."""
        return next((n, turn) for n, turn in enumerate(self.turns) if turn.hit(resource, verb))


class Stories:
    """The stories that cells are read from, each played once."""

    def __init__(self, folder: Path) -> None:
        self.files = Files.lay_out(folder)
        self._standing = World(files=self.files, records=before())
        assert self._standing.apply().code == 0
        self._told: dict[str, Story] = {}

    def new(self) -> World:
        """Return a world in which nothing was made yet."""
        return World(files=self.files, records=before())

    def standing(self) -> World:
        """Return the world in which everything stands, and a ledger that knows of nothing."""
        self._standing.forget()
        return self._standing

    def of(self, case: Mapping[str, Any], resource: str, verb: str) -> Story:
        """Return the story in which a fault met a kind of request."""
        if case["ends"] == "rejected":
            return self._alone(case, resource, verb, runs=2)  # what hangs on it would never be sent
        if verb == "create":
            return self.writes(case)
        if case in MATRIX["pages"]:
            return self.pages(case)
        if resource == "Resources":
            return self._alone(case, resource, verb, runs=1 if case["ends"] == "goes on" else 2)
        return self.reads(case)

    def reads(self, case: Mapping[str, Any]) -> Story:
        """Return how one fault met every read in turn, while all that is wanted stands."""
        if case["name"] not in self._told:
            story = self._told[case["name"]] = Story(world=self.standing())
            for resource, verb, telling in READS.values():
                story.world.app.order(fault_of(case, resource, verb, telling))
            while not story.turns or story.turns[-1].ran.code == 7:
                story.run()
                assert len(story.turns) <= len(READS) + 1
        return self._told[case["name"]]

    def pages(self, case: Mapping[str, Any]) -> Story:
        """Return how the reads met one fault between their pages, while all that is wanted stands."""
        if case["name"] not in self._told:
            world = self.new()
            assert world.apply().code == 0
            world.forget()
            story = self._told[case["name"]] = Story(world=world)
            for resource in case.get("only", PAGED):
                world.app.order(_between_pages(case["fault"], resource, world.app.store.rows(resource)))
            while story.run().ran.code == 7:
                assert len(story.turns) <= len(PAGED)
        return self._told[case["name"]]

    def writes(self, case: Mapping[str, Any]) -> Story:
        """Return how one fault met the first creation of every kind, until there was nothing to do."""
        name = f"write {case['name']}"
        if name not in self._told:
            story = self._told[name] = Story(world=self.new())
            for resource in WRITES:
                story.world.app.order(fault_of(case, resource, "create", "itemId"))
            story.until_quiet()
        return self._told[name]

    def _alone(self, case: Mapping[str, Any], resource: str, verb: str, *, runs: int) -> Story:
        """Return how a fault met one kind of request where nothing was made yet."""
        story = Story(world=self.new())
        story.world.app.order(fault_of(case, resource, verb, READS["resources"][2]))
        for _ in range(runs):
            story.run()
        return story


def fault_of(case: Mapping[str, Any], resource: str, verb: Any, telling: str) -> Fault:
    """Return the fault of a case, for one kind of request."""
    text = yaml.safe_dump(case["fault"]).replace("FIELD", telling)
    return Fault.from_json({**yaml.safe_load(text), "resource": resource, "verb": verb})


def _between_pages(fault: Mapping[str, Any], resource: str, rows: list[dict[str, Any]]) -> Fault:
    """Return a fault at the first page of a resource, with the records that somebody else takes away or adds."""
    changed: dict[str, Any] = {
        "take": {resource: [rows[0]["id"]]},
        "give": {resource: [{"id": rows[-1]["id"] + 7}]},
    }
    made = {name: changed.get(name, value) for name, value in fault.items()}
    return Fault.from_json({**made, "resource": resource, "verb": "read"})
