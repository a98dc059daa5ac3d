"""Killed anywhere between the invoice in Acomba and its number in Autotask: one invoice, or a person is asked."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from rules_run import failpoints

from .acomba import TENANT, AcombaDesk, acomba_desk
from .forks import Forks, said_by

APPLY = ("apply", "--quiet", "--date", "2025-03-03")
PAUSE = 0.1
"""Seconds between two runs while a deadline passes: nothing tells when."""
ONCE = {"before-claim", "claim-commit", "after-claim"}
"""What is passed once for a document, however many steps it has."""
ON_THE_WAY = [place for place in (*failpoints.SEND, *failpoints.WIRE) if "probe" not in place and "read-" not in place]
PLACES = [f"{place}:{step}" for step in (1, 2) for place in ON_THE_WAY if step == 1 or place not in ONCE]
"""Every place while the invoice (1) and then its number (2) is written."""
GROUPS = [PLACES[start::4] for start in range(4)]
IN_DOUBT = [
    place for place in ON_THE_WAY if place.startswith("send-") or place in {"after-intent", "at-guard", "after-send"}
]
LEFT_TO_A_PERSON = re.compile(
    r"CustomerInvoice (\d+) was sent to Acomba .* at .+ and no answer came\. It may or may not be there\. "
    r"It will not be sent again until you say so\. Search Acomba .* for AT-\1: "
    r"\[It is there, number ____\] \[It is not there, send it\]"
)


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AcombaDesk]:
    with acomba_desk(tmp_path_factory.mktemp("acomba") / "desk") as made:
        made.bill(2001)
        assert made.run(*APPLY).code == 0
        yield made


@pytest.fixture
def forks(desk: AcombaDesk) -> Iterator[Forks]:
    started = Forks(desk)
    assert started.run(desk, "validate") == 0
    yield started
    started.close()


def until(desk: AcombaDesk, forks: Forks, code: int) -> None:
    """Apply until a run ends with a code; while an answer is waited for it is 3."""
    end = monotonic() + 60
    while (ended := forks.run(desk, *APPLY)) != code:
        assert ended == 3, said_by(desk).read_text()
        assert monotonic() < end, said_by(desk).read_text()
        sleep(PAUSE)


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_killed_while_an_invoice_and_its_number_are_written_there_is_one_and_autotask_has_its_number(
    desk: AcombaDesk, forks: Forks, group: int
) -> None:
    for invoice, place in enumerate(GROUPS[group], start=3001):
        desk.bill(invoice)
        assert forks.run(desk, *APPLY, failpoint=place) == -signal.SIGKILL, place
        assert forks.run(desk, *APPLY) in {0, 3}, said_by(desk).read_text()
    until(desk, forks, 0)
    billed = range(3001, 3001 + len(GROUPS[group]))
    assert [[desk.number(invoice)] for invoice in billed] == [desk.numbers(invoice) for invoice in billed]
    assert set(desk.references().values()) == {1}
    assert [line for line in desk.run("queue", "list").lines if "Processed" not in line] == []
    writes = len(desk.writes())
    assert "nothing to do" in desk.run(*APPLY).out
    assert len(desk.writes()) == writes


def test_where_the_reference_cannot_be_searched_there_is_at_most_one_and_a_person_is_asked(
    desk: AcombaDesk, forks: Forks
) -> None:
    desk.edit(TENANT, "    licence: LAURENTIDES\n", "    licence: LAURENTIDES\n    reference_searchable: false\n")
    for invoice, place in enumerate(IN_DOUBT, start=3001):
        desk.bill(invoice)
        assert "CustomerInvoice to Acomba: at most once. If a send is interrupted you" in desk.run("plan").out
        assert forks.run(desk, *APPLY, failpoint=place) == -signal.SIGKILL, place
    until_asked(desk, forks, len(IN_DOUBT))
    there = {invoice: desk.numbers(invoice) for invoice in range(3001, 3001 + len(IN_DOUBT))}
    assert max(len(numbers) for numbers in there.values()) == 1
    assert_decided(desk, there)
    until(desk, forks, 0)
    assert set(desk.references().values()) == {1}
    assert [[desk.number(invoice)] for invoice in there] == [desk.numbers(invoice) for invoice in there]


def until_asked(desk: AcombaDesk, forks: Forks, count: int) -> None:
    """Apply until each open invoice is a question to a person."""
    end = monotonic() + 60
    while len(questions(desk)) < count:
        assert forks.run(desk, *APPLY) == 3, said_by(desk).read_text()
        assert monotonic() < end, desk.run("queue", "list").out
        sleep(PAUSE)


def questions(desk: AcombaDesk) -> dict[int, str]:
    """Return the number in the queue of each invoice that a person is asked about."""
    listed = desk.run("queue", "list", "--state", "Needs you").lines
    asked = ((line.split()[0], LEFT_TO_A_PERSON.search(line)) for line in listed)
    return {int(found[1]): number for number, found in asked if found}


def assert_decided(desk: AcombaDesk, there: dict[int, list[str]]) -> None:
    """Answer each question as somebody does who has looked into Acomba."""
    ids = {str(row["NoFacture"]): str(row["NoUniqueSystemeSource"]) for row in desk.erp.store.rows("CustomerInvoice")}
    for invoice, number in questions(desk).items():
        found = there[invoice]
        words = ("--there", ids[found[0]]) if found else ("--not-there",)
        ran = desk.run("queue", "resolve", number, *words, "--by", "maude", "--why", "looked in Acomba")
        assert ran.code in {0, 3}, ran.said
