"""Manifests: what they may say, and what a mistake in one looks like."""

from __future__ import annotations

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from rules_run.bundled import bundled
from rules_run.connect.manifest_file import load_manifest
from rules_run.errors import InvalidFiles

SCHEMA = json.loads((bundled("schemas") / "manifest.schema.json").read_text(encoding="utf-8"))
PLAIN = """\
connector: shop
kind: rest
title: A shop
server: {url: "https://shop.example/"}
query:
  style: parameters
  call: GET {path}
  items: data
  operators: {eq: ["{field}"]}
paging: {style: page, position_name: page, size: {name: per_page, most: 2}}
"""


def made(tmp_path, text):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "folder", sorted(bundled("connectors").glob("*/manifest.yaml")), ids=lambda path: path.parent.name
)
def test_the_manifests_that_ship_keep_to_the_schema(folder):
    node = yaml.safe_load(folder.read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(node)
    assert load_manifest(folder.parent).name == folder.parent.name == node["connector"]


def test_the_schema_is_a_schema_and_describes_every_word():
    Draft202012Validator.check_schema(SCHEMA)

    def undescribed(node, where):
        if isinstance(node, dict):
            for name, spec in node.get("properties", {}).items():
                if (
                    isinstance(spec, dict)
                    and set(spec) - {"const"}
                    and not spec.get("description")
                    and "$ref" not in spec
                ):
                    yield f"{where}.{name}"
                yield from undescribed(spec, f"{where}.{name}")

    assert list(undescribed({"properties": SCHEMA["properties"]}, "")) == []


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        (("title: A shop", "titel: A shop"), "1:1", "titel"),
        (("style: parameters", "style: parameter"), "6:10", "parameter"),
        (("items: data", "items: data\n  filter: f"), "9:11", "`filter` has no place here"),
        (("call: GET {path}", "call: FETCH {path}"), "7:9", "FETCH"),
        (("position_name: page, ", ""), "10:9", "position_name"),
        (("kind: rest", "kind: code"), "6:3", "`query` has no place here"),
        (("eq:", "equals:"), "9:14", "equals"),
        (("server:", "server"), "4:", "not YAML"),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path, change, place, says):
    folder = made(tmp_path, PLAIN.replace(*change))
    with pytest.raises(InvalidFiles) as wrong:
        load_manifest(folder)
    assert any(f"manifest.yaml:{place}" in str(each) and says in str(each) for each in wrong.value.problems), (
        wrong.value
    )


def test_all_mistakes_are_told_at_once(tmp_path):
    folder = made(tmp_path, PLAIN.replace("A shop", "''").replace("items: data", "items: ''"))
    with pytest.raises(InvalidFiles) as wrong:
        load_manifest(folder)
    assert len(wrong.value.problems) == 2
