"""Asks every question of every example, and draws the class of each write from what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rules_run.connect.registry import catalogue_of, find_connector
from rules_run.errors import InvalidFiles
from rules_run.model.exchange import Safety
from rules_run.model.frozen import frozen
from rules_run.testing.conformance import failing, questions, reading
from rules_run.testing.conformance.answers import REFUSED, Answer, Ask
from rules_run.testing.conformance.examples import FILE, Example, read_examples, unfit
from rules_run.testing.conformance.stand import Stands


@frozen
class Question:
    """A question about each write."""

    name: str
    ask: Ask

    @property
    def words(self) -> str:
        """Return the question as a sentence."""
        return (self.ask.__doc__ or "").strip()


QUESTIONS = (
    Question(name="sent again", ask=questions.resend),
    Question(name="refuses a second one", ask=questions.unique),
    Question(name="found by its marker", ask=questions.found),
    Question(name="longest marker", ask=questions.length),
    Question(name="sees all", ask=questions.restricted),
    Question(name="lost answer", ask=failing.lost),
    Question(name="error of the server", ask=failing.server_error),
    Question(name="unreadable success", ask=failing.unreadable),
    Question(name="sent elsewhere", ask=failing.moved),
    Question(name="throttled", ask=failing.throttled),
    Question(name="refusal", ask=failing.refusal),
    Question(name="comes back the same", ask=questions.round_trip),
    Question(name="update", ask=questions.updated),
    Question(name="strange ids", ask=questions.ids),
)
PAGES = "pages"


@frozen
class Examined:
    """One resource, the class that its creations are given (None: only read), and the answers by question."""

    resource: str
    marker: str | None
    safety: Safety | None
    answers: dict[str, Answer]

    @property
    def wrong(self) -> list[str]:
        """Return where the connector claims what the system does not do."""
        return [answer.wrong for answer in self.answers.values() if answer.wrong]


def examine(type: str, workspace: Path | None) -> Iterator[Examined]:  # noqa: A002 - the word of tenant files
    """Ask everything of a connector, resource by resource; raise InvalidFiles where its examples cannot be read."""
    stands = stands_of(type, workspace)
    for example in stands.examples.writes:
        yield _write(stands, example)
    for name in stands.examples.reads:
        yield Examined(resource=name, marker=None, safety=None, answers={PAGES: reading.paging(stands, name)})


def stands_of(type: str, workspace: Path | None) -> Stands:  # noqa: A002 - the word of tenant files
    """Return what opens a connector at stand-ins; raise InvalidFiles where its examples cannot be read."""
    folder = find_connector(type, workspace).folder
    examples = read_examples(folder)
    catalogue = catalogue_of(type, examples.settings, workspace)
    if strange := {*(each.resource for each in examples.writes), *examples.reads} - {*catalogue.names()}:
        raise InvalidFiles(
            [unfit(folder / FILE, f"The catalogue has no resource `{each}`.") for each in sorted(strange)]
        )
    return Stands(type=type, workspace=workspace, catalogue=catalogue, examples=examples)


def _write(stands: Stands, example: Example) -> Examined:
    first, *others = QUESTIONS
    answers = {first.name: first.ask(stands, example)}
    if answers[first.name].says != REFUSED:
        answers |= {each.name: each.ask(stands, example) for each in others}
        answers[PAGES] = reading.paging(stands, example.resource, example)
    with stands.fresh() as stand:
        safety = questions.claimed(stand, example)
    return Examined(resource=example.resource, marker=example.marker, safety=safety, answers=answers)
