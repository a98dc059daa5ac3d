"""What came of a plan that was carried out."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules_run.runtime.intended import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A document that is not done: the word people read and what happened."""

    document: Document
    word: str
    text: str


@dataclass(slots=True, kw_only=True)
class Applied:
    """What a run did."""

    created: list[Document] = field(default_factory=list)
    updated: list[Document] = field(default_factory=list)
    adopted: list[Document] = field(default_factory=list)
    finished: list[Document] = field(default_factory=list)
    unfinished: list[Unfinished] = field(default_factory=list)
    checking: list[Unfinished] = field(default_factory=list)
    left_out: list[Document] = field(default_factory=list)
    """Documents that refer to one which was not chosen, so that they cannot be written yet."""
    stopped: str = ""
    """Why the rest of the plan was left to the next run."""

    @property
    def written(self) -> int:
        """Return how many documents were written."""
        return len(self.created) + len(self.updated) + len(self.finished)

    @property
    def sent(self) -> bool:
        """Say whether anything may have reached a target."""
        return bool(self.written or self.checking)
