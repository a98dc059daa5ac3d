"""Reads `conformance.yaml`: what the check writes to a system, resource by resource."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from rules_run.errors import InvalidFiles
from rules_run.language.schema_check import schema_problems
from rules_run.language.yaml_nodes import plain
from rules_run.language.yaml_read import read_yaml
from rules_run.model.frozen import frozen
from rules_run.model.problem import Origin, Problem

FILE = "conformance.yaml"


@frozen
class Example:
    """What is written to one resource: a new record, how another one differs, a refused change, and a later change."""

    resource: str
    create: Mapping[str, object]
    marker: str | None
    another: Mapping[str, object]
    refused: Mapping[str, object]
    update: Mapping[str, object]


@frozen
class Examples:
    """The words of the stand-in's data, those under which a log-in sees nothing, settings, and an example a write."""

    settings: Mapping[str, object]
    sandbox: Mapping[str, Any]
    restricted: Mapping[str, Any]
    writes: tuple[Example, ...]
    reads: tuple[str, ...]


def read_examples(folder: Path) -> Examples:
    """Return the examples of the connector in `folder`; raise InvalidFiles with every mistake at its line."""
    path = folder / FILE
    if not path.is_file():
        raise InvalidFiles([unfit(path, f"`{folder.name}` has no {FILE}: what is to be written is not known.")])
    node, problems = read_yaml(path)
    if node is not None and not problems:
        problems, _ = schema_problems(node, "conformance")
    if node is None or problems:
        raise InvalidFiles(problems)
    words: Any = _numbers(plain(node))
    writes = tuple(_example(name, spec) for name, spec in words.get("writes", {}).items())
    return Examples(
        settings=words.get("settings", {}),
        sandbox=words.get("sandbox", {}),
        restricted=words.get("restricted", {}),
        writes=writes,
        reads=tuple(words.get("reads", ())),
    )


def _numbers(value: object) -> object:
    return json.loads(json.dumps(value, default=str), parse_float=Decimal)


def _example(name: str, spec: Mapping[str, Any]) -> Example:
    return Example(
        resource=name,
        create=spec["create"],
        marker=spec.get("marker"),
        another=spec.get("another", {}),
        refused=spec.get("refused", {}),
        update=spec.get("update", {}),
    )


def unfit(path: Path, message: str) -> Problem:
    """Return what is wrong with the examples as a whole."""
    hint = "`rules-run schema conformance` prints what stands in such a file."
    return Problem(code="X009", message=message, origin=Origin(file=str(path), line=1, column=1), hint=hint)
