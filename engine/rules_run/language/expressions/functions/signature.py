"""What a function of the language is: its name, parameters, result, meaning and examples."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from rules_run.model.frozen import frozen
from rules_run.model.unknown import Unknown

from ..values import NUMBERS, json_text, kind_of

_CLASSES: dict[str, frozenset[type]] = {
    "text": frozenset((str,)),
    "date": frozenset((str,)),
    "number": NUMBERS,
    "boolean": frozenset((bool,)),
    "list": frozenset((list,)),
    "record": frozenset((dict,)),
}
_NOTHING: frozenset[type] = frozenset()
_WORDS = {"date": "a date", "text": "a text", "number": "a number", "boolean": "true or false", "list": "a list"}
_WORDS |= {"record": "a record", "expression": "an expression such as &name", "list[number]": "a list of numbers"}
_WORDS |= {"list[text]": "a list of texts", "list[date]": "a list of dates"}


@frozen
class Parameter:
    """One parameter: the types it takes; `any` takes every value that is known, `anything` an unknown one too."""

    name: str
    types: tuple[str, ...]
    optional: bool = False
    repeated: bool = False

    def accepts(self, value: object) -> bool:
        """Tell whether a value has one of the types."""
        return any(_is(value, wanted) for wanted in self.types)

    def classes(self) -> frozenset[type]:
        """Return the classes of all values it takes, when the class alone decides; else nothing."""
        known = [_CLASSES.get(wanted, _NOTHING) for wanted in self.types]
        return _NOTHING.union(*known) if all(known) else _NOTHING

    def items(self) -> list[frozenset[type]]:
        """Return the classes of elements that each list it takes may have, when it takes only such lists."""
        return [_CLASSES[wanted[5:-1]] for wanted in self.types if wanted.startswith("list[")]

    def kinds(self) -> frozenset[str] | None:
        """Return the kinds of value it takes; None stands for all."""
        if self.types[0] in ("any", "anything"):
            return None
        return frozenset("text" if wanted == "date" else wanted.partition("[")[0] for wanted in self.types)

    def words(self) -> str:
        """Say what it takes, as part of a sentence."""
        return " or ".join(_WORDS.get(wanted, wanted) for wanted in self.types)


@frozen
class Function:
    """One function of the language, which is a Jinja filter of the same name too.

    `keeps` says that the result is the first list (`list`) or an element of it (`element`), so that paths can be
    followed through it. `official` stands in for `implementation` where data is searched by the letter of JMESPath.
    `prepared` takes constant arguments from the second on, and returns the function of the first one. `prose` says that
    the result is for people: nothing reads it back.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: tuple[str, ...]
    doc: str
    examples: tuple[tuple[tuple[object, ...], object], ...]
    implementation: Callable[..., Any]
    official: Callable[..., Any] | None = None
    prepared: Callable[..., Callable[[Any], Any]] | None = None
    keeps: Literal["", "list", "element"] = ""
    prose: bool = False

    def __str__(self) -> str:
        names = [f"{p.name}{'...' if p.repeated else '?' if p.optional else ''}" for p in self.parameters]
        return f"{self.name}({', '.join(names)})"

    def takes(self, count: int) -> bool:
        """Tell whether it can be called with that many arguments."""
        least = sum(not parameter.optional for parameter in self.parameters)
        return least <= count and (count <= len(self.parameters) or self.parameters[-1].repeated)

    def parameter(self, position: int) -> Parameter:
        """Return the parameter that takes the argument at a position."""
        return self.parameters[min(position, len(self.parameters) - 1)]

    def refused(self, arguments: Sequence[object]) -> int | None:
        """Return the position of the first argument of a wrong type."""
        for position, argument in enumerate(arguments):
            if not self.parameter(position).accepts(argument):
                return position
        return None

    def example_text(self, arguments: Sequence[object]) -> str:
        """Return a call with these arguments as JMESPath."""
        written = (_written(self.parameter(n), argument) for n, argument in enumerate(arguments))
        return f"{self.name}({', '.join(written)})"


def function(
    call: str,
    result: str,
    doc: str,
    implementation: Callable[..., Any],
    *examples: tuple[tuple[object, ...], object],
    official: Callable[..., Any] | None = None,
    prepared: Callable[..., Callable[[Any], Any]] | None = None,
    keeps: Literal["", "list", "element"] = "",
    prose: bool = False,
) -> Function:
    """Make a function from its call, such as `round(value: number, places?: number)`."""
    name, _, inner = call.removesuffix(")").partition("(")
    return Function(
        name=name,
        parameters=tuple(_parameter(part) for part in inner.split(", ")),
        result=tuple(result.split("|")),
        doc=doc,
        examples=examples,
        implementation=implementation,
        official=official,
        prepared=prepared,
        keeps=keeps,
        prose=prose,
    )


def _parameter(text: str) -> Parameter:
    name, _, types = text.partition(": ")
    bare = name.removesuffix("...").removesuffix("?")
    return Parameter(
        name=bare, types=tuple(types.split("|")), optional=name.endswith("?"), repeated=name.endswith("...")
    )


def _is(value: object, wanted: str) -> bool:
    if wanted in ("any", "anything"):
        return wanted == "anything" or not isinstance(value, Unknown)
    if wanted == "record":
        return isinstance(value, Mapping)
    if wanted.startswith("list["):
        return value.__class__ is list and _CLASSES[wanted[5:-1]].issuperset(map(type, value))
    return kind_of(value) == ("text" if wanted == "date" else wanted)


def _written(parameter: Parameter, argument: object) -> str:
    if parameter.types == ("expression",):
        return str(argument)
    if isinstance(argument, str):
        return "'" + argument.replace("'", "\\'") + "'"
    if isinstance(argument, (list, dict, Decimal)):
        return "`" + str(json_text(argument)).replace("`", "\\`") + "`"
    return f"`{json.dumps(argument)}`"
