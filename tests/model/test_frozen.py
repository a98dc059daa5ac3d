"""Classes of `frozen` are dataclasses in all that is seen of them, the first object like the hundredth."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace

import pytest

from rules_run.model.frozen import frozen

MANY = range(120)


@frozen
class Thing:
    """A thing."""

    name: str
    size: int = 1
    parts: Mapping[str, int] = field(default_factory=dict)
    note: str = field(default="", compare=False, repr=False)


@frozen(kw_only=False, order=True)
class Place:
    """A place."""

    line: int
    column: int = 0


@frozen
class Heavy(Thing):
    """A thing that weighs something."""

    weight: int
    _seen: list[int] = field(default_factory=list, init=False, repr=False, compare=False)


@frozen(eq=False)
class Alone:
    """Equal to itself alone."""

    name: str


def test_every_object_has_its_values_and_defaults():
    for number in MANY:
        thing = Thing(name=str(number))
        assert (thing.name, thing.size, thing.parts, thing.note) == (str(number), 1, {}, "")
        assert (Place(1), Place(1, column=2)) == (Place(line=1), Place(1, 2))
        assert Heavy(name="a", weight=2).weight == 2


def test_nothing_is_shared_between_objects_that_a_factory_makes():
    assert len({id(each._seen) for each in [Heavy(name="a", weight=1) for _ in MANY]}) == len(MANY)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Thing(),
        lambda: Thing("a"),
        lambda: Thing(name="a", colour="red"),
        lambda: Place(),
        lambda: Place(1, 2, 3),
        lambda: Heavy(name="a"),
        lambda: Heavy(name="a", weight=1, _seen=[]),
    ],
)
def test_a_wrong_call_is_refused_however_many_objects_there_were(wrong):
    for _ in MANY:
        with pytest.raises(TypeError):
            wrong()


def test_nothing_can_be_changed_or_added():
    thing = Thing(name="a")
    for name in ("name", "colour"):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, "b")
    with pytest.raises(FrozenInstanceError):
        del thing.name
    assert not hasattr(thing, "__dict__")


def test_equality_order_and_hash_go_by_the_fields_that_compare():
    assert Thing(name="a", note="x") == Thing(name="a", note="y") != Thing(name="b")
    assert Thing(name="a") != Heavy(name="a", weight=1)
    assert sorted([Place(2), Place(1, 5), Place(1, 2)]) == [Place(1, 2), Place(1, 5), Place(2)]
    assert Place(1) < Place(2) <= Place(2)
    assert len({Place(1), Place(1, 0), Place(2)}) == 2
    assert Alone(name="a") != Alone(name="a")
    with pytest.raises(TypeError):
        assert Thing(name="a") < Thing(name="b")


def test_what_works_on_dataclasses_works_on_these():
    heavy = Heavy(name="a", weight=1, parts={"x": 1})
    assert is_dataclass(heavy)
    assert [each.name for each in fields(heavy)] == ["name", "size", "parts", "note", "weight", "_seen"]
    assert replace(heavy, weight=2) == Heavy(name="a", weight=2, parts={"x": 1})
    assert copy.deepcopy(heavy) == pickle.loads(pickle.dumps(heavy)) == heavy
    assert repr(Place(1)) == "Place(line=1, column=0)"
    assert repr(Thing(name="a", note="hidden")) == "Thing(name='a', size=1, parts={})"
    match Place(3, 4):
        case Place(line, column):
            assert (line, column) == (3, 4)
