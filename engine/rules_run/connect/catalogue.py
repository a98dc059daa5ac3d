"""Reads a connector's catalogue: one YAML file a resource, corrected by `overrides.yaml` beside the folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from rules_run.errors import InvalidFiles
from rules_run.model.catalogue import Catalogue, Child, Field, Resource
from rules_run.model.problem import Origin, Problem

Node = Mapping[str, Any]


Changes = Mapping[str, Mapping[str, Node]]
"""Flags by resource and field."""


def load_catalogue(folder: Path, changes: Changes | None = None) -> Catalogue:
    """Open the catalogue of the connector in `folder`; a resource's file is read when the resource is first used.

    `changes` go on top of `overrides.yaml`: what the settings of one account say of the system.
    """
    files = sorted((folder / "catalogue").glob("*.yaml"))

    @cache
    def overrides() -> Node:
        path = folder / "overrides.yaml"
        return _read(path) if path.exists() else {}

    def load(path: Path) -> Resource:
        return _resource(path, _read(path), overrides().get(path.stem, {}), (changes or {}).get(path.stem, {}))

    return Catalogue(loaders={path.stem: partial(load, path) for path in files})


def corrections(folder: Path) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return what the overrides correct on purpose: the flags, by resource and field."""
    path = folder / "overrides.yaml"
    node = _read(path) if path.exists() else {}
    return {
        resource: {field: frozenset(changes) - {"because"} for field, changes in fields.items()}
        for resource, fields in node.items()
    }


def _read(path: Path) -> Node:
    import yaml

    from rules_run.language.yaml_plain import plain_yaml

    try:
        node = plain_yaml(path.read_bytes())
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _wrong(path, "this is not YAML", line=line, column=column) from fault
    if not isinstance(node, dict):
        raise _wrong(path, "a mapping of names is expected")
    return node


def _resource(path: Path, node: Node, *overrides: Node) -> Resource:
    try:
        specs = {name: dict(spec) for name, spec in node["fields"].items()}
        for name, changes in (change for each in overrides for change in each.items()):
            specs.setdefault(name, {}).update({flag: value for flag, value in changes.items() if flag != "because"})
        return Resource(
            name=node["resource"],
            path=node["path"],
            operations=frozenset(node["operations"]),
            id_field=node["id"]["field"],
            id_pattern=node["id"]["pattern"],
            fields={name: _field(name, spec) for name, spec in specs.items()},
            child=Child(**node["child"]) if "child" in node else None,
            money=node.get("money", False),
            virtual=node.get("virtual", False),
            marker=node.get("marker"),
            void=node.get("void"),
            label=node.get("label"),
            numbering=node.get("numbering", ""),
            wrap=node.get("wrap"),
            amount=tuple(node.get("amount", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise _wrong(path, f"the resource cannot be read ({fault})") from fault


def _field(name: str, spec: Node) -> Field:
    inner = {below: _field(below, each) for below, each in spec.get("fields", {}).items()}
    return Field(name=name, **{**spec, "fields": inner})


def _wrong(path: Path, message: str, *, line: int = 1, column: int = 1) -> InvalidFiles:
    origin = Origin(file=str(path), line=line, column=column)
    hint = "Compare the file with schemas/catalogue.schema.json."
    return InvalidFiles([Problem(code="C111", message=f"{path.name}: {message}.", origin=origin, hint=hint)])
