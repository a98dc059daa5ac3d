"""What a text means once it is read: an `Expression`, and the `Path`s it follows."""

from __future__ import annotations

from typing import Literal

from rules_run.model.frozen import frozen

from .nodes import Node


def is_template(text: str) -> bool:
    """Tell whether a text is a Jinja template: it holds {{ or {%."""
    return "{{" in text or "{%" in text


@frozen
class Path:
    """Field names from a scope name on; `[]` stands for an element of a list, `*` for any field."""

    names: tuple[str, ...]
    columns: tuple[int, ...]

    @property
    def column(self) -> int:
        """Where the path starts, from 0 inside the text."""
        return self.columns[0]

    def __str__(self) -> str:
        return ".".join(self.names).replace(".[]", "[]")


@frozen(eq=False)
class Expression:
    """A text that was read: its tree, every path from the scope, and the scope names it starts from."""

    text: str
    kind: Literal["select", "template"]
    tree: Node
    paths: tuple[Path, ...]
    roots: tuple[str, ...]
