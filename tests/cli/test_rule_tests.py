"""What `rules-run test` measures besides: how much of an integration its cases reach, and what a crash changes."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from .desk import Ran, call

RULES = """\
    language: 1
    name: accounts
    version: 1.0.0
    description: Accounts become companies.
    connectors: {cloud: intermedia, psa: autotask}
    settings:
      export: {type: boolean, default: true}
    tables:
      kinds: {file: tables/kinds.csv, key: state, columns: [kind]}
    rules:
      company:
        active: settings.export
        from: {read: cloud.Accounts, as: acct}
        key: acct.id
        to:
          write: psa.Companies
          match: {companyName: acct.companyName}
          set_once:
            companyType: {select: acct.address.state, map: kinds}
            phone: acct.ownerPhone
            ownerResourceID: 4
            additionalAddressInformation: "{{ run.now }}"
    """
TESTS = """\
    rules: accounts
    now: 2019-06-04
    given:
      psa.Resources:
        - {id: 4, userName: mreyes, firstName: Maria, lastName: Reyes, isActive: true}
    cases:
      - name: an account becomes a company
        given:
          cloud.Accounts:
            - {id: "1", companyName: Nordlys, ownerPhone: "555", address: {state: NY}}
            - {id: "2", companyName: Fjord, ownerPhone: "556", address: {state: NY}}
        expect:
          - create: psa.Companies
            has: {companyName: Nordlys}
          - create: psa.Companies
            has: {companyName: Fjord}
    """
MORE = """\
      - name: a vendor
        given:
          cloud.Accounts:
            - {id: "3", companyName: Elv, ownerPhone: "557", address: {state: CA}}
        expect:
          - create: psa.Companies
      - name: switched off
        settings: {export: false}
        expect: []
    """


class Folder:
    """A workspace with one integration and its tests."""

    def __init__(self, root: Path) -> None:
        self._root, self._rules = root, root / "rules" / "accounts"
        self.write("accounts.rules.yaml", RULES)
        self.write("accounts.test.yaml", TESTS)
        self.write("tables/kinds.csv", "state,kind\nNY,Customer\nCA,Vendor\n")

    def write(self, name: str, text: str) -> None:
        path = self._rules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def test(self, *words: str) -> Ran:
        return call(["-C", str(self._root), "test", "accounts", *words], {})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_what_no_case_reaches_is_named_at_its_line(folder: Folder) -> None:
    ran = folder.test("--coverage")
    assert ran.code == 0
    assert "accounts: 77.7 % reached" in ran.lines
    assert "company      fields 5 of 5, branches 1 of 2" in ran.out
    assert "accounts.rules.yaml:12:13 No case has `active` off: settings.export" in ran.out
    assert "kinds.csv:3:1 No case uses the row CA" in ran.out
    assert ran.lines[-1] == "1 passed, 0 failed"


def test_cases_together_reach_what_each_does(folder: Folder) -> None:
    folder.write("more.test.yaml", TESTS[: TESTS.index("      - name")] + MORE)
    ran = folder.test("--coverage", "--fail-under", "100")
    assert (ran.code, ran.lines[0]) == (0, "accounts: 100 % reached")
    assert "No case" not in ran.out


def test_a_row_that_a_case_brings_along_is_none_of_the_integrations_own(folder: Folder) -> None:
    replaced = "    settings: {}\n    tables: {kinds: [{state: NY, kind: Customer}]}\n"
    folder.write("accounts.test.yaml", TESTS.replace("    now:", replaced + "    now:"))
    assert "rows 0 of 2" in folder.test("--coverage").out


def test_too_little_coverage_fails(folder: Folder) -> None:
    ran = folder.test("--fail-under", "77.8")
    assert (ran.code, "X007 The cases reach 77.7 % of accounts, less than 77.8 %." in ran.out) == (1, True)
    assert folder.test("--fail-under", "77.7").code == 0


def test_programs_read_coverage_as_json(folder: Folder) -> None:
    told = json.loads(folder.test("--coverage", "--output-format", "json").out)
    (coverage,) = told["coverage"]
    assert (told["problems"], coverage["integration"], coverage["percent"]) == ([], "accounts", 77.7)
    rows = next(part for part in coverage["parts"] if part["name"] == "table kinds")
    assert rows["rows"] == {"reached": 1, "of": 2}
    assert [(each["line"], each["message"]) for each in rows["missed"]] == [(3, "No case uses the row CA.")]
    assert json.loads(folder.test("--output-format", "json").out) == []


def test_a_pull_request_shows_what_no_case_reaches(folder: Folder) -> None:
    ran = folder.test("--coverage", "--output-format", "github")
    assert (ran.code, "line=12,col=13,title=X006::No case has `active` off" in ran.out) == (0, True)
    assert "::warning" not in folder.test("--output-format", "github").out


def test_a_case_comes_to_the_same_end_wherever_it_crashes(folder: Folder) -> None:
    ran = folder.test("--crashes", "-v")
    assert (ran.code, ran.lines[-1]) == (0, "1 passed, 0 failed"), ran.out


def test_a_crash_that_leads_elsewhere_is_named_with_its_place(folder: Folder) -> None:
    folder.write("accounts.rules.yaml", RULES.replace('"{{ run.now }}"', '"Made at {{ run.now }}"'))
    ran = folder.test("--crashes")
    assert ran.code == 1
    assert "accounts.test.yaml:7:5: X008 a crash at `after-intent`, pass 1, leads elsewhere: psa.Companies" in ran.out
    assert "additionalAddressInformation: Made at 2019-06-04T12:00:40+00:00, not Made at 2019-06-04T12:00:00" in ran.out
    assert "after-outcome`, pass 2" not in ran.out, "both companies stand by then, and nothing is made later"
