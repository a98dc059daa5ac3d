"""Reads Jinja: the library's parser, whose tokens carry their offset as line number, then a list of what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jinja2 import Environment, TemplateSyntaxError
from jinja2.lexer import Token, TokenStream

from rules_run.errors import ExpressionError

from .limits import LONGEST_TEMPLATE, MOST_DIGITS, check_template, exact_decimal, too_large
from .nodes import Node
from .template_tree import text_of

_REFUSED_TAGS = {"for", "set", "macro", "call", "filter", "include", "import", "from", "extends", "block", "with"}
_REFUSED_TAGS |= {"autoescape", "do", "trans", "break", "continue", "debug"}
_FLOAT = re.compile(r"[\d_]+(?:\.[\d_]+)?(?:[eE][+-]?\d+)?")
_UNKNOWN_TAG = re.compile(r"unknown tag '(\w+)'")


def read_template(text: str) -> Node:
    """Read a Jinja text into a tree, or say what is wrong with it and where."""
    if len(text) > LONGEST_TEMPLATE:
        too_large("T003", f"The template is longer than {LONGEST_TEMPLATE} characters.")
    try:
        tree = text_of(_environment().parse(text))
    except RecursionError:
        too_large("T003", "The template is nested too deeply.")
    except TemplateSyntaxError as error:
        raise _problem(text, error) from None
    check_template(tree)
    return tree


class _Environment(Environment):
    """Jinja's own, with the offset of each token in place of its line, and exact numbers."""

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        tokens = self.lexer.wrap(self._with_offsets(source), name, filename)
        return TokenStream((self._exact(source, token) for token in tokens), name, filename)

    def _with_offsets(self, source: str) -> Iterator[tuple[int, str, str]]:
        offset = 0
        try:
            for _, kind, value in self.lexer.tokeniter(source, None):
                offset = max(source.find(value, offset), offset)
                if kind in ("integer", "float") and len(value) > MOST_DIGITS:
                    too_large("T003", f"A number has more than {MOST_DIGITS} digits.", column=offset)
                yield offset, kind, value
                offset += len(value)
        except TemplateSyntaxError as error:
            error.lineno = offset
            raise

    def _exact(self, source: str, token: Token) -> Token:
        if token.type != "float":
            return token
        digits = _FLOAT.match(source, token.lineno)
        exact: Any = exact_decimal(digits.group().replace("_", "") if digits else "", "T003", token.lineno)
        return token._replace(value=exact)


_SIGNS = {
    "'end of print statement'": "}}",
    "'end of statement block'": "%}",
    "Jinja was looking for the following tags:": "It needs one of the tags",
}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return _Environment(autoescape=False, keep_trailing_newline=True)  # never renders; text, not HTML


def _problem(text: str, error: TemplateSyntaxError) -> ExpressionError:
    column = min(error.lineno, len(text))
    message = error.message or "The template cannot be read."
    tag = _UNKNOWN_TAG.search(message)
    if tag and tag[1] in _REFUSED_TAGS:
        return ExpressionError("T002", f"{{% {tag[1]} %}} is not allowed in a template.", column=column)
    for jargon, sign in _SIGNS.items():
        message = message.replace(jargon, sign)
    spaced = re.search(r"[\w ]+\Z", text[:column])
    hint = "A name with spaces stands in brackets: inv['Customer Ranking']." if spaced and "got '" in message else ""
    message = re.sub(r" at \d+$", "", message[0].upper() + message[1:].rstrip("."))
    return ExpressionError("T001", f"{message}.", column=column, hint=hint)
