"""Every interleaving of two workers, a slow target and a person over one document: each rule holds, and is needed."""

from __future__ import annotations

from rules_run.ledger.states import MOVES

from .crashes.telling import Tell
from .extent import Extent, Score
from .model.checker import check
from .model.configurations import BROKEN, HOLDING
from .model.moment import Rules


def test_the_rules_hold_in_every_world_and_make_exactly_the_moves_that_the_ledger_allows(score: Tell) -> None:
    held = {rules.name: check(rules) for rules in HOLDING}
    score(Score(suite="model, rules that hold", scenarios=len(held)))
    assert {name: checked.broken for name, checked in held.items() if checked.broken} == {}
    made = {move for checked in held.values() for move in checked.moves}
    allowed = {(before, after) for before, every in MOVES.items() for after in every}
    assert made - allowed == set()
    assert allowed - made == set()


def test_every_rule_is_needed(extent: Extent, score: Tell) -> None:
    some = extent.part(list(BROKEN), quick=5, turn=12)
    found = {rules.name: set(check(rules).broken) for rules in some}
    score(Score(suite="model, rules that are broken", scenarios=len(some)))
    assert found == {rules.name: BROKEN[rules] for rules in some}


def test_a_broken_rule_comes_with_the_story_of_how() -> None:
    told = check(Rules(name="a lost answer is a failure", unknown="failed")).broken["one"]
    assert told[:3] == ("read", "claims", "books the attempt")
    assert "books a failure" in told
    assert told[-1] == "is told that it was made"
