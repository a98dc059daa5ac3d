"""The page of functions, from the table that runs them."""

from __future__ import annotations

from collections.abc import Iterator

from rules_run.language.expressions import FUNCTIONS, Function
from rules_run.language.expressions.values import json_text

HEAD = """\
# Functions

Functions of expressions; each is a filter of the same name in templates (`{{ item.name | upper }}`), unless it takes an
expression such as `&price`. The 26 of JMESPath behave by its standard. Each example is run by a test.
"""


def functions_page() -> str:
    """Return the page."""
    return "\n".join([HEAD, _table(), *(line for name in sorted(FUNCTIONS) for line in _function(FUNCTIONS[name]))])


def _table() -> str:
    return ", ".join(f"[`{name}`](#{name})" for name in sorted(FUNCTIONS)) + "\n"


def _function(function: Function) -> Iterator[str]:
    yield f"## {function.name}\n"
    yield f"`{function}` gives {' or '.join(function.result)}. {function.doc}\n"
    yield "| argument | takes |"
    yield "|---|---|"
    for parameter in function.parameters:
        much = " (optional)" if parameter.optional else " (any number)" if parameter.repeated else ""
        yield f"| `{parameter.name}`{much} | {parameter.words()} |"
    yield ""
    yield "```"
    for arguments, result in function.examples:
        yield f"{function.example_text(arguments)}  ->  {json_text(result)}"
    yield "```\n"
