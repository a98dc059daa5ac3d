"""What `manifest.yaml` says about a system: everything the REST runtime needs that is not a matter of taste."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal

from rules_run.connect.asking import Call, Node, Paging, QueryStyle
from rules_run.connect.timing import Timing
from rules_run.model.exchange import Outcome, Safety, Verb
from rules_run.model.frozen import frozen

SettingType = Literal["text", "path", "integer", "boolean", "mapping"]


@frozen
class Setting:
    """One setting that a tenant gives; a secret one only by reference."""

    name: str
    description: str = ""
    type: SettingType = "text"
    required: bool = False
    secret: bool = False


@frozen
class Zone:
    """Where the system tells which of its hosts serves this account."""

    path: str
    query: Mapping[str, str]
    give: str


@frozen
class Server:
    """The system's address, the hosts it may name in its answers, and the part before every path."""

    url: str | None = None
    hosts: tuple[str, ...] = ()
    api: str = ""
    zone: Zone | None = None


@frozen
class Token:
    """Where a bearer token is had: `form` are the parameters that settings hold, `fixed` those that stay.

    The setting named `at`, if there is one, is the address in place of `call`'s path below the system's own.
    """

    call: Call
    form: Mapping[str, str]
    give: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    at: str = ""


@frozen
class Basic:
    """The settings whose values are shown as user name and password with every call."""

    user: str
    password: str


@frozen
class Quota:
    """How many requests all clients of an account have together in `minutes`, and the share that is ours to fill.

    `call` asks how many were used (at `used`) of how many (at `most`); the setting named `setting` replaces `share`.
    """

    requests: int
    minutes: int
    share: int = 80
    setting: str = ""
    call: Call | None = None
    used: str = ""
    most: str = ""


@frozen
class WriteStyle:
    """How writes are sent and where their answer names the object.

    `update_whole`: a field that is not sent would be blanked, so the rest of the record is sent along.
    """

    create: Call
    update: Call
    id: str
    headers: Mapping[Verb, Mapping[str, str]] = field(default_factory=dict)
    update_id_in_body: bool = False
    update_whole: bool = False
    record: str | None = None


@frozen
class UdfStyle:
    """How user-defined fields are written: a list of names and values, flagged in conditions."""

    flag: str
    most_conditions: int
    name: str
    value: str


@frozen
class PicklistStyle:
    """Where the live metadata names the choices of picklists."""

    call: Call
    fields: str
    name: str
    values: str
    value: str
    label: str
    active: str | None = None
    parent_field: str | None = None
    parent_value: str | None = None


@frozen
class Access:
    """Where the system says what this log-in may do with the records of a resource, by verb, and in which words."""

    call: Call
    give: Mapping[str, str]
    all: str
    none: str = ""


@frozen
class Metadata:
    """Where the system describes the fields of a resource: the keys of one field, and its words for our types."""

    call: Call
    fields: str
    name: str
    type: str
    types: Mapping[str, tuple[str, ...]]
    flags: Mapping[str, str] = field(default_factory=dict)


@frozen
class ErrorRule:
    """Which refusals are meant, and what they come to; the first rule that fits decides."""

    outcome: Outcome
    status: frozenset[int] | None = None
    says: re.Pattern[str] | None = None
    shaped: bool = False
    permanent: bool = True
    ask_first: bool = False
    pause: bool = False
    code: str = ""

    def fits(self, status: int, texts: list[str] | None) -> bool:
        """Say whether an answer of that status with those error texts (None: not the system's own shape) is meant."""
        if self.status is not None and status not in self.status:
            return False
        if self.shaped and texts is None:
            return False
        return self.says is None or any(self.says.search(text) for text in texts or ())


@frozen
class SafetyTable:
    """The safety class of each write, by resource where it differs."""

    create: Safety
    create_unmarked: Safety
    update: Safety
    resources: Mapping[str, SafetyTable] = field(default_factory=dict)

    def of(self, resource: str, verb: Verb, *, marked: bool) -> Safety:
        """Return the class of such a write."""
        table = self.resources.get(resource, self)
        if verb == "update":
            return table.update
        return table.create if marked else table.create_unmarked


@frozen
class Web:
    """How a system is called: where it is, what is shown at the door, how much it bears, and what its refusals mean."""

    server: Server
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    basic: Basic | None
    token: Token | None
    error_texts: str
    errors: tuple[ErrorRule, ...]
    in_flight: int
    quota: Quota | None


@frozen
class Rest(Web):
    """A system whose records the manifest describes as well."""

    query: QueryStyle
    paging: Paging
    write: WriteStyle | None
    udf: UdfStyle | None
    picklists: PicklistStyle | None
    access: Access | None
    metadata: Metadata | None
    safety: SafetyTable


@frozen
class Dependence:
    """What the catalogue says otherwise where a setting has a certain value: flags by resource and field."""

    setting: str
    value: object
    changes: Mapping[str, Mapping[str, Node]]


@frozen
class Manifest:
    """One connector: its settings, how its system is called (`web`), and its records (`rest`) unless code does."""

    name: str
    title: str
    folder: Path
    settings: Mapping[str, Setting]
    timing: Timing
    web: Web | None
    rest: Rest | None
    depends: tuple[Dependence, ...] = ()

    def changes(self, settings: Mapping[str, object]) -> Mapping[str, Mapping[str, Node]]:
        """Return what the settings of an account change in the catalogue."""
        changes: dict[str, dict[str, Node]] = {}
        for each in self.depends:
            if settings.get(each.setting) == each.value:
                for resource, fields in each.changes.items():
                    changes.setdefault(resource, {}).update(fields)
        return changes
