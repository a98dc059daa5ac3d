"""Compares a connector's catalogue with what the system of an account describes now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from rules_run.connect.budget import QuotaReached
from rules_run.connect.contract import Connector, Examinable
from rules_run.connect.live import Drift, drifts
from rules_run.connect.registry import corrections_of, open_connector
from rules_run.errors import ConnectorUnusable
from rules_run.model.rules import Tenant
from rules_run.runtime.quota import looking, near
from rules_run.runtime.workspace import Workspace

Corrections = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One resource: what differs, or why the system does not describe it to this log-in."""

    resource: str
    drifts: tuple[Drift, ...] = ()
    unreadable: str = ""


def refresh(
    workspace: Workspace, tenant: Tenant, alias: str, resources: Iterable[str], tell: Callable[[str], None]
) -> Iterator[Compared]:
    """Yield each resource compared, one after the other; without `resources` all that the catalogue has.

    `tell` hears in the end where much of the system's quota is used.
    """
    account = tenant.account(alias)
    if account is None:
        known = ", ".join(each.alias for each in tenant.connectors)
        raise ConnectorUnusable(f"Tenant {tenant.name} has no connector {alias!r}. There are: {known}.")
    corrected = corrections_of(account.type, workspace.root)
    with (
        looking(workspace, tenant) as budgets,
        closing(open_connector(account.type, alias, account.settings, workspace.root, budgets=budgets)) as connector,
    ):
        if not isinstance(connector, Examinable):
            raise ConnectorUnusable(f"{alias}: {account.type} does not describe itself; its catalogue stands alone.")
        connector.log_in()
        for name in list(resources) or _tables(connector):
            yield _compared(connector, name, corrected.get(name, {}))
        if (usage := connector.usage()) is not None:
            for said in near({alias: usage}):
                tell(said)


def _tables(connector: Connector) -> list[str]:
    found = ((name, connector.catalogue.resource(name)) for name in connector.catalogue.names())
    return [name for name, resource in found if resource is not None and not resource.virtual]


def _compared(connector: Connector, name: str, corrected: Corrections) -> Compared:
    resource = connector.catalogue.resource(name)
    if resource is None or not isinstance(connector, Examinable):
        raise ConnectorUnusable(f"{connector.alias} has no resource {name}.")
    try:
        live = connector.live_fields(name)
    except QuotaReached:
        raise
    except ConnectorUnusable as fault:
        return Compared(resource=name, unreadable=str(fault))
    if live is None:
        return Compared(resource=name, unreadable=f"{connector.alias} does not describe the fields of {name}.")
    return Compared(resource=name, drifts=tuple(drifts(resource, live, corrected)))
