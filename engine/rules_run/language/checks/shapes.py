"""What is known about a value before any data is there: enough to say that a path leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from rules_run.model.catalogue import Field, Resource
from rules_run.model.frozen import frozen

from ..suggest import did_you_mean


@frozen(kw_only=False)
class Shape:
    """A value of which nothing is known: every path through it is allowed."""


ANY = Shape()


@frozen(kw_only=False)
class Scalar(Shape):
    """A single value of a kind: text, integer, decimal, boolean, date, datetime."""

    kind: str


@frozen(kw_only=False)
class ListOf(Shape):
    """A list of values of one shape."""

    item: Shape


@frozen
class Named(Shape):
    """A record whose names are all known."""

    what: str
    names: Mapping[str, Shape]


@frozen
class RecordOf(Shape):
    """A record of one of several resources, or the part of it below a dotted prefix.

    `listed`: the record may also be a list of such. `known`: the only fields that a plan knows before the record is
    made; None where it exists.
    """

    resources: tuple[tuple[str, Resource], ...]
    prefix: str = ""
    listed: bool = False
    known: frozenset[str] | None = field(default=None)

    def what(self) -> str:
        """Name the record for people."""
        return " or ".join(name for name, _ in self.resources)


class NoSuchStep(Exception):
    """A step of a path leads nowhere."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def step(shape: Shape, name: str, path: str) -> Shape:
    """Return the shape of a field, or of an element (`[]`); `path` is the way so far, for people."""
    if name == "*":
        return ListOf(ANY) if not isinstance(shape, Scalar) else _no_fields(shape, path)
    if name == "[]":
        return _element(shape, path)
    if isinstance(shape, Scalar):
        return _no_fields(shape, path)
    if isinstance(shape, ListOf):
        raise NoSuchStep(
            f"{path} is a list and has no field {name}.",
            f"Take one element, {path}[0].{name}, or all: {path}[].{name}.",
        )
    if isinstance(shape, Named):
        if name not in shape.names:
            raise NoSuchStep(f"{shape.what} has no {name}.", did_you_mean(name, shape.names))
        return shape.names[name]
    return _field(shape, name) if isinstance(shape, RecordOf) else ANY


def _no_fields(shape: Scalar, path: str) -> Shape:
    raise NoSuchStep(f"{path} is a single value ({shape.kind}) and has no parts.")


def _element(shape: Shape, path: str) -> Shape:
    if isinstance(shape, ListOf):
        return shape.item
    if isinstance(shape, RecordOf) and shape.listed:
        return shape
    if shape is ANY or type(shape) is Shape:
        return ANY
    raise NoSuchStep(
        f"{path} is one {'value' if isinstance(shape, Scalar) else 'record'}, not a list.", "Leave the brackets out."
    )


def _field(shape: RecordOf, name: str) -> Shape:
    path = shape.prefix + name
    for _, resource in shape.resources:
        found = field_at(resource, path)
        if isinstance(found, Field):
            return _shape_of(shape, found, path)
        if found:
            return RecordOf(resources=shape.resources, prefix=f"{path}.") if found == "below" else ANY
    known = {
        each.removeprefix(shape.prefix)
        for _, resource in shape.resources
        for each in field_names(resource, shape.prefix)
    }
    raise NoSuchStep(f"{shape.what()} has no field {path}.", did_you_mean(name, known, "Fields"))


def _shape_of(record: RecordOf, found: Field, path: str) -> Shape:
    below = RecordOf(resources=record.resources, prefix=f"{path}.")
    if found.type == "list":
        return ListOf(below if found.fields else ANY)
    if found.type == "object":
        described = found.fields or any(field_names(resource, below.prefix) for _, resource in record.resources)
        return below if described else ANY
    return ANY if found.type == "udf" else Scalar("label" if found.picklist else found.type)


def field_at(resource: Resource, path: str) -> Field | str | None:
    """Find a dotted field; "free" is below a field that nobody describes, "below" a part of dotted fields."""
    if path in resource.fields:
        return resource.fields[path]
    names = path.split(".")
    for length in range(len(names) - 1, 0, -1):
        before = ".".join(names[:length])
        outer = resource.fields.get(before)
        if outer is not None:
            dotted = any(name.startswith(f"{before}.") for name in resource.fields)
            return None if dotted and not outer.fields else _inside(outer, names[length:])
    return "below" if field_names(resource, f"{path}.") else None


def _inside(outer: Field, names: list[str]) -> Field | str | None:
    for name in names:
        if outer.type not in ("object", "list", "udf"):
            return None
        if not outer.fields:
            return "free"
        if name not in outer.fields:
            return None
        outer = outer.fields[name]
    return outer


def field_names(resource: Resource, prefix: str = "") -> list[str]:
    """Return the dotted names of a resource's fields, those inside objects and lists too, below a prefix."""
    return [name for name in _dotted(resource.fields) if name.startswith(prefix)]


def _dotted(fields: Mapping[str, Field], above: str = "") -> Iterator[str]:
    for name, found in fields.items():
        yield f"{above}{name}"
        yield from _dotted(found.fields, f"{above}{name}.")
