"""What `manifest.yaml` says about how records are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from rules_run.model.frozen import frozen

Node = Mapping[str, Any]


@frozen
class Call:
    """A method and a path with `{path}` (of the resource) and `{id}` in it."""

    method: str
    path: str

    @staticmethod
    def parse(text: str) -> Call:
        """Read `GET {path}/query`."""
        method, _, path = text.partition(" ")
        return Call(method=method, path=path)


@frozen
class Expression:
    """How conditions become one text: what joins them, and how a literal of each type is written and escaped.

    `longest` is how many characters the text may have in an address; longer lists are split.
    """

    all: str
    any: str
    group: str = "({any})"
    literals: Mapping[str, str] = field(default_factory=dict)
    escape: Mapping[str, str] = field(default_factory=dict)
    longest: int = 0


@frozen
class QueryStyle:
    """How conditions are written: as JSON in a body, as parameters of the address, or as one text in a parameter."""

    style: Literal["body", "parameters", "expression"]
    call: Call
    operators: Mapping[str, tuple[str, ...]]
    items: str
    most_conditions: int = 500
    filter: str = ""
    condition: Node = field(default_factory=dict)
    any: Node = field(default_factory=dict)
    everything: Node = field(default_factory=dict)
    without_value: tuple[str, ...] = ()
    expression: Expression | None = None


@frozen
class Paging:
    """How further pages are asked for: by the last id, by the address the answer names, by offset or page number.

    `keyset` asks for ids above the last one while the answer names a next page at `next`, or without `next` until a
    page is empty; where ids cannot be asked for it follows that address. `order` asks for the order of ids.
    """

    style: Literal["keyset", "next_url", "offset", "page", "none"] = "none"
    size_name: str = ""
    size: int = 500
    next: str = ""
    repeat_body: bool = False
    position_name: str = ""
    first_page: int = 1
    order: Mapping[str, str] = field(default_factory=dict)
