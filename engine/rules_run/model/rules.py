"""What people wrote: integrations, rules and tenants, parsed once and never seen as YAML again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from rules_run.model.frozen import frozen
from rules_run.model.problem import NOWHERE, Origin
from rules_run.model.values import Check, Choose, Const, Fields, Lookup, Named, Select, Test, Value

State = Literal["off", "plan_only", "live"]


@frozen
class Setting:
    """A typed setting of an integration; a setting without `default` must be given by every tenant."""

    name: str
    type: Literal["text", "integer", "decimal", "boolean", "date", "list"]
    description: str = ""
    default: object = None
    required: bool = False
    enum: tuple[object, ...] = ()
    minimum: object = None
    pattern: str | None = None
    origin: Origin = NOWHERE


@frozen
class TableSpec:
    """A mapping table: where it stands and what its columns mean."""

    name: str
    file: str
    key: str
    columns: tuple[str, ...] = ()
    only: Mapping[str, str] = field(default_factory=dict)
    one_to_one: bool = False
    origin: Origin = NOWHERE
    at: Origin = NOWHERE
    """The place of the file's name."""


@frozen
class Source:
    """A read of `alias.Resource`, under a name for each record."""

    resource: str
    where: tuple[Test, ...] = ()
    cursor: str | None = None
    cursor_at: Origin = NOWHERE
    origin: Origin = NOWHERE
    at: Origin = NOWHERE
    """The place of the resource's name."""


@frozen
class From:
    """What a rule reads: a named source or its own, with conditions of both."""

    source: Source
    name: str
    origin: Origin = NOWHERE


@frozen
class GroupBy:
    """How rows become one document: named keys, an order, the name of the group."""

    keys: tuple[Named, ...]
    name: str
    sort: tuple[Value, ...] = ()
    origin: Origin = NOWHERE


@frozen
class Precondition:
    """What must be true before an integration writes anything."""

    name: str
    that: Select
    message: Value
    with_: tuple[Lookup, ...] = ()
    active: Select | None = None
    origin: Origin = NOWHERE


@frozen
class Alternative:
    """One way to find the existing document: all fields equal."""

    fields: Fields
    origin: Origin = NOWHERE


@frozen
class Target:
    """What is written: the resource (or a choice of resources), and how the document is found and filled."""

    resource: str | Choose
    mode: Literal["upsert", "create", "update"] = "upsert"
    match: tuple[Alternative, ...] = ()
    marker: Fields = ()
    narrow_by: tuple[Const, ...] = ()
    """Fields under `set` whose values narrow the search for a marker that cannot be filtered."""
    set: Fields = ()
    set_once: Fields = ()
    on_change: Literal["attention", "ignore"] = "attention"
    origin: Origin = NOWHERE
    at: Origin = NOWHERE
    """The place of the resource's name."""

    def gives(self, field: str) -> bool:
        """Say whether the rule itself says what stands in a field."""
        matched = (line for alternative in self.match for line in alternative.fields)
        return any(line.path == field for line in (*self.set, *self.set_once, *matched))


@frozen
class Further:
    """A named write that follows a document's success or failure."""

    name: str
    to: Target
    when: Select | None = None
    with_: tuple[Lookup, ...] = ()
    let: tuple[Named, ...] = ()
    origin: Origin = NOWHERE


@frozen
class Rule:
    """One rule: which source records become which target documents."""

    name: str
    to: Target
    description: str = ""
    key: tuple[Value, ...] = ()
    claim: Value | None = None
    active: Select | None = None
    from_: From | None = None
    on_demand: bool = False
    group_by: GroupBy | None = None
    with_: tuple[Lookup, ...] = ()
    let: tuple[Named, ...] = ()
    when: Select | None = None
    check: tuple[Check, ...] = ()
    on_success: tuple[Further, ...] = ()
    on_failure: tuple[Further, ...] = ()
    link: str | None = None
    again: Select | None = None
    successor: Select | None = None
    origin: Origin = NOWHERE

    @property
    def link_name(self) -> str:
        """Return the name of the cross-reference in which the rule's documents are kept."""
        return self.link or self.name


@frozen
class Limits:
    """How much one run may do; None asks for nothing (creates: see the ledger's default)."""

    creates: int | None = None
    updates: int | None = None
    percent: int | None = None
    failures: int | None = None
    money: object = None


@frozen
class Integration:
    """One rule file."""

    name: str
    version: str
    description: str
    connectors: Mapping[str, str]
    settings: tuple[Setting, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    preconditions: tuple[Precondition, ...] = ()
    limits: Limits = Limits()
    rules: tuple[Rule, ...] = ()
    file: str = ""
    digest: str = ""

    def rule(self, name: str) -> Rule | None:
        """Return the rule of that name."""
        return next((rule for rule in self.rules if rule.name == name), None)


@frozen
class Table:
    """A mapping table as read: rows by key in file order, those that `only` leaves out apart."""

    spec: TableSpec
    rows: Mapping[str, Mapping[str, str]]
    left_out: frozenset[str] = frozenset()
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each row, by key, of those that are left out too."""


@frozen
class Account:
    """One connector of a tenant: its type and its settings, secrets still as references."""

    alias: str
    type: str
    settings: Mapping[str, object]
    origin: Origin = NOWHERE


@frozen
class Assignment:
    """What a tenant says about one integration."""

    integration: str
    state: State = "live"
    settings: Mapping[str, object] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    limits: Limits | None = None
    origin: Origin = NOWHERE


@frozen
class Tenant:
    """One tenant file."""

    name: str
    time_zone: str
    connectors: tuple[Account, ...]
    integrations: tuple[Assignment, ...]
    currency_places: int = 2
    ledger: str | Mapping[str, str] | None = None
    """Address of a database, or where that address is kept; None: a file of the workspace."""
    schedule: str | None = None
    file: str = ""

    def account(self, alias: str) -> Account | None:
        """Return the connector of that alias."""
        return next((account for account in self.connectors if account.alias == alias), None)

    def assignment(self, integration: str) -> Assignment | None:
        """Return what the tenant says about that integration."""
        return next((each for each in self.integrations if each.integration == integration), None)
