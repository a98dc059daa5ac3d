"""The rest of the command line: help, connectors, schemas, codes, the sandbox, and words that it does not know."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from .desk import EXAMPLE, Desk, call, command, whole

VERBS = ("validate", "test", "plan", "apply", "queue", "sandbox", "connectors", "schema", "explain-code")


def test_help_names_every_verb_with_a_sentence() -> None:
    said = call(["--help"], {})
    assert said.code == 0
    for verb in VERBS:
        assert re.search(rf"^  {verb} +[A-Z].+", said.out, re.MULTILINE), verb


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    said = call([verb, "--help"], {})
    assert said.code == 0
    assert said.out.startswith("Usage: ")


def test_an_unknown_verb_is_refused_with_the_nearest_one(desk: Desk) -> None:
    refused = desk.run("aply")
    assert refused.code == 1
    assert "There is no verb `aply`." in refused.err
    assert "Did you mean `apply`?" in refused.err


@pytest.mark.parametrize("words", [["plan"], ["apply"], ["queue", "list"]])
def test_outside_a_workspace_it_says_so(tmp_path: Path, words: list[str]) -> None:
    refused = call(["-C", str(tmp_path), *words], {})
    assert refused.code == 1
    assert "no tenants/" in refused.err
    assert "-C" in refused.err
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_is_found_from_a_folder_inside_it(small: Desk) -> None:
    assert small.run("plan", "--date", "2019-06-04", folder=small.folder / "data").code == 0


def test_connectors_are_listed_with_what_they_offer(desk: Desk) -> None:
    assert re.search(r"^autotask +bundled +Autotask PSA$", desk.run("connectors").out, re.MULTILINE)
    offered = desk.run("connectors", "autotask").out
    assert re.search(r"^secret +required, secret", offered, re.MULTILINE)
    assert "ContractCharges" in offered
    fields = desk.run("connectors", "autotask", "ContractCharges").lines
    assert fields[0] == "ContractCharges: create, delete, read, update; money"
    assert any(re.match(r"  contractID +integer +create only, -> Contracts", line) for line in fields)


def test_a_connector_or_resource_that_there_is_not_is_refused_with_the_nearest_one(desk: Desk) -> None:
    connector = desk.run("connectors", "autotsk")
    assert (connector.code, "Did you mean `autotask`?" in connector.err) == (7, True)
    resource = desk.run("connectors", "autotask", "ContractCharge")
    assert (resource.code, "Did you mean `ContractCharges`?" in resource.err) == (1, True)


@pytest.mark.parametrize("name", ["rules", "rule-tests", "tenant", "manifest", "catalogue"])
def test_a_schema_is_printed_for_editors(name: str) -> None:
    assert json.loads(call(["schema", name], {}).out)["$schema"].startswith("https://json-schema.org/")


def test_a_code_is_explained_and_an_unknown_one_refused() -> None:
    explained = call(["explain-code", "r032"], {})
    assert explained.code == 0
    assert explained.out.startswith("R032  Unknown field\n")
    assert "phone: acct.phone" in explained.out
    unknown = call(["explain-code", "R999"], {})
    assert (unknown.code, "There is no code R999." in unknown.err) == (1, True)
    assert "R032  Unknown field" in call(["explain-code"], {}).out


def test_the_sandbox_serves_on_a_free_port_until_it_is_interrupted() -> None:
    words = ("sandbox", "autotask", "--data", str(EXAMPLE / "data" / "autotask.yaml"))
    pipe = subprocess.PIPE
    started = subprocess.Popen(command(EXAMPLE, *words), env=whole({}), stdout=pipe, stderr=pipe, text=True)
    with started as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+?:\d+", process.stdout.readline())
        assert found is not None
        with urlopen(f"{found[0]}/_sandbox/records/Companies.json") as answer:
            assert [company["companyName"] for company in json.load(answer)][1] == "TestCompany"
        process.send_signal(signal.SIGINT)
        said, wrong = process.communicate(timeout=20)
    assert (process.returncode, wrong) == (0, "")
    assert said.endswith("stopped\n")


@pytest.mark.parametrize(("system", "code"), [("autotsk", 7), ("files", 7)])
def test_a_system_without_a_stand_in_is_refused(desk: Desk, system: str, code: int) -> None:
    refused = desk.run("sandbox", system)
    assert refused.code == code
    assert system in refused.err


def test_a_whole_run_through_a_process_leaves_with_its_code(small: Desk) -> None:
    done = small.spawn("apply", "--quiet", "--date", "2019-06-04")
    said, wrong = done.communicate(timeout=60)
    assert (done.returncode, wrong) == (0, "")
    assert said.startswith("Applied: 6 created, 1 adopted.\n")


def test_validate_names_how_many_files_it_checked(desk: Desk) -> None:
    checked = desk.run("validate", "--tenant", "testcompany")
    assert checked.code == 0
    assert re.search(r"^\d+ files checked: no problem\.$", checked.out, re.MULTILINE)


def test_validate_says_what_is_promised_of_the_writes_of_each_rule(desk: Desk) -> None:
    promised = desk.run("validate", "--tenant", "testcompany").lines
    assert promised[0] == "What intermedia-autotask promises:"
    looked_for = "exactly once. After a lost answer it is looked for before anything is sent again."
    assert f"  charge: ContractCharges to Autotask: {looked_for}" in promised
