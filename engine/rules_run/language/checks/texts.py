"""One expression or template at its place: its syntax, its names, the fields along its paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rules_run.model.problem import Origin
from rules_run.model.values import Const, Select, Template, Value

from ..expressions import Expression, Path, condition_problem
from ..expressions.nodes import And, Call, Current, Field, Index, Node, Or, Reference
from ..suggest import did_you_mean
from .checking import Checking
from .scope import LITERALS, PLAIN, Scope, Use
from .shapes import ANY, ListOf, Named, NoSuchStep, RecordOf, Scalar, Shape, step

_DECLARED = {
    "settings": ("R043", "There is no setting `{name}` in this file."),
    "table": ("R044", "There is no table `{name}` in this file."),
    "run": ("R042", "`run` has no {name}."),
}


def check_text(checking: Checking, text: Select | Template, scope: Scope, use: Use = PLAIN) -> Expression | None:
    """Check a text in its scope and return it as read."""
    expression = checking.expression(text)
    if expression is not None:
        guarded = _guarded(expression.tree) if use.known else frozenset()
        for path in expression.paths:
            within = replace(use, known="") if path.columns[-1] in guarded else use
            _check_path(checking, text, path, scope, within)
    return expression


def _guarded(tree: Node) -> frozenset[int]:
    """Return the columns at the right of && and ||: the left side decides whether they are asked at all."""
    columns: set[int] = set()
    nodes = [tree]
    for node in nodes:
        nodes.extend(node.children())
        if isinstance(node, And | Or):
            columns.update(_columns(node.right))
    return frozenset(columns)


def _columns(tree: Node) -> Iterator[int]:
    yield tree.column
    for child in tree.children():
        yield from _columns(child)


def check_condition(checking: Checking, text: Select | None, scope: Scope, use: Use = PLAIN) -> None:
    """Check a condition: a text that must give true or false, or name a look-up."""
    if text is None or (expression := check_text(checking, text, scope, use)) is None:
        return
    if fault := condition_problem(expression):
        checking.wrong(fault.code, fault.message, text.at(fault.column), fault.hint)
        return
    shape = shape_of_tree(expression.tree, scope)
    kind = shape.kind if isinstance(shape, Scalar) else "list" if isinstance(shape, ListOf) else "boolean"
    if kind != "boolean":
        message = f"A condition must be true or false, and {text.text} is {_with_article(kind)}."
        checking.wrong("E006", message, text.at(0), "Compare it with something: total > `0`, name != ''.")


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _check_path(checking: Checking, text: Select | Template, path: Path, scope: Scope, use: Use) -> None:
    root, place = path.names[0], text.at(path.columns[0])
    scope.used.add(root)
    _note_used(checking, path)
    if use.only is not None and root not in use.only and root in scope.names:
        message = f"`{use.only_word}` is made from {' and '.join(sorted(use.only))} alone, not from `{root}`."
        checking.wrong("R053", message, place, "It must be the same on every attempt, whatever else has changed.")
        return
    if root not in scope.names:
        _unknown_name(checking, root, place, scope, alone=text.text == root)
        return
    if _walk(checking, text, path, scope):
        _check_known(checking, path, place, scope, use)


def _note_used(checking: Checking, path: Path) -> None:
    kind = {"settings": "setting", "table": "table"}.get(path.names[0])
    if kind:
        checking.used.add((kind, path.names[1] if len(path.names) > 1 else "*"))


def _unknown_name(checking: Checking, root: str, place: Origin, scope: Scope, *, alone: bool) -> None:
    if root in LITERALS:
        checking.wrong("R040", f"`{root}` would be a name here.", place, f"Write the literal in backticks: `{root}`.")
    elif root in scope.absent:
        checking.wrong("R041", f"`{root}` is not in scope here.", place, scope.absent[root])
    elif not scope.unsure:
        hint = did_you_mean(root, scope.names, "In scope")
        if alone and not hint.startswith("Did"):
            hint = f"A literal text is written {{const: {root}}}. {hint}"
        checking.wrong("R040", f"There is no name `{root}` in scope here.", place, hint)


def _walk(checking: Checking, text: Select | Template, path: Path, scope: Scope) -> bool:
    shape, so_far = scope.names[path.names[0]], path.names[0]
    for name, column in zip(path.names[1:], path.columns[1:], strict=True):
        try:
            shape = step(shape, name, so_far)
        except NoSuchStep as fault:
            code, message = _DECLARED.get(so_far, ("R042", fault.message))
            checking.wrong(code, message.format(name=name), text.at(column), fault.hint)
            return False
        so_far += name if name == "[]" else f".{name}"
    return True


def _check_known(checking: Checking, path: Path, place: Origin, scope: Scope, use: Use) -> None:
    if use.known and not scope.written and (late := late_path(path, scope)):
        message = f"`{use.known}` cannot use {late}: it is known only when the document has been written."
        hint = "A plan knows the fields that the other rule sets; ids and fields that the system makes come later."
        checking.wrong("R051", message, place, hint)
    if use.stable and (moving := moving_path(path, scope)):
        message = f"`{use.stable}` cannot use {moving}: the document would change with every run."
        checking.wrong("R052", message, place, "Under `set_once` it is written at creation and then left alone.")


def late_path(path: Path, scope: Scope) -> str | None:
    """Return the path to a value that is known only after apply, if this one leads there."""
    if path.names[0] in scope.late:
        return scope.late[path.names[0]]
    shape = scope.names.get(path.names[0])
    if isinstance(shape, RecordOf) and shape.known is not None:
        name = next((name for name in path.names[1:] if name != "[]"), None)
        if name is not None and name not in shape.known:
            return str(path)
    return None


def moving_path(path: Path, scope: Scope) -> str | None:
    """Return the path to a value that changes with every run, if this one leads there."""
    return str(path) if path.names[0] == "run" else scope.moving.get(path.names[0])


def shape_of_tree(tree: Node, scope: Scope) -> Shape:
    """Return what is known of an expression's value: that of a plain path, and the rows of `levels`."""
    if isinstance(tree, Call) and tree.name == "levels":
        return ListOf(_level(tree, scope))
    names: list[str] = []
    while isinstance(tree, Field | Index):
        names.append(tree.name if isinstance(tree, Field) else "[]")
        tree = tree.of
    if not isinstance(tree, Current) or not names:
        return ANY
    shape = scope.names.get(names[-1], ANY)
    try:
        for name in reversed(names[:-1]):
            shape = step(shape, name, "")
    except NoSuchStep:
        return ANY
    return shape


def _level(call: Call, scope: Scope) -> Shape:
    rows = shape_of_tree(call.arguments[0], scope) if call.arguments else ANY
    row = rows.item if isinstance(rows, ListOf) and not isinstance(call.arguments[0], Reference) else ANY
    names: dict[str, Shape] = {
        "from": Scalar("date"),
        "units": Scalar("decimal"),
        "added": Scalar("decimal"),
        "base": Scalar("date"),
        "row": row,
    }
    return Named(what="A level", names=names)


def texts_of(value: Value | None) -> Iterator[Select | Template]:
    """Yield every expression and template inside a value."""
    if value is None:
        return
    if value.when is not None:
        yield value.when
    if isinstance(value.producer, Select | Template):
        yield value.producer
    elif not isinstance(value.producer, Const):
        for branch in value.producer.branches:
            if branch.when is not None:
                yield branch.when
            yield from texts_of(branch.value)
    yield from texts_of(value.default)
