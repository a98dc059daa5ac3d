"""What a rule test may let go wrong: each fault once against a write or a read, and the case comes to the same end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .test_rule_tests import Folder

HEAD = """\
    rules: accounts
    now: 2019-06-04
    given:
      psa.Resources:
        - {id: 4, userName: mreyes, firstName: Maria, lastName: Reyes, isActive: true}
      cloud.Accounts:
        - {id: "1", companyName: Nordlys, ownerPhone: "555", address: {state: NY}}
    cases:
"""
LEFT, NEVER_LEFT, DONE = "[{create: psa.Companies}, {hold: company}]", "[{hold: company}]", "[{create: psa.Companies}]"
WRITES = {
    "fault: refuse": NEVER_LEFT,
    "fault: reset_before_commit": LEFT,
    "fault: reset_before_commit, times: 2": LEFT,
    "fault: reset_after_commit": LEFT,
    "fault: timeout_before_commit": LEFT,
    "fault: timeout_after_commit": LEFT,
    "fault: late_commit, seconds: 3": LEFT,
    "fault: answer_after_commit": LEFT,
    "fault: answer_after_commit, status: 503": LEFT,
    "fault: cut_body": LEFT,
    "fault: empty_body": LEFT,
    "fault: html_body": LEFT,
    "status: 503, times: 1": LEFT,
    "status: 429, times: 3": LEFT,
    "status: 429, nth: 1, retry_after: 600": LEFT,
}
READS = {
    "verb: read, status: 503, times: 3, retry_after: 30": DONE,
    "verb: read, status: 429, times: 2": DONE,
    "verb: read, fault: refuse, times: 2": DONE,
    "verb: read, fault: reset_before_commit": DONE,
    "verb: read, fault: cut_body": DONE,
    "verb: read, fault: html_body": "[{stop: psa, says: not JSON}]",
    "verb: read, status: 503, times: 4": "[{stop: psa, says: (503)}]",
}
Write = Callable[[dict[str, str]], Folder]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return what writes a file of cases, one for each reply."""

    def written(cases: dict[str, str]) -> Folder:
        folder = Folder(tmp_path)
        text = HEAD
        for reply, expect in cases.items():
            text += f"""\
      - name: "{reply}"
        reply: [{{to: psa.Companies, {reply}}}]
        expect: {expect}
        records: {{psa.Companies: 1}}
"""
        folder.write("accounts.test.yaml", text)
        return folder

    return written


def test_whatever_becomes_of_a_write_one_record_is_there_in_the_end(write: Write) -> None:
    ran = write(WRITES).test()
    assert ran.lines[-1] == f"{len(WRITES)} passed, 0 failed", ran.said


def test_a_read_is_tried_again_and_what_cannot_be_read_stops_the_run_by_its_name(write: Write) -> None:
    ran = write(READS).test()
    assert ran.lines[-1] == f"{len(READS)} passed, 0 failed", ran.said


def test_a_fault_that_is_not_expected_fails_its_case(write: Write) -> None:
    ran = write({"fault: reset_after_commit": DONE, "verb: read, status: 503, times: 4": DONE}).test()
    assert ran.code == 1
    assert ran.lines[-1] == "0 passed, 2 failed"


def test_a_stop_names_a_precondition_or_a_connector(write: Write) -> None:
    ran = write({"verb: read, fault: html_body": "[{stop: pse}]"}).test()
    assert ran.code == 1
    assert "Did you mean `psa`?" in ran.said
