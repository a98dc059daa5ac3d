"""Writes projections: a comprehension where one will do, else a loop."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from . import operators
from .nodes import Current, Field, Node, Project

if TYPE_CHECKING:
    from .emitter import Emitter

MOST_NESTED_LOOPS = 8  # Python allows 20 nested blocks in a function; the caller may use some


def write_project(emitter: Emitter, node: Project, current: str | None) -> str:
    """Write a projection and return the name of the list it makes."""
    base, writer = emitter.local(node.of, current), emitter.writer
    result = writer.fresh()
    short = _comprehension(emitter, node, base)
    absent = f"{emitter.helper(operators.absent)}({base})"
    writer.line(f"{result} = {short or '[]'} if {base}.__class__ is list else {absent}")
    if short:
        return result
    with ExitStack() as function:
        outer = emitter.loops
        if outer == MOST_NESTED_LOOPS:
            name, emitter.loops = writer.fresh("f"), 0
            function.callback(lambda: writer.line(f"{result} = {name}({result})"))
            function.enter_context(writer.block(f"def {name}({result}):"))
            function.callback(writer.line, f"return {result}")
        emitter.loops += 1
        _loop(emitter, node, base, result)
        emitter.loops = outer
    return result


def _comprehension(emitter: Emitter, node: Project, base: str) -> str | None:
    """Return the projection as a comprehension, when what it collects is a field or the element."""
    if node.only is not None:
        return None
    if isinstance(node.each, Current):
        item = emitter.writer.fresh()
        return f"[{item} for {item} in {base} if {item} is not None]"
    if not (isinstance(node.each, Field) and isinstance(node.each.of, Current)):
        return None
    item, value, name = emitter.writer.fresh(), emitter.writer.fresh(), repr(node.each.name)
    found = f"{item}.get({name}) if {item}.__class__ is dict else {emitter.helper(operators.field)}({item}, {name})"
    return f"[{value} for {item} in {base} if ({value} := {found}) is not None]"


def _loop(emitter: Emitter, node: Project, base: str, result: str) -> None:
    writer, item = emitter.writer, emitter.writer.fresh()
    with writer.block(f"for {item} in {base} if {result}.__class__ is list else ():"):
        if node.only is None:
            _collect(emitter, node.each, item, result)
            return
        test = emitter.value(node.only, item)
        with writer.block(f"if {emitter.is_true(node.only, test)}:"):
            _collect(emitter, node.each, item, result)
        with writer.block(f"elif {test}.__class__ is {emitter.unknown}:"):
            writer.line(f"{result} = {test}")
            writer.line("break")


def _collect(emitter: Emitter, each: Node, item: str, result: str) -> None:
    value = emitter.local(each, item)
    with emitter.writer.block(f"if {value} is not None:"):
        emitter.writer.line(f"{result}.append({value})")
