"""`queue` shows what came in, what it became and what happened."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .desk import Desk


@pytest.fixture
def worked(desk: Desk) -> Desk:
    """A desk after a run in which the account of Harbourside Dental was not mapped."""
    desk.edit("tables/accounts.csv", "0051960,no,,\n", "")
    assert desk.apply("--quiet").code == 3
    return desk


def listed(desk: Desk, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(desk.run("queue", "list", "--output-format", "json", *words).out)
    return found


def number_of(desk: Desk, rule: str, text: str = "") -> str:
    return str(listed(desk, "--rule", f"intermedia-autotask/{rule}", "--text", text)[0]["id"])


def test_documents_can_be_found_by_state_rule_and_text(worked: Desk) -> None:
    everything = listed(worked)
    assert {each["state"] for each in everything} == {"Processed", "Needs you"}
    waiting = listed(worked, "--state", "Needs you")
    assert {each["key"].partition("/")[0] for each in waiting} == {"0051960"}
    assert all("no row for 0051960" in each["message"] for each in waiting)
    assert len(waiting) + len(listed(worked, "--state", "Processed")) == len(everything)
    assert {each["rule"] for each in listed(worked, "--rule", "intermedia-autotask/charge")} == {
        "intermedia-autotask/charge"
    }
    assert len(listed(worked, "--rule", "intermedia-autotask")) == len(everything)
    assert [each["key"] for each in listed(worked, "--text", "pln004")] == ["0048213/PLN004NR", "PLN004NR"]
    assert listed(worked, "--state", "Checking") == []


def test_a_state_that_there_is_not_is_refused_with_those_that_there_are(worked: Desk) -> None:
    refused = worked.run("queue", "list", "--state", "Broken")
    assert refused.code == 1
    assert "Needs you" in refused.err


def test_a_document_shows_its_source_what_it_became_and_its_history(worked: Desk) -> None:
    shown = worked.run("queue", "show", number_of(worked, "charge"))
    assert shown.code == 0
    head, message, source, transformed, history = (part.splitlines() for part in shown.out.split("\n\n"))
    assert head[0].endswith(": Processed")
    assert (head[1], head[2][:11]) == ("Target: 1", "Marker: MK-")
    assert message == ["Message", "(none)"]
    assert json.loads("\n".join(source[1:]))["sku"] == "STP001NO"
    assert json.loads("\n".join(transformed[1:]))["unitPrice"] == 150
    assert [line.split("  ")[1].strip() for line in history[1:]] == [
        "- -> QUEUED",
        "QUEUED -> SENDING",
        "SENDING -> DONE",
    ]


def test_a_held_document_says_why_and_its_history_tells_when(worked: Desk) -> None:
    shown = worked.run("queue", "show", number_of(worked, "contract", "0051960")).out
    assert "0051960: Needs you" in shown
    assert "table accounts has no row for 0051960" in shown
    assert "- -> HELD" in shown


def test_a_number_that_there_is_not_is_said(worked: Desk) -> None:
    missing = worked.run("queue", "show", "4711")
    assert missing.code == 1
    assert "There is no document 4711." in missing.err


def test_before_the_first_run_there_are_no_documents_and_no_file_is_made(desk: Desk) -> None:
    before = desk.files()
    assert desk.run("queue", "list").lines == ["No documents."]
    assert desk.files() == before


def test_a_long_list_comes_in_pages(worked: Desk) -> None:
    whole = [each["id"] for each in listed(worked)]
    assert [each["id"] for each in listed(worked, "--after", str(whole[4]))] == whole[5:]
