"""Frozen, slotted dataclasses that cost little to define.

`dataclass(frozen=True)` compiles six methods for each class while it is imported, needed or not: for the hundred
classes of a rule file that takes longer than to read the file. Here one method, `__init__`, is compiled, and only once
several objects were made; the others are shared and go by the names of the fields.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")
_FEW = 50
"""How many objects are made without a compiled `__init__`: fewer would not pay for it."""
_ORDERINGS = (operator.lt, operator.le, operator.gt, operator.ge)


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool = True, eq: bool = True, order: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field, Field))
def frozen(cls: type[Any] | None = None, /, *, kw_only: bool = True, eq: bool = True, order: bool = False) -> Any:
    """Make a class a dataclass that is frozen and slotted, and keyword-only unless told otherwise."""

    def define(cls: type[Any]) -> type[Any]:
        made = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
        _freeze(made)
        if eq:
            _compare(made, order=order)
        return made

    return define if cls is None else define(cls)


def _freeze(made: Any) -> None:
    made.__init__ = _first_init(made)
    made.__setattr__, made.__delattr__ = _refuse_set, _refuse_delete
    made.__getstate__, made.__setstate__ = _get_state, _set_state
    if "__repr__" not in made.__dict__:
        made.__repr__ = _repr


def _compare(made: Any, *, order: bool) -> None:
    names = [each.name for each in fields(made) if each.compare]
    hashed = [each.name for each in fields(made) if (each.compare if each.hash is None else each.hash)]
    key, hash_key = _key(names), _key(hashed)

    def hash_of(self: object) -> int:
        return hash(hash_key(self))

    made.__hash__ = hash_of
    for compare in (operator.eq, *(_ORDERINGS if order else ())):
        setattr(made, f"__{compare.__name__}__", _comparison(compare, key))


def _key(names: list[str]) -> Callable[[object], Any]:
    return operator.attrgetter(*names) if names else lambda _: ()


def _comparison(compare: Callable[[Any, Any], bool], key: Callable[[object], Any]) -> Callable[[object, object], Any]:
    def compared(self: object, other: object) -> Any:
        return compare(key(self), key(other)) if other.__class__ is self.__class__ else NotImplemented

    return compared


def _first_init(made: Any) -> Callable[..., None]:
    """Return the `__init__` of the first objects, which leaves what is out of the ordinary to the compiled one."""
    left = _FEW
    values: dict[str, object] = {}
    makers: dict[str, Callable[[], object]] = {}
    setters: dict[str, Callable[[object, object], None]] = {}

    def init(self: object, /, *given: object, **named: object) -> None:
        nonlocal left
        left -= 1
        if not setters:
            for each in fields(made):
                setters[each.name] = getattr(made, each.name).__set__
                values.update({each.name: each.default} if each.default is not MISSING else {})
                makers.update({each.name: each.default_factory} if each.default_factory is not MISSING else {})
                left = left if each.init else -1
        whole = values | {name: make() for name, make in makers.items()} | named
        if given or left < 0 or whole.keys() != setters.keys():
            made.__init__ = compiled = _init_of(made)
            compiled(self, *given, **named)
            return
        for name, value in whole.items():
            setters[name](self, value)

    return init


def _init_of(cls: type[Any]) -> Any:
    """Compile the `__init__` of a class: every field is set through its slot, past `__setattr__`."""
    given: dict[str, object] = {"MISSING": MISSING}
    positional: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for each in fields(cls):
        given[f"set_{each.name}"] = getattr(cls, each.name).__set__
        if each.init:
            (named if each.kw_only else positional).append(_parameter(each, given))
        if (value := _value(each, given)) is not None:
            lines.append(f"    set_{each.name}(self, {value})\n")
    parameters = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    exec(f"def __init__({parameters}):\n{''.join(lines) or '    pass'}", given)  # noqa: S102 - made of names of fields
    written: Any = given["__init__"]
    written.__qualname__ = f"{cls.__qualname__}.__init__"
    return written


def _parameter(each: Field[Any], given: dict[str, object]) -> str:
    if each.default_factory is not MISSING:
        return f"{each.name}=MISSING"
    if each.default is not MISSING:
        given[f"default_{each.name}"] = each.default
        return f"{each.name}=default_{each.name}"
    return each.name


def _value(each: Field[Any], given: dict[str, object]) -> str | None:
    if each.default_factory is MISSING:
        if each.init:
            return each.name
        given[f"default_{each.name}"] = each.default
        return None if each.default is MISSING else f"default_{each.name}"
    given[f"make_{each.name}"] = each.default_factory
    fresh = f"make_{each.name}()"
    return f"{fresh} if {each.name} is MISSING else {each.name}" if each.init else fresh


def _repr(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({shown})"


def _refuse_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[object]:
    return [getattr(self, each.name) for each in fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
