"""What came of a plan that was carried out."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules_run.runtime.intended import Document
from rules_run.runtime.saved_plan import Identity

MOST_NAMED = 1_000
"""So many documents that are not done are named; more of them are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A document that is not done: the word people read and what happened; the plan may have `foreseen` it."""

    rule: str
    key: str
    word: str
    text: str
    foreseen: bool = False


@dataclass(slots=True, kw_only=True)
class Applied:
    """What a run did, in numbers of documents; those that are not done by name, as far as people read them."""

    created: int = 0
    updated: int = 0
    adopted: int = 0
    finished: int = 0
    unfinished: list[Unfinished] = field(default_factory=list)
    checking: list[Unfinished] = field(default_factory=list)
    unnamed: int = 0
    """How many more need somebody than `unfinished` names."""
    left_out: list[Identity] = field(default_factory=list)
    """Documents that refer to one which was not chosen, so that they cannot be written yet."""
    stopped: str = ""
    """Why the rest of the plan was left to the next run."""

    @property
    def written(self) -> int:
        """Return how many documents were written."""
        return self.created + self.updated + self.finished

    @property
    def sent(self) -> bool:
        """Say whether anything may have reached a target."""
        return bool(self.written or self.checking)

    @property
    def waiting(self) -> int:
        """Return how many documents need somebody."""
        return len(self.unfinished) + self.unnamed

    def wait(self, document: Document, word: str, text: str, *, foreseen: bool = False) -> None:
        """Take down a document that is not done."""
        listed = self.checking if word == "Checking" else self.unfinished
        if len(listed) < MOST_NAMED:
            name = document.rule.rule.name
            listed.append(Unfinished(rule=name, key=document.key, word=word, text=text, foreseen=foreseen))
        elif listed is self.unfinished:
            self.unnamed += 1
