"""What each answer to a write comes to."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rules_run.bundled import bundled
from rules_run.connect.manifest_file import load_manifest
from rules_run.connect.transport import Answer
from rules_run.connect.verdicts import judge
from rules_run.model.exchange import Outcome

CASES = yaml.safe_load(Path(__file__).with_name("verdicts.yaml").read_text(encoding="utf-8"))
REST = load_manifest(bundled("connectors") / "autotask", check=False).rest


@pytest.mark.parametrize(("status", "body", "outcome", "extras"), CASES, ids=lambda each: str(each)[:40])
def test_the_table_holds(status, body, outcome, extras):
    verdict = judge(Answer(status=status, headers={}, body=body.replace("\r\n", "\\r\\n").encode()), REST, "create")
    assert verdict.outcome == outcome
    assert verdict.status == status
    assert {name: getattr(verdict, name) for name in extras} == extras


def test_an_update_that_answers_no_content_is_done():
    assert judge(Answer(status=204, headers={}, body=b""), REST, "update").outcome is Outcome.APPLIED


def test_texts_are_joined_on_one_line():
    body = b'{"errors": ["Missing Required Field: title", "Line\\r\\ntwo"]}'
    assert (
        judge(Answer(status=500, headers={}, body=body), REST, "create").message
        == "Missing Required Field: title; Line two"
    )


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        ("7", 7),
        ("999999", 900),
        ("9" * 5000, 900),
        ("Tue, 04 Jun 2019 12:02:00 GMT", 120),
        ("Tue, 04 Jun 2019 11:00:00 GMT", 0),
        ("Wed, 05 Jun 2019 12:00:00 GMT", 900),
        ("-5", 0),
        ("soon", 0),
        ("1.5", 0),
        ("", 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_a_system_wants_to_be_left_alone_is_believed_within_reason(status, sent, seconds):
    headers = {"retry-after": sent, "date": "Tue, 04 Jun 2019 12:00:00 GMT"}
    verdict = judge(Answer(status=status, headers=headers, body=b'{"errors": ["busy"]}'), REST, "create")
    assert verdict.wait == seconds
