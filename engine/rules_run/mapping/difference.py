"""What would change: the desired fields of a document against the record that stands in the target."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

from rules_run.mapping.filtering import value_at
from rules_run.model.plan import Change
from rules_run.model.unknown import Unknown

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def same(left: object, right: object) -> bool:
    """Say whether two values are the same to a person: numbers by value, nothing and empty text alike."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if left in (None, "", []) and right in (None, "", []):
        return True
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return all(same(value_at(left, name), value) for name, value in right.items())
    return left == right


def changes(desired: Mapping[str, object], current: Mapping[str, object] | None) -> tuple[Change, ...]:
    """Return the fields in which the target differs from what is desired, lists line by line."""
    return tuple(
        change for name, value in desired.items() for change in _changed(name, value_at(current or {}, name), value)
    )


def digest(value: object) -> str:
    """Return a digest of a value that is equal for equal values, whatever their order of names."""
    return hashlib.sha256(_ENCODER.encode(_plain(value)).encode()).hexdigest()


def has_unknown(value: object) -> bool:
    """Say whether anything in the value is known only after apply."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(each) for each in value)
    return False


def _changed(name: str, old: object, new: object) -> Iterator[Change]:
    if same(old, new):
        return
    if isinstance(new, list) and new and isinstance(new[0], dict):
        before = old if isinstance(old, list) else []
        for index, line in enumerate(new):
            stands = before[index] if index < len(before) else None
            for field, value in line.items():
                yield from _changed(f"{name}[{index}].{field}", value_at(stands or {}, field), value)
        for index in range(len(new), len(before)):
            yield Change(field=f"{name}[{index}]", old=before[index], new=None)
        return
    yield Change(field=name, old=old, new=new)


def _plain(value: object) -> object:
    if type(value) is str:
        return value
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 - the first is ten times faster
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        number = Decimal(value).normalize()
        return {"number": format(number, "f")}
    if isinstance(value, Unknown):
        return {"unknown": value.label}
    return str(value)
