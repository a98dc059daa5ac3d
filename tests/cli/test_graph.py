"""`graph` draws an integration: rules, resources and fields."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .desk import INTEGRATION, Desk, call

ARROW = re.compile(r"^  (\w+) (?:-->|-\.->|==>)\|([^|]+)\| (\w+)$", re.M)
NODE = re.compile(r'^ +(\w+)(?:\["|\(\["|\[)(.+?)"\]', re.M)


def test_mermaid_shows_rules_resources_and_fields(desk: Desk) -> None:
    drawn = desk.run("graph", INTEGRATION).out
    assert "\nflowchart LR\n" in drawn
    edges = [(start, label, end) for start, label, end in ARROW.findall(drawn)]
    assert ("xcloud_2e_Items", "reads", "ncharge") in edges
    assert ("ncontract", "ref contract", "ncharge") in edges
    assert ("ncharge", "create", "xpsa_2e_ContractCharges") in edges
    assert ("ncompany", "on success: contact", "xpsa_2e_Contacts") in edges
    assert ("xpsa_2e_Resources", "looks up manager", "ncompany") in edges
    nodes = dict(NODE.findall(drawn))
    assert {end for start, _, last in edges for end in (start, last)} <= set(nodes)
    assert "writes: contractID, productID, chargeType," in nodes["xpsa_2e_ContractCharges"]
    assert "serviceDateFrom" in nodes["xcloud_2e_Items"]


def test_every_rule_of_the_integration_is_drawn(desk: Desk) -> None:
    text = (desk.folder / desk.own_rules()).read_text("utf-8")
    rules = re.findall(r"^  ([a-z_]+):$", text.partition("\nrules:\n")[2], re.M)
    drawn = desk.run("graph", INTEGRATION, "--output-format", "dot").out
    assert rules
    for rule in rules:
        assert f'"{rule}" [shape=oval' in drawn


def test_dot_is_balanced_and_quoted(desk: Desk) -> None:
    drawn = desk.run("graph", INTEGRATION, "--output-format", "dot").out
    assert drawn.startswith('digraph "intermedia-autotask" {')
    assert drawn.count("{") == drawn.count("}")
    assert '"quantity" -> "psa.ServiceQuantities" [label="upsert", style=bold];' in drawn


def test_svg_is_drawn_by_graphviz(desk: Desk, tmp_path: Path) -> None:
    if shutil.which("dot") is None:
        pytest.skip("graphviz is not installed")
    file = tmp_path / "graph.svg"
    assert desk.run("graph", INTEGRATION, "--output-format", "svg", "--output-file", str(file)).code == 0
    assert "<svg" in file.read_text("utf-8")


def test_without_graphviz_svg_is_refused_with_what_to_do(desk: Desk, tmp_path: Path) -> None:
    ran = call(["-C", str(desk.folder), "graph", INTEGRATION, "--output-format", "svg"], {"PATH": str(tmp_path)})
    assert ran.code == 1
    assert "W060" in ran.err


def test_an_integration_that_is_wrong_or_not_there_is_not_drawn(desk: Desk) -> None:
    assert "W004" in desk.run("graph", "intermedia").err
    desk.edit(desk.own_rules(), "phone: acct.ownerPhone", "phne: acct.ownerPhone")
    assert "R032" in desk.run("graph", INTEGRATION).err
