"""A stand-in for Autotask's REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules_run.model.catalogue import Catalogue
from rules_run.sandbox import FRAME_WORDS, SandboxApp, SandboxStore, read_clock, wrong_data

from .database import Database, Switches, User, UserField
from .given import as_stored
from .picklists import read_picklists
from .system import AutotaskSystem

_WORDS = FRAME_WORDS | {"users", "picklists", "records", "user_defined_fields", "switches"}


def create_sandbox(data: Mapping[str, Any], catalogue: Catalogue) -> SandboxApp:
    """Make a stand-in over the records of a data file; without `users` it lets everybody in."""
    _known(data, _WORDS, "word")
    _known(data.get("switches", {}), Switches.names(), "switch")
    store = SandboxStore(catalogue)
    db = Database(
        catalogue=catalogue,
        store=store,
        picklists=read_picklists(data.get("picklists", {}), catalogue),
        user_fields={
            name: tuple(map(_user_field, specs)) for name, specs in data.get("user_defined_fields", {}).items()
        },
        users=tuple(User(**user) for user in data.get("users", ())),
        switches=Switches(**data.get("switches", {})),
        now=read_clock(data),
    )
    store.load(
        {name: [as_stored(db, name, record) for record in rows] for name, rows in data.get("records", {}).items()}
    )
    return SandboxApp(AutotaskSystem(db), store, data)


def _known(data: Mapping[str, Any], words: frozenset[str] | set[str], kind: str) -> None:
    strange = sorted(set(data) - words)
    if strange:
        message = f"The data of the sandbox has the unknown {kind} {', '.join(strange)}."
        raise wrong_data(message, hint=f"Known are {', '.join(sorted(words))}.")


def _user_field(spec: Mapping[str, Any]) -> UserField:
    choices = tuple((str(value), str(label)) for value, label in spec.get("choices", {}).items())
    return UserField(**{**spec, "choices": choices})
