"""What is wrong with an expression before any data is there."""

from __future__ import annotations

from rules_run.errors import ExpressionError, ValueFault
from rules_run.language.suggest import did_you_mean

from .functions import FUNCTIONS, Function
from .kinds import is_prose, kinds_of
from .nodes import Call, Compare, Field, Literal, Node, Not, Reference


def check_calls(tree: Node) -> None:
    """Refuse unknown functions and wrong counts of arguments."""
    for call in _calls(tree):
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise ExpressionError(
                "E002",
                f"There is no function {call.name}.",
                column=call.column,
                hint=_function_hint(call.name),
            )
        if not function.takes(len(call.arguments)):
            raise ExpressionError(
                "E003", f"{call.name} is called as {function}, not with {_counted(call)}.", column=call.column
            )


def check_meaning(tree: Node) -> None:
    """Refuse what can never be right in a rule: arguments of a wrong kind, texts ordered by <."""
    for call in _calls(tree):
        _check_arguments(call, FUNCTIONS[call.name])
    for node in _all(tree):
        if isinstance(node, Compare) and node.operator not in ("==", "!="):
            _check_order(node)
        if isinstance(node, Field) and kinds_of(node.of) <= {"boolean", "null"}:
            _refuse_field_of_truth(node)


def _all(tree: Node) -> list[Node]:
    nodes = [tree]
    for node in nodes:
        nodes.extend(node.children())
    return nodes


def _calls(tree: Node) -> list[Call]:
    return [node for node in _all(tree) if isinstance(node, Call)]


def _counted(call: Call) -> str:
    count = len(call.arguments)
    return f"{count} argument{'' if count == 1 else 's'}"


def _function_hint(name: str) -> str:
    if name in ("default", "d"):
        return "Write not_null: {{ value | not_null('-') }}."
    return did_you_mean(name, FUNCTIONS, "Functions")


def _check_arguments(call: Call, function: Function) -> None:
    for position, argument in enumerate(call.arguments):
        parameter = function.parameter(position)
        wanted, given = parameter.kinds(), kinds_of(argument)
        refused = isinstance(argument, Reference) if wanted is None else not given & wanted
        if refused:
            raise ExpressionError(
                "E008",
                f"{function}: {parameter.name} is {_kinds_in_words(given)}, but has to be {parameter.words()}.",
                column=argument.column,
            )
        if parameter.types == ("date",) and is_prose(argument):
            message = f"{function}: {parameter.name} is a text for people, but has to be a date."
            raise ExpressionError("E008", message, column=argument.column, hint="Take the date itself.")
    if all(isinstance(argument, Literal) for argument in call.arguments):
        _try_out(call, function)


def _try_out(call: Call, function: Function) -> None:
    arguments = [argument.value for argument in call.arguments if isinstance(argument, Literal)]
    position = function.refused(arguments)
    if position is not None:
        wanted = function.parameter(position)
        message = f"{function}: {wanted.name} has to be {wanted.words()}."
        raise ExpressionError("E008", message, column=call.arguments[position].column)
    try:
        function.implementation(*arguments)
    except ValueFault as fault:
        raise ExpressionError(fault.code, fault.message, column=call.column, hint=fault.hint) from None


def _check_order(node: Compare) -> None:
    for side in (node.left, node.right):
        kinds = kinds_of(side)
        if kinds <= {"text", "null"} and "text" in kinds:
            raise ExpressionError(
                "E005",
                f"{node.operator} compares numbers, and one side is a text.",
                column=node.column,
                hint="Compare dates with before(a, b) or after(a, b); read a number from a text with to_number(a).",
            )


def _refuse_field_of_truth(node: Field) -> None:
    hint = "! is done before the dot: write !(a.b) for the opposite of a.b." if isinstance(node.of, Not) else ""
    raise ExpressionError("E008", f"True or false has no field {node.name}.", column=node.column, hint=hint)


def _kinds_in_words(kinds: frozenset[str]) -> str:
    words = " or ".join(sorted(kinds - {"null"})) or "empty"
    return words if words == "empty" else f"a {words}"


def condition_fault(tree: Node, column: int = 0) -> ExpressionError | None:
    """Return why a tree can never be a condition: it gives no true or false, whatever the data."""
    kinds = kinds_of(tree)
    if "boolean" in kinds:
        return None
    message = f"A condition must be true or false, and this is {_kinds_in_words(kinds)}."
    return ExpressionError("E006", message, column=column, hint="Compare it with something: total > `0`, name != ''.")
