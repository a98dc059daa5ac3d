"""The reference is what runs: up to date, complete, and true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

from rules_run.cli import VERBS, cli
from rules_run.cli.codes import CODES
from rules_run.cli.reference import SCHEMAS, pages
from rules_run.language.expressions import FUNCTIONS, evaluate, parse_select

TOP = Path(__file__).parents[2]
FOLDER = TOP / "docs" / "reference"
USED = re.compile(r'"([CDELMRSTWXY]\d{3})"')
EXAMPLE = re.compile(r"^(\w+\(.*\))  ->  (.+)$", re.M)


def words(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every word of a schema with its place and what is said of it."""
    if isinstance(schema, dict):
        for name, stated in schema.get("properties", {}).items():
            if isinstance(stated, dict):
                yield f"{path}/{name}", stated
        for name, stated in schema.items():
            if name != "if":
                yield from words(stated, f"{path}/{name}")
    elif isinstance(schema, list):
        for number, stated in enumerate(schema):
            yield from words(stated, f"{path}/{number}")


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            assert command is not None
            yield f"{path}{name}", command
            if isinstance(command, click.Group):
                yield from commands(command, f"{path}{name} ")


def test_the_pages_are_what_the_program_would_write() -> None:
    there = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.md")}
    stale = [name for name, text in pages().items() if there.get(name) != text]
    assert stale == [], "run: rules-run docs"
    assert set(there) == set(pages())


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_word_of_a_schema_is_documented(name: str) -> None:
    schema = json.loads((TOP / "schemas" / f"{name}.schema.json").read_text("utf-8"))
    page = pages()[f"{name}.md"]
    bare = [path for path, stated in words(schema) if "description" not in stated and "$ref" not in stated]
    assert bare == []
    assert [path for path, _ in words(schema) if f"`{path.rpartition('/')[2]}`" not in page] == []


def test_every_function_is_documented_and_its_examples_run() -> None:
    page = pages()["functions.md"]
    assert [name for name in FUNCTIONS if f"\n## {name}\n" not in page] == []
    shown = EXAMPLE.findall(page)
    assert len(shown) == sum(len(function.examples) for function in FUNCTIONS.values())
    for text, result in shown:
        assert evaluate(parse_select(text), {}) == json.loads(result, parse_float=Decimal), text


def test_every_code_that_is_used_is_explained_and_every_explained_code_is_used() -> None:
    sources = [*(TOP / "engine").rglob("*.py"), *(TOP / "connectors").rglob("*.py")]
    used = {
        code
        for file in sources
        if not (file.name == "codes.py" or file.parent.name == "codes")
        for code in USED.findall(file.read_text("utf-8"))
    }
    assert used - set(CODES) == set()
    assert set(CODES) - used == set()


def test_a_code_has_a_title_and_whole_sentences() -> None:
    for code, entry in CODES.items():
        assert entry.title, code
        assert not entry.title.endswith("."), code
        assert entry.explanation.endswith((".", '"')), code


def test_one_code_means_one_thing_in_all_layers() -> None:
    seen: dict[str, Path] = {}
    for file in (TOP / "engine").rglob("codes.py"):
        for code in re.findall(r'^    "([A-Z]\d{3})": \(', file.read_text("utf-8"), re.M):
            assert code not in seen, (code, file, seen.get(code))
            seen[code] = file


def test_every_verb_and_option_is_documented() -> None:
    page = pages()["commands.md"]
    found = dict(commands(cli))
    assert set(VERBS) <= set(found)
    for path, command in found.items():
        assert command.help, path
        assert re.search(rf"^#+ {path}$", page, re.M), path
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, (path, option.name)
                assert f"`{option.opts[0]}`" in page


def test_every_link_within_a_page_leads_to_a_heading() -> None:
    for name, text in pages().items():
        heads = {re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")) for head in re.findall(r"^#+ (.+)$", text, re.M)}
        assert set(re.findall(r"\]\(#([^)]+)\)", text)) - heads == set(), name
