"""Rules that share a link: which way each goes, by what they know a record, and which of them owns a field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_run.language.validate import check_integration, load_integration
from rules_run.model.catalogue import Catalogue

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "links.yaml").read_text(encoding="utf-8"))
BESIDE = ("R062", "R070")
"""What these short files leave unused, and do not give a new record."""
FILE = """\
language: 1
name: both-ways
version: 1.0.0
description: Clients and invoices follow each other.
connectors: {erp: erp}
settings:
  master: {type: text, enum: [clients, invoices], default: clients}
rules:
  out:
    ACTIVE
    link: pair
    from: {read: erp.Clients, as: client}
    LET
    key: client.id
    to:
      write: erp.Invoices
      match: {reference: client.reference}
      set: {SET}
  back:
    ACTIVE
    link: pair
    from: {read: erp.Invoices, as: bill}
    LET
    key: bill.id
    to:
      write: erp.Clients
      match: {reference: bill.reference}
      set: {SET}
      set_once: {kind: 1, name: bill.city}
"""


def file_of(case: dict[str, Any]) -> str:
    text = FILE
    for rule in ("out", "back"):
        said = case.get(rule, {})
        for word, name in (("ACTIVE", "active"), ("LET", "let")):
            line = f"{name}: {said[name]}" if name in said else ""
            text = text.replace(f"    {word}\n", f"    {line}\n" if line else "", 1)
        text = text.replace("SET}", f"{said.get('set', '')}}}", 1)
    for old, new in case.get("change", {}).items():
        assert old in text, f"the file has no {old!r}"
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_field_has_one_owner_on_either_side(case: dict[str, Any], tmp_path: Path, catalogues: dict[str, Catalogue]):
    file = tmp_path / "both-ways.rules.yaml"
    file.write_text(file_of(case), encoding="utf-8")
    problems = check_integration(load_integration(file), {"erp": catalogues["erp"]})
    told = [problem for problem in problems if problem.code not in BESIDE]
    assert [problem.code for problem in told] == case["codes"], list(map(str, told))
    assert case.get("says", "") in "\n".join(map(str, told))
