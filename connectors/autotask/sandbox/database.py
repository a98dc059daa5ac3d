"""One tenant's database: what every part of the stand-in works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.exchange import Record
from rules_run.sandbox.store import SandboxStore

from .change import Change
from .picklists import Picklist, Picklists

NONE = "none"
Sight = str | Mapping[str, Sequence[object]]
Tell = Callable[[str, Change], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What no source states for certain: each may be turned the other way in the data file."""

    unknown_operators_ignored: bool = True
    quoted_numbers_match: bool = True
    text_ignores_case: bool = True
    blank_is_null: bool = True
    prorated: bool = True
    services_repeat: bool = True
    service_names_unique: bool = False
    tickets_need_a_queue: bool = False
    problems_are_problems: bool = False
    pdf_in_json: bool = True
    files_in_lists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in; a user without an integration code takes any.

    `resource` is the id of the API user among the Resources. `sees` restricts: by resource, `none` or the values that
    a field must have: `{Invoices: none, Tickets: {companyID: [1, 2]}}`.
    """

    user: str
    secret: str
    integration_code: str | None = None
    resource: int | None = None
    sees: Mapping[str, Sight] = field(default_factory=dict)

    def may_see(self, resource: str, record: Record) -> bool:
        """Say whether a record is there for this user: what is not is missing in silence."""
        sight = self.sees.get(resource, "all")
        if isinstance(sight, str):
            return sight != NONE
        return all(record.get(name) in values for name, values in sight.items())

    def access(self, resource: str) -> str:
        """Return how the metadata tells what the user sees."""
        sight = self.sees.get(resource)
        return "All" if sight is None else "None" if sight == NONE else "Restricted"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserField:
    """A user-defined field; `choices` are the labels by value of a list."""

    name: str
    type: str = "text"
    label: str = ""
    default: str | None = None
    choices: tuple[tuple[str, str], ...] = ()


MOST_USER_FIELDS: Mapping[str, int] = {
    "Companies": 200,
    "ConfigurationItems": 500,
    "Contacts": 100,
    "Contracts": 50,
    "Opportunities": 200,
    "Products": 200,
    "Projects": 200,
    "SalesOrders": 100,
    "Subscriptions": 100,
    "Tasks": 100,
    "Tickets": 300,
}
"""How many user-defined fields an entity can have, as far as that is told."""


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
    tell: Tell = lambda resource, change: None
    user: User | None = None
    """Who asks, while a request is answered."""
    impersonated: int | None = None
    """The resource in whose name a user writes."""

    @property
    def person(self) -> int | None:
        """Return the resource that writes, as records name it."""
        return self.impersonated or (self.user.resource if self.user else None)

    def seen(self, resource: str) -> list[Record]:
        """Return the records that are there for whoever asks."""
        rows = self.store.rows(resource)
        return rows if self.user is None else [row for row in rows if self.user.may_see(resource, row)]

    def one(self, resource: str, record_id: object) -> Record | None:
        """Return one record if it is there for whoever asks."""
        record = self.store.get(resource, record_id)
        return record if record is None or self.user is None or self.user.may_see(resource, record) else None

    def happened(self, resource: str, before: Record | None, after: Record | None) -> None:
        """Tell of a change that whoever asks made."""
        self.tell(resource, Change(before=before, after=after, person=self.person))

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
        return stamp(self.now())


def stamp(moment: datetime) -> str:
    """Return a moment as a date-time field holds it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
