"""Connectors are held against the stand-ins of their systems; one that claims too much is caught."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from rules_run.bundled import bundled
from rules_run.errors import InvalidFiles
from rules_run.testing.conformance.check import QUESTIONS, Examined, examine, stands_of
from rules_run.testing.conformance.report import with_table

SHIPPED = ("acomba", "autotask", "files", "intermedia")


@cache
def of(name: str) -> list[Examined]:
    return list(examine(name, None))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_connector_that_ships_claims_no_more_than_its_system_does(name: str) -> None:
    assert [(each.resource, each.wrong) for each in of(name) if each.wrong] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_the_readme_of_a_connector_shows_what_was_seen(name: str) -> None:
    text = (bundled("connectors") / name / "README.md").read_text(encoding="utf-8")
    assert text == with_table(text, of(name)), f"rules-run connectors check {name} --update"


def test_every_write_of_an_invoice_is_asked_every_question() -> None:
    invoice = next(each for each in of("acomba") if each.resource == "CustomerInvoice")
    assert len(QUESTIONS) == 14
    assert {*invoice.answers} == {*(each.name for each in QUESTIONS), "pages"}
    assert all(each.words.endswith("?") for each in QUESTIONS)


Change = Callable[[Path], None]


def manifest(**parts: object) -> Change:
    """Return what overwrites parts of the manifest."""

    def change(folder: Path) -> None:
        file = folder / "manifest.yaml"
        node = yaml.safe_load(file.read_text(encoding="utf-8"))
        file.write_text(yaml.safe_dump({**node, **parts}, allow_unicode=True), encoding="utf-8")

    return change


def catalogue(resource: str, field: str, **flags: object) -> Change:
    """Return what corrects a field of the catalogue wrongly."""

    def change(folder: Path) -> None:
        lie = {"source": "a lie", "fields": {field: flags}}
        (folder / "overrides.yaml").write_text(yaml.safe_dump({"resources": {resource: lie}}), encoding="utf-8")

    return change


def errors(*rules: dict[str, object]) -> Change:
    return manifest(errors={"texts": "Message", "rules": list(rules)})


UNIQUE = {"create": {"marked": "U", "unmarked": "W"}, "update": "I"}
LIES = {
    "a second one can be made of class U": (
        manifest(safety=UNIQUE),
        "CustomerInvoice",
        "sent again",
        "Class U is claimed, but it made a second one",
    ),
    "an error of the server is called a refusal": (
        errors({"status": [500], "outcome": "rejected"}),
        "Customer",
        "error of the server",
        "nobody knows whether it was done",
    ),
    "a page of a gateway is called a refusal": (
        errors({"status": [400], "outcome": "rejected"}),
        "Customer",
        "refusal",
        "not of the system's own shape",
    ),
    "an answer that sends elsewhere is called a refusal": (
        errors({"status": [303], "outcome": "rejected"}),
        "Customer",
        "sent elsewhere",
        "nobody knows whether it was done",
    ),
    "a throttle is called a refusal of the record": (
        errors({"status": [429], "outcome": "rejected", "permanent": True}),
        "Customer",
        "throttled",
        "429 is no refusal of the record",
    ),
    "a number that is taken is not looked at": (
        errors({"status": [412], "outcome": "rejected"}),
        "Customer",
        "sent again",
        "has to be looked at first",
    ),
    "an update blanks the rest": (
        manifest(
            write={
                "create": {"call": "POST {path}", "headers": {"If-None-Match": "*"}},
                "update": {"call": "PUT {path}/{id}"},
                "id": "NoUniqueSystemeSource",
                "record": ".",
            }
        ),
        "Customer",
        "update",
        "is not accepted",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_connector_that_claims_too_much_is_caught(lie: str, tmp_path: Path) -> None:
    change, resource, question, words = LIES[lie]
    folder = tmp_path / "connectors" / "acomba"
    shutil.copytree(bundled("connectors") / "acomba", folder)
    change(folder)
    stands = stands_of("acomba", tmp_path)
    example = next(each for each in stands.examples.writes if each.resource == resource)
    [asked] = [each for each in QUESTIONS if each.name == question]
    assert words in asked.ask(stands, example).wrong


def test_the_command_tells_what_was_seen_and_leaves_with_1_where_too_much_is_claimed(tmp_path: Path) -> None:
    folder = tmp_path / "connectors" / "acomba"
    shutil.copytree(bundled("connectors") / "acomba", folder)
    words = [sys.executable, "-m", "rules_run", "-C", str(tmp_path), "connectors", "check"]
    good = subprocess.run([*words, "files"], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    assert "Table: class U" in good.stdout
    (folder / "conformance.yaml").write_text("writes: {CustomerInvoice: {create: {TypeDoc: FACTURES}}}", "utf-8")
    bad = subprocess.run([*words, "acomba"], capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "The example in conformance.yaml is refused" in bad.stdout
    assert "1 resource checked: 1 claim too much" in bad.stdout


def test_examples_that_do_not_fit_are_told_at_their_place(tmp_path: Path) -> None:
    folder = tmp_path / "connectors" / "acomba"
    shutil.copytree(bundled("connectors") / "acomba", folder)
    file = folder / "conformance.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("  Supplier:\n    create:", "  Supplier:\n    make:"), "utf-8"
    )
    with pytest.raises(InvalidFiles) as told:
        stands_of("acomba", tmp_path)
    assert "conformance.yaml:" in str(told.value)
    file.unlink()
    with pytest.raises(InvalidFiles, match="X009"):
        stands_of("acomba", tmp_path)
