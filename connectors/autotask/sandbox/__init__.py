"""A stand-in for Autotask's REST API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from rules_run.model.catalogue import Catalogue
from rules_run.sandbox import FRAME_WORDS, SandboxApp, SandboxStore, read_clock, read_stopwatch, wrong_data

from .callouts import CalloutRules, Callouts
from .database import MOST_USER_FIELDS, Database, Switches, User, UserField, stamp
from .entities import with_entities
from .given import as_stored
from .limits import NO_LIMITS, Limits, Meter
from .picklists import read_picklists
from .system import AutotaskSystem
from .webhooks import KINDS, field_picklists, user_field_picklists, with_webhooks

_WORDS = FRAME_WORDS | {"users", "picklists", "records", "user_defined_fields", "switches", "limits", "callouts"}


def create_sandbox(data: Mapping[str, Any], catalogue: Catalogue) -> SandboxApp:
    """Make a stand-in over the records of a data file; without `users` it lets everybody in."""
    _known(data, _WORDS, "word")
    store = SandboxStore(with_webhooks(with_entities(catalogue)))
    db = _database(data, store)
    store.load(
        {name: [as_stored(db, name, record) for record in rows] for name, rows in data.get("records", {}).items()}
    )
    return SandboxApp(AutotaskSystem(db, Meter(_limits(data), read_stopwatch(data))), store, data)


def _database(data: Mapping[str, Any], store: SandboxStore) -> Database:
    user_fields = {name: _user_fields(name, specs) for name, specs in data.get("user_defined_fields", {}).items()}
    hooked = {name: [field.name for field in specs] for name, specs in user_fields.items() if name in KINDS}
    picklists = {
        **read_picklists(data.get("picklists", {}), store.catalogue),
        **field_picklists(store.catalogue),
        **user_field_picklists(hooked),
    }
    now = read_clock(data)
    rules = _read(CalloutRules, data.get("callouts", {}), "word of callouts")
    return Database(
        catalogue=store.catalogue,
        store=store,
        picklists=picklists,
        user_fields=user_fields,
        users=tuple(_read(User, user, "word of a user") for user in data.get("users", ())),
        switches=_read(Switches, data.get("switches", {}), "switch"),
        now=now,
        tell=Callouts(store, picklists, lambda: stamp(now()), rules).hear,
    )


def _limits(data: Mapping[str, Any]) -> Limits:
    return NO_LIMITS if data.get("limits") is False else _read(Limits, data.get("limits", {}), "limit")


def _read(kind: Any, node: Mapping[str, Any], word: str) -> Any:
    _known(node, {field.name for field in fields(kind)}, word)
    return kind(**node)


def _known(data: Mapping[str, Any], words: frozenset[str] | set[str], kind: str) -> None:
    strange = sorted(set(data) - words)
    if strange:
        message = f"The data of the sandbox has the unknown {kind} {', '.join(strange)}."
        raise wrong_data(message, hint=f"Known are {', '.join(sorted(words))}.")


def _user_fields(resource: str, specs: Sequence[Mapping[str, Any]]) -> tuple[UserField, ...]:
    most = MOST_USER_FIELDS.get(resource)
    if most is not None and len(specs) > most:
        raise wrong_data(
            f"{resource} has at most {most} user-defined fields, and the data of the sandbox {len(specs)}."
        )
    return tuple(map(_user_field, specs))


def _user_field(spec: Mapping[str, Any]) -> UserField:
    choices = tuple((str(value), str(label)) for value, label in spec.get("choices", {}).items())
    return UserField(**{**spec, "choices": choices})
