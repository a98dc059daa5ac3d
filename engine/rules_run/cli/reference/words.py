"""A page for each kind of file: every word at its place, from the JSON Schema that editors use too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
DEFINED = "#/$defs/"
KINDS = {"string": "text", "object": "mapping", "array": "list", "integer": "whole number", "null": "null"}


def words_page(title: str, schema: Schema) -> str:
    """Return the page of one schema."""
    page = _Page(schema.get("$defs", {}))
    page.section("The file", schema)
    for name, definition in schema.get("$defs", {}).items():
        page.section(name, definition, always=True)
    head = [f"# {title}\n", f"{schema.get('description', '')}\n", "Words in bold are always needed.\n"]
    return "\n".join([*head, *page.lines])


class _Page:
    """Collects sections: one for each mapping with words of its own, each shown once."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self.lines: list[str] = []
        self._definitions = definitions
        self._shown: dict[str, str] = {}

    def section(self, name: str, schema: Schema, *, always: bool = False) -> None:
        """Write a section for a mapping, and then those within it."""
        words = list(_own(schema))
        if not words and not always:
            return
        self.lines += [f"## {name}\n", f"{schema.get('description', '')}\n"]
        within: list[tuple[str, Schema]] = []
        if not words:
            self.lines += [f"Takes: {kind_of(schema)}.\n"]
        for mapping in words:
            self.lines += ["| word | takes | meaning |", "|---|---|---|"]
            needed = mapping.get("required", ())
            for word, stated in mapping["properties"].items():
                if isinstance(stated, dict):
                    self.lines.append(_row(word, stated, self._meaning(stated), needed=word in needed))
                    within += [(f"{name} / {word}", inner) for inner in _own(stated)]
            self.lines.append("")
        for path, inner in within:
            self._once(path.removeprefix("The file / "), inner)

    def _once(self, name: str, schema: Schema) -> None:
        identity = json.dumps(schema.get("properties"), sort_keys=True)
        if identity in self._shown:
            self.lines += [
                f"## {name}\n",
                f"The same words as in [{self._shown[identity]}](#{anchor(self._shown[identity])}).\n",
            ]
            return
        self._shown[identity] = name
        self.section(name, schema)

    def _meaning(self, schema: Schema) -> str:
        defined = self._definitions.get(str(schema.get("$ref", "")).removeprefix(DEFINED), {})
        return str(schema.get("description") or defined.get("description", ""))


def kind_of(schema: Schema) -> str:
    """Return what a word takes, in words."""
    kinds = list(dict.fromkeys(_kinds(schema)))
    return " or ".join(kinds) or "any value"


def anchor(heading: str) -> str:
    """Return the anchor that code hosts give a heading."""
    return "".join(each for each in heading.lower().replace(" ", "-") if each.isalnum() or each in "-_")


def _row(word: str, schema: Schema, meaning: str, *, needed: bool) -> str:
    shown = f"**`{word}`**" if needed else f"`{word}`"
    return f"| {shown} | {kind_of(schema)} | {_cell(meaning)} |"


def _kinds(schema: Schema) -> Iterator[str]:
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(DEFINED)
        yield f"[{name}](#{anchor(name)})"
    elif "const" in schema:
        yield f"`{json.dumps(schema['const'])}`"
    elif "enum" in schema:
        yield ", ".join(f"`{each}`" for each in schema["enum"])
    elif "then" in schema or "else" in schema:
        first = schema.get("if", {})
        yield from _kinds(
            {"type": first["type"], **schema.get("then", {})} if "type" in first else schema.get("then", {})
        )
        yield from _kinds(schema.get("else", {}))
    elif "not" not in schema:
        yield from _typed(schema)


def _typed(schema: Schema) -> Iterator[str]:
    types = schema.get("type", [])
    for name in [types] if isinstance(types, str) else types:
        items, more = schema.get("items"), schema.get("additionalProperties")
        if name == "array" and isinstance(items, dict) and (kind := kind_of(items)) != "any value":
            yield f"list of {kind}"
        elif name == "object" and isinstance(more, dict) and "$ref" in more:
            yield f"mapping of names to {kind_of(more)}"
        else:
            yield KINDS.get(name, name)


def _own(schema: Schema) -> Iterator[Schema]:
    """Yield the mappings with words that a schema itself describes, whatever stands around them."""
    if isinstance(schema.get("properties"), dict):
        yield schema
    elif isinstance(schema.get("additionalProperties"), dict):
        yield from _own(schema["additionalProperties"])
    elif isinstance(schema.get("items"), dict):
        yield from _own(schema["items"])
    else:
        for part in ("then", "else"):
            if isinstance(schema.get(part), dict):
                yield from _own(schema[part])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("{{", "&#123;{").replace("\n", " ")
