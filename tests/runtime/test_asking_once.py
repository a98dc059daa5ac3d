"""Records of one page that want to know the same are answered from one question."""

from __future__ import annotations

from rules_run.connect.local import ReadOnlyConnector
from rules_run.connect.registry import open_catalogue
from rules_run.model.exchange import Condition, Record
from rules_run.runtime.lookups import Lookups

ACCOUNTS: list[Record] = [{"id": "1", "companyName": "North"}, {"id": "2", "companyName": "South"}]


def lookups() -> Lookups:
    connector = ReadOnlyConnector("cloud", open_catalogue("intermedia", None), lambda resource: ACCOUNTS)
    return Lookups({"cloud": connector})


def named(name: str) -> tuple[Condition, ...]:
    return (Condition(field="companyName", op="eq", value=name),)


def test_two_records_with_the_same_question_get_the_one_answer_and_not_two() -> None:
    answers = lookups().ask("cloud.Accounts", [named("North"), named("North")])
    assert answers == [[ACCOUNTS[0]], [ACCOUNTS[0]]]


def test_the_same_question_among_others_is_answered_once() -> None:
    answers = lookups().ask("cloud.Accounts", [named("North"), named("South"), named("North"), named("East")])
    assert answers == [[ACCOUNTS[0]], [ACCOUNTS[1]], [ACCOUNTS[0]], []]
