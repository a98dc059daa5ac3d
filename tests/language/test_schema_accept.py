"""What is accepted at once is exactly what the library finds nothing wrong with."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rules_run.bundled import bundled
from rules_run.language.schema_accept import Acceptance, accepts
from rules_run.language.yaml_nodes import plain
from rules_run.language.yaml_read import read_yaml

TOP = Path(__file__).parents[2]
FILES = [
    *(("rules", file) for file in sorted(TOP.glob("docs/sketches/*.rules.yaml"))),
    *(("rules", file) for file in sorted(TOP.glob("rules/*/*.rules.yaml"))),
    *(("rule-tests", file) for file in sorted(TOP.glob("rules/*/*.test.yaml"))),
    *(("tenant", file) for file in sorted(TOP.glob("examples/*/tenants/*.yaml"))),
    *(("manifest", file) for file in sorted(TOP.glob("connectors/*/manifest.yaml"))),
    *(("overrides", file) for file in sorted(TOP.glob("connectors/*/overrides.yaml"))),
]
SMALL = [(schema, file) for schema, file in FILES if file.stat().st_size < 9_000]
ODD = [None, True, False, 0, 1, -1, 2**40, "", "x", "a b", "psa.Companies", [], [1], ["a"], {}, {"a": 1}, {"": None}]


def plain_of(file: Path) -> Any:
    node, problems = read_yaml(file)
    assert problems == []
    return plain(node)


def library_accepts(schema: str, value: object) -> bool:
    told = json.loads((bundled("schemas") / f"{schema}.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(told).is_valid(value)


@pytest.mark.parametrize(("schema", "file"), FILES, ids=lambda each: each if isinstance(each, str) else each.name)
def test_files_that_ship_are_accepted(schema: str, file: Path) -> None:
    assert accepts(schema, plain_of(file))


def spots(value: object) -> list[tuple[Any, Any]]:
    """Return every place in a value where another one can be put: what holds it, and under which name."""
    found = []
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        found += [(value, name), *spots(inner)]
    return found


@given(data=st.data())
@settings(max_examples=150)
def test_a_file_with_something_odd_in_it_is_judged_as_the_library_does(data: st.DataObject) -> None:
    schema, file = data.draw(st.sampled_from(SMALL))
    value = copy.deepcopy(plain_of(file))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, name = data.draw(st.sampled_from(spots(value)))
        match data.draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                holder[name] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
            case "remove":
                del holder[name]
            case _ if isinstance(holder, dict):
                holder[data.draw(st.sampled_from(["x", "when", "select", "type", "const", "with", "Y z"]))] = "a"
    assert accepts(schema, value) == library_accepts(schema, value)


CASES = [
    ({"const": 1}, [1, True, "1", [1]]),
    ({"enum": ["a", 0, None]}, ["a", 0, False, None, "b", {}]),
    ({"type": ["integer", "null"]}, [1, True, None, "1"]),
    ({"type": "number", "minimum": 1, "maximum": 3}, [0, 1, 3, 4, True, "2"]),
    ({"exclusiveMinimum": 0}, [0, 1, "a"]),
    ({"minLength": 2, "pattern": "^a"}, ["a", "ab", "bb", 5]),
    ({"pattern": "b"}, ["abc", "c"]),
    ({"items": {"type": "string"}, "minItems": 1}, [[], ["a"], ["a", 1], "a"]),
    ({"required": ["a"], "minProperties": 1, "maxProperties": 2}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 2, "c": 3}]),
    ({"propertyNames": {"pattern": "^[a-z]+$"}}, [{"a": 1}, {"A": 1}, []]),
    ({"properties": {"a": {"type": "string"}}, "additionalProperties": False}, [{"a": "x"}, {"a": 1}, {"b": 1}]),
    ({"properties": {"a": False}}, [{}, {"a": 1}]),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}, [{"a": 1}, {"c": 1}, {}]),
    ({"then": {"required": ["b"]}}, [{}]),
    ({"not": {"type": "string"}}, ["a", 1]),
    ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, ["a", 1, 3]),
    ({"$defs": {"t": {"properties": {"in": {"$ref": "#/$defs/t"}}, "required": ["x"]}}, "$ref": "#/$defs/t"},
     [{"x": 1}, {"x": 1, "in": {}}, {"x": 1, "in": {"x": 2}}]),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "values"), CASES)
def test_every_keyword_means_what_it_means_to_the_library(schema: dict[str, Any], values: list[object]) -> None:
    library = Draft202012Validator(schema)
    assert [Acceptance(schema).check(value) for value in values] == [library.is_valid(value) for value in values]


@pytest.mark.parametrize(
    "schema", [{"oneOf": [True]}, {"properties": {"a": {"uniqueItems": True}}}, {"$ref": "#"}, {"const": [1]}]
)
def test_a_schema_that_says_more_accepts_nothing(schema: dict[str, Any]) -> None:
    assert not Acceptance(schema).check({})
