"""Intermedia's partner portal: its exports as files, or the same data over HTTP, as the settings say."""

from __future__ import annotations

from collections.abc import Callable

from rules_run.connect.account import Account
from rules_run.connect.calls import Calls
from rules_run.connect.contract import Connector
from rules_run.connect.local import ReadOnlyConnector
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Catalogue

from .portal import Portal
from .report import Report
from .web import Web

LOGIN = ("client_id", "client_secret")


class PortalOverHttp(ReadOnlyConnector):
    """The portal asked over HTTP; see contract.Connector."""

    def __init__(self, account: Account, catalogue: Catalogue, calls: Calls) -> None:
        super().__init__(account.alias, catalogue, Portal(Web(account, calls)))
        self._calls = calls

    def sees_all(self, resource: str) -> bool:
        """Nobody says that: a report that is not enabled comes as an empty one."""
        return False

    def calls(self) -> int:
        """Return how many requests were sent."""
        return self._calls.count

    def close(self) -> None:
        """Release the connections."""
        self._calls.close()


def create_connector(account: Account, catalogue: Catalogue, calls: Callable[[], Calls]) -> Connector:
    """Open the files of a tenant, or its log-in."""
    given = [name for name in LOGIN if account.text(name)]
    if account.text("report") and given:
        raise ConnectorUnusable(f"{account.alias}: either `report` names a file, or `client_id` is a log-in; not both.")
    if account.text("report"):
        return ReadOnlyConnector(account.alias, catalogue, Portal(Report(account)))
    if len(given) < len(LOGIN):
        raise ConnectorUnusable(
            f"{account.alias}: the connector intermedia needs the setting `report` (a file), "
            "or `client_id` and `client_secret` (the portal's Public API)."
        )
    return PortalOverHttp(account, catalogue, calls())
