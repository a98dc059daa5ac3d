"""The schemas themselves: one message for each mistake asks for a certain form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rules_run.bundled import bundled

FILES = [bundled("schemas") / f"{name}.schema.json" for name in ("rules", "tenant", "rule-tests")]


def parts(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield path, schema
        for word, inner in schema.items():
            yield from parts(inner, f"{path}/{word}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from parts(inner, f"{path}/{number}")


def schema_of(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_schema_is_valid_and_gives_one_message_for_a_mistake(file: Path) -> None:
    schema = schema_of(file)
    Draft202012Validator.check_schema(schema)
    for path, part in parts(schema):
        assert "oneOf" not in part, path
        assert "anyOf" not in part or path.endswith("/if"), path


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_word_is_described(file: Path) -> None:
    schema = schema_of(file)
    for path, part in parts(schema):
        for word, meaning in part.get("properties", {}).items() if not path.endswith("/properties") else ():
            described = isinstance(meaning, dict) and ("description" in meaning or "$ref" in meaning)
            assert described, f"{path}/properties/{word}"
