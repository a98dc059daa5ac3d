"""Writes calls of functions: a direct call behind a quick test of the arguments' classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rules_run.errors import ValueFault

from . import operators
from .functions import FUNCTIONS, Function, Parameter
from .nodes import Call, Literal, Node, Reference
from .values import NUMBERS

if TYPE_CHECKING:
    from .emitter import Emitter


def write_call(emitter: Emitter, node: Call, current: str | None) -> str:
    """Write a call and return the name of its result; a call of constants becomes a constant."""
    function = FUNCTIONS[node.name]
    folded = _folded(emitter, function, node)
    if folded is not None:
        return folded
    given = [emitter.operand(argument, current) for argument in node.arguments]
    arguments = ", ".join(given)
    slow = f"{emitter.helper(operators.called)}({emitter.writer.constant(function, function.name)}, ({arguments},)"
    slow += f", {emitter.labels(*node.arguments)})"
    tests = [_quick_test(emitter, function.parameter(n), part, given[n]) for n, part in enumerate(node.arguments)]
    if None in tests:
        return emitter.writer.assign(slow)
    constants = [part.value for part in node.arguments[1:] if isinstance(part, Literal)]
    if function.prepared and len(constants) == len(node.arguments) - 1:
        implementation, arguments = function.prepared(*constants), given[0]
    else:
        implementation = _implementation(emitter, function)
    run = emitter.writer.constant(implementation, f"run_{function.name}")
    quick = " and ".join(test for test in tests if test)
    return emitter.writer.assign(f"{run}({arguments}) if {quick} else {slow}" if quick else f"{run}({arguments})")


def _implementation(emitter: Emitter, function: Function) -> Callable[..., Any]:
    return function.implementation if emitter.strict or function.official is None else function.official


def _quick_test(emitter: Emitter, parameter: Parameter, part: Node, value: str) -> str | None:
    """Return the test that an argument passes without a closer look: "" for always, None for never."""
    if isinstance(part, Literal):
        return "" if parameter.accepts(part.value) else None
    if parameter.types == ("anything",) or isinstance(part, Reference):
        return ""
    if parameter.types == ("any",):
        return f"{value}.__class__ is not {emitter.unknown}"
    if parameter.items():
        fitting = (f"{emitter.writer.constant(items)}.issuperset(map(type, {value}))" for items in parameter.items())
        return f"{value}.__class__ is list and ({' or '.join(fitting)})"
    classes = parameter.classes()
    if classes == NUMBERS:
        return f"{value}.__class__ in {emitter.numbers}"
    if len(classes) == 1:
        return f"{value}.__class__ is {next(iter(classes)).__name__}"
    return f"{value}.__class__ in {emitter.writer.constant(classes)}" if classes else None


def _folded(emitter: Emitter, function: Function, node: Call) -> str | None:
    values = [argument.value for argument in node.arguments if isinstance(argument, Literal)]
    if len(values) < len(node.arguments) or function.refused(values) is not None:
        return None
    try:
        return emitter.literal(_implementation(emitter, function)(*values))
    except ValueFault:
        return None
