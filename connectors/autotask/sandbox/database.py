"""One tenant's database: what every part of the stand-in works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime

from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.exchange import Record
from rules_run.sandbox.store import SandboxStore

from .picklists import Picklist, Picklists


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What no source states for certain: each may be turned the other way in the data file."""

    unknown_operators_ignored: bool = True
    quoted_numbers_match: bool = True
    text_ignores_case: bool = True
    blank_is_null: bool = True
    prorated: bool = True
    services_repeat: bool = True

    @classmethod
    def names(cls) -> frozenset[str]:
        """Return the names that a data file may use."""
        return frozenset(field.name for field in fields(cls))


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in; a user without an integration code takes any."""

    user: str
    secret: str
    integration_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserField:
    """A user-defined field; `choices` are the labels by value of a list."""

    name: str
    type: str = "text"
    label: str = ""
    default: str | None = None
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Records and everything that decides how they may be read and written."""

    catalogue: Catalogue
    store: SandboxStore
    picklists: Picklists
    user_fields: Mapping[str, tuple[UserField, ...]]
    users: tuple[User, ...]
    switches: Switches
    now: Callable[[], datetime]

    def resource(self, name: str) -> Resource:
        """Return a resource that is known to be there."""
        resource = self.catalogue.resource(name)
        if resource is None:
            raise KeyError(name)
        return resource

    def picklist(self, resource: str, field: str) -> Picklist | None:
        """Return the choices of a field, or None where it takes any value."""
        return self.picklists.get(resource, {}).get(field)

    def label(self, resource: str, field: str, record: Record) -> str:
        """Return what people read in a picklist field of a record."""
        picklist = self.picklist(resource, field)
        choice = picklist.choice(record.get(field)) if picklist else None
        return choice.label if choice else ""

    def today(self) -> date:
        """Return the current day."""
        return self.now().date()

    def stamp(self) -> str:
        """Return the current moment as a date-time field holds it."""
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
