"""Reads JMESPath: the library's parser over our own tokens, so that numbers stay exact and positions are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from jmespath import ast, exceptions, lexer, parser  # the stubs hide what a subclass needs

from rules_run.errors import ExpressionError

from .limits import LONGEST_SELECT, MOST_DIGITS, check_select, exact_decimal, too_large
from .nodes import Node
from .select_tree import tree_of

_library_lexer: Any = lexer
_library_parser: Any = parser
_library_ast: Any = ast
_NAME_LIKE = re.compile(r"[\w-]+(?: +[\w-]+)*")
_ARITHMETIC = {"+": "add", "-": "subtract", "/": "divide"}
_QUOTING = 'Names with accents, spaces or hyphens need double quotes: "{name}".'

Token = dict[str, Any]
Integers = Callable[[str], int | Decimal]


def read_select(text: str, integers: Integers = int) -> Node:
    """Read a JMESPath text into a tree, or say what is wrong with it and where."""
    if len(text) > LONGEST_SELECT:
        too_large("E004", f"The expression is longer than {LONGEST_SELECT} characters.")
    if not text.strip():
        raise ExpressionError("E001", "The expression is empty.")
    try:
        tree = tree_of(_Parser(integers).parse_text(text))
    except RecursionError:
        too_large("E004", "The expression is nested too deeply.")
    except exceptions.LexerError as error:
        raise _lexer_problem(text, error) from None
    except exceptions.ParseError as error:
        raise _parser_problem(text, error) from None
    check_select(tree)
    return tree


class _Lexer(_library_lexer.Lexer):  # type: ignore[misc]
    """The library's lexer with exact numbers in literals."""

    def __init__(self, integers: Integers) -> None:
        self._integers = integers

    def _consume_literal(self) -> Token:
        start = self._position
        written = self._consume_until("`").replace("\\`", "`")
        return {"type": "literal", "value": self._json(written, start), "start": start, "end": self._position}

    def _json(self, written: str, start: int) -> object:
        try:
            return json.loads(
                written, parse_float=self._decimal, parse_int=self._integer, parse_constant=self._no_number
            )
        except ValueError:
            hint = f"Write a text in single quotes: '{written.strip()}'." if written.strip() else ""
            raise ExpressionError("E001", f"`{written}` is not a JSON value.", column=start, hint=hint) from None

    def _decimal(self, digits: str) -> Decimal:
        return exact_decimal(digits, "E004", self._position)

    def _integer(self, digits: str) -> int | Decimal:
        return self._integers(self._short(digits))

    def _short(self, digits: str) -> str:
        if len(digits) > MOST_DIGITS + 2:
            too_large("E004", f"A number has more than {MOST_DIGITS} digits.", column=self._position)
        return digits

    def _consume_number(self) -> str:
        return self._short(super()._consume_number())

    def _no_number(self, name: str) -> object:
        raise ValueError(name)


class _Parser(_library_parser.Parser):  # type: ignore[misc]
    """The library's parser, keeping the column of every node, without its two leniencies about commas."""

    def __init__(self, integers: Integers) -> None:
        super().__init__()
        self._integers = integers

    def parse_text(self, text: str) -> Token:
        self._tokens = list(_Lexer(self._integers).tokenize(text))
        self._index = 0
        tree: Token = self._expression(binding_power=0)
        if self._current_token() != "eof":
            self._raise_parse_error_for_token(self._lookahead_token(0), "unexpected")
        return tree

    def _expression(self, binding_power: int = 0) -> Token:
        token = self._lookahead_token(0)
        self._advance()
        first: Any = getattr(self, f"_token_nud_{token['type']}", self._error_nud_token)
        left: Token = first(token)
        left.setdefault("column", token["start"])
        while binding_power < self.BINDING_POWER[self._current_token()]:
            token = self._lookahead_token(0)
            continued: Any = getattr(self, f"_token_led_{token['type']}", None)
            if continued is None:
                self._error_led_token(token)
            self._advance()
            column = left["column"] if token["type"] == "lparen" else token["start"]
            left = continued(left)
            left.setdefault("column", column)
        return left

    def _token_led_lparen(self, left: Token) -> Token:
        if left["type"] != "field":
            self._raise_parse_error_for_token(self._lookahead_token(-1), "unexpected")
        arguments: list[Token] = []
        while self._current_token() != "rparen":
            if arguments:
                self._match("comma")
            arguments.append(self._expression())
        self._match("rparen")
        call: Token = _library_ast.function_expression(left["value"], arguments)
        return call

    def _parse_multi_select_hash(self) -> Token:
        pairs: list[Token] = []
        while not pairs or self._current_token() != "rbrace":
            if pairs:
                self._match("comma")
            name = self._lookahead_token(0)
            self._match_multiple_tokens(["quoted_identifier", "unquoted_identifier"])
            self._match("colon")
            pairs.append(_library_ast.key_val_pair(key_name=name["value"], node=self._expression()))
        self._match("rbrace")
        record: Token = _library_ast.multi_select_dict(nodes=pairs)
        return record


def _lexer_problem(text: str, error: exceptions.LexerError) -> ExpressionError:
    column = error.lexer_position
    character = text[column : column + 1]
    if "Unclosed" in error.message:
        return ExpressionError("E001", f"The text that starts with {character} has no end.", column=column)
    if character == "=":
        return ExpressionError("E001", "A single = compares nothing.", column=column, hint="Write == to compare.")
    if character.isalnum() or (re.search(r"\w$", text[:column]) and re.match(r"-\w", text[column:])):
        return _unquoted(text, column)
    if character in _ARITHMETIC:
        hint = f"Write {_ARITHMETIC[character]}(a, b)."
        return ExpressionError("E001", "There are no arithmetic signs in an expression.", column=column, hint=hint)
    if character == '"':
        return ExpressionError("E001", "The name in double quotes is not written as in JSON.", column=column)
    return ExpressionError("E001", f"{character!r} does not belong in an expression.", column=column)


def _unquoted(text: str, column: int) -> ExpressionError:
    name = next(m for m in _NAME_LIKE.finditer(text) if m.start() <= column < m.end())
    message = f"The name {name.group()} needs quotes."
    return ExpressionError("E007", message, column=name.start(), hint=_QUOTING.format(name=name.group()))


def _parser_problem(text: str, error: exceptions.ParseError) -> ExpressionError:
    column = min(error.lex_position, len(text))
    if isinstance(error, exceptions.IncompleteExpressionError) or error.token_type == "EOF":  # noqa: S105
        return ExpressionError("E001", "The expression ends too early.", column=len(text))
    if re.search(r"\w +$", text[:column]) and re.match(r"\w+(?!\w*\s*:)", text[column:]):
        return _unquoted(text, column)
    return ExpressionError("E001", f"{error.token_value!r} does not fit here.", column=column)
