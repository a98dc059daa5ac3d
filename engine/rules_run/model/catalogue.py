"""What a system offers: its resources and their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from rules_run.model.frozen import frozen

FieldType = Literal["integer", "decimal", "text", "boolean", "date", "datetime", "object", "list", "udf"]
Operation = Literal["read", "create", "update", "delete"]


@frozen
class Field:
    """One field of a resource; a `create_only` field is frozen afterwards, a `write_only` one is never returned."""

    name: str
    type: FieldType
    length: int | None = None
    required: bool = False
    read_only: bool = False
    create_only: bool = False
    write_only: bool = False
    filterable: bool = True
    picklist: bool = False
    reference: str | None = None
    fields: Mapping[str, Field] = field(default_factory=dict, hash=False)
    """What an object, or each member of a list, holds; empty where nobody describes it."""


@frozen
class Child:
    """Where writes of a child resource go: `<of>/<key>/<segment>`; `optional`: its own path takes them too."""

    of: str
    key: str
    segment: str
    optional: bool = False


@frozen
class Resource:
    """One kind of record: where it lives, what may be done to it, its fields; a `virtual` one is reached in steps."""

    name: str
    path: str
    operations: frozenset[Operation]
    id_field: str
    id_pattern: str
    fields: Mapping[str, Field]
    child: Child | None = None
    money: bool = False
    virtual: bool = False
    marker: str | None = None
    void: str | None = None
    """A field that says, where it holds something, that the record counts no more."""
    label: str | None = None
    numbering: str = ""
    """How people switch off that the system numbers these records by itself."""
    wrap: str | None = None
    """The key under which the fields of a record are sent."""
    amount: tuple[str, ...] = ()
    """Fields whose product is the money that a new record moves."""


@frozen
class Catalogue:
    """The resources of one system, each made by its loader when it is first asked for."""

    loaders: Mapping[str, Callable[[], Resource]]
    _made: dict[str, Resource] = field(default_factory=dict, init=False, repr=False, compare=False)

    def names(self) -> tuple[str, ...]:
        """Return the names of all resources."""
        return tuple(self.loaders)

    def resource(self, name: str) -> Resource | None:
        """Return the resource, or None where the system has none of that name."""
        if name not in self._made and name in self.loaders:
            self._made[name] = self.loaders[name]()
        return self._made.get(name)
