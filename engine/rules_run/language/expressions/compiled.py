"""Turns one expression into a Python function, for tools and tests; a rule writes all of its own into one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import cast

from .checks import check_calls
from .emitter import Emitter
from .expression import Expression
from .select import Integers, read_select
from .writer import CodeWriter

Run = Callable[[object], object]


def emit(expression: Expression, writer: CodeWriter, names: Mapping[str, str]) -> str:
    """Write the statements of an expression and return the name or literal that holds its value.

    `names` maps each name in scope to the local variable of the generated function that holds it. Field reads are
    shared with what was written before in the same block, so such a variable may not be assigned a second time there.
    """
    return Emitter(writer, names, strict=True).value(expression.tree, None)


def evaluate(expression: Expression, scope: Mapping[str, object]) -> object:
    """Return what an expression gives over a scope, as in a rule."""
    for root in expression.roots:
        if root not in scope:
            Emitter(CodeWriter(), {name: name for name in scope}, strict=True).value(expression.tree, None)
    return _in_rules(expression)(scope)


def search(text: str, data: object, *, integers: Integers = int) -> object:
    """Return what a JMESPath text finds in data, by the letter of the standard; `@` is the data."""
    return _in_data(text, integers)(data)


@lru_cache(maxsize=512)
def _in_rules(expression: Expression) -> Run:
    writer = CodeWriter()
    with writer.block("def run(scope):"):
        names = {root: writer.assign(f"scope[{root!r}]") for root in expression.roots}
        writer.line(f"return {emit(expression, writer, names)}")
    return cast(Run, writer.run("<expression>")["run"])


@lru_cache(maxsize=512)
def _in_data(text: str, integers: Integers) -> Run:
    tree = read_select(text, integers)
    check_calls(tree)
    writer = CodeWriter()
    with writer.block("def run(data):"):
        writer.line(f"return {Emitter(writer, {}, strict=False).value(tree, 'data')}")
    return cast(Run, writer.run("<search>")["run"])
