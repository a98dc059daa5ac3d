"""Expressions of the rule language: JMESPath and Jinja texts, read once, checked, and written as Python source."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rules_run.errors import ExpressionError

from .checks import check_calls, check_meaning, condition_fault
from .expression import Expression, Path, is_template
from .functions import FUNCTIONS, Function, Parameter
from .kinds import is_prose
from .nodes import Node
from .paths import paths_of
from .select import read_select

if TYPE_CHECKING:
    from .codes import CODES
    from .compiled import emit, evaluate, search
    from .writer import CodeWriter

__all__ = [
    "CODES",
    "FUNCTIONS",
    "CodeWriter",
    "Expression",
    "Function",
    "Parameter",
    "Path",
    "condition_problem",
    "emit",
    "evaluate",
    "is_prose",
    "is_template",
    "parse_select",
    "parse_template",
    "search",
]


def __getattr__(name: str) -> object:
    """Import what writes code when it is first asked for: to check a file nothing is written."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import codes, compiled

    return codes.CODES if name == "CODES" else getattr(compiled, name)


@lru_cache(maxsize=4096)
def parse_select(text: str) -> Expression:
    """Read and check a JMESPath text of a rule; raises ExpressionError with the column inside the text."""
    return _checked(text, "select", read_select(text))


@lru_cache(maxsize=4096)
def parse_template(text: str) -> Expression:
    """Read and check a Jinja text of a rule; raises ExpressionError with the column inside the text."""
    from .template import read_template  # Jinja takes longer to import than all else here

    return _checked(text, "template", read_template(text))


def condition_problem(expression: Expression) -> ExpressionError | None:
    """Return why an expression can never be a condition, if its text alone shows it."""
    return condition_fault(expression.tree)


def _checked(text: str, kind: Literal["select", "template"], tree: Node) -> Expression:
    check_calls(tree)
    check_meaning(tree)
    paths = paths_of(tree)
    roots = tuple(dict.fromkeys(path.names[0] for path in paths))
    return Expression(text=text, kind=kind, tree=tree, paths=paths, roots=roots)
