"""Picklists: the choices of a field, known to people by label and to the API by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from rules_run.model.catalogue import Catalogue, Field

DEFAULTS = Path(__file__).with_name("picklists.yaml")
_FLAGS = {"label", "active", "default"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice; `parent` is the value of the other field that it goes with."""

    value: int | str
    label: str
    active: bool = True
    default: bool = False
    parent: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picklist:
    """The choices of a field; `parent_field` names the field on which they depend."""

    choices: tuple[Choice, ...]
    parent_field: str | None = None

    def choice(self, value: object) -> Choice | None:
        """Return the choice of that id."""
        return next((choice for choice in self.choices if choice.value == value), None)

    def value_of(self, label: object) -> object:
        """Return the id of a label; anything else stays as it is."""
        return next((choice.value for choice in self.choices if choice.label == label), label)


Picklists = Mapping[str, Mapping[str, Picklist]]


def read_picklists(data: Mapping[str, Any], catalogue: Catalogue) -> Picklists:
    """Return the built-in picklists with those of a data file in their place, field by field."""
    merged = dict(_defaults())
    for resource, fields in data.items():
        merged[resource] = {**merged.get(resource, {}), **fields}
    return {
        name: {field: _picklist(found.fields[field], spec) for field, spec in fields.items() if field in found.fields}
        for name, fields in merged.items()
        if (found := catalogue.resource(name)) is not None
    }


@cache
def _defaults() -> Mapping[str, Mapping[str, Any]]:
    return cast("Mapping[str, Mapping[str, Any]]", yaml.safe_load(DEFAULTS.read_text(encoding="utf-8")))


def _picklist(field: Field, spec: Mapping[Any, Any]) -> Picklist:
    choices = [_choice(field, value, entry) for value, entry in spec.items()]
    parents = {name for entry in spec.values() if isinstance(entry, dict) for name in entry if name not in _FLAGS}
    return Picklist(choices=tuple(choices), parent_field=min(parents, default=None))


def _choice(field: Field, value: object, entry: object) -> Choice:
    key = int(str(value)) if field.type == "integer" else str(value)
    if not isinstance(entry, dict):
        return Choice(value=key, label=str(entry))
    parent = next((cast("int", entry[name]) for name in entry if name not in _FLAGS), None)
    return Choice(
        value=key,
        label=str(entry["label"]),
        active=bool(entry.get("active", True)),
        default=bool(entry.get("default", False)),
        parent=parent,
    )
