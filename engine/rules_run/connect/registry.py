"""Finds connectors and opens them: the workspace's own first, then installed packages, then those that ship."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rules_run.bundled import bundled
from rules_run.connect.catalogue import corrections, load_catalogue
from rules_run.connect.installed import installed
from rules_run.connect.loading import load_module
from rules_run.connect.manifest_file import FILE, load_manifest
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Catalogue
from rules_run.model.frozen import frozen

if TYPE_CHECKING:
    from rules_run.connect.account import Account
    from rules_run.connect.budget import RateBudget
    from rules_run.connect.calls import Calls
    from rules_run.connect.contract import Connector
    from rules_run.connect.manifest import Manifest, Web
    from rules_run.connect.transport import Transport

Wait = Callable[[float], None]
BUNDLED = "bundled"
WORKSPACE = "workspace"


@frozen
class Found:
    """A connector and where it comes from: `workspace`, `bundled`, or the package that brings it."""

    type: str
    folder: Path
    origin: str


Budgets = Callable[[str, int], "RateBudget"]
"""Gives what counts the requests of an account (by a name of its own) in the last so many minutes."""


class ConnectorMaker(Protocol):
    """`create_connector` in the hooks.py of a connector of kind `code`.

    Where its manifest has a `server`, it is given a third thing: what opens the calls to that, when it needs them.
    """

    def __call__(self, account: Account, catalogue: Catalogue, /, *calls: Callable[[], Calls]) -> Connector:
        """Open the account."""


def list_connectors(workspace: Path | None) -> list[Found]:
    """Return every connector by type; one that stands earlier hides others of its name."""
    found: dict[str, Found] = {}
    for connector in _all(workspace):
        found.setdefault(connector.type, connector)
    return sorted(found.values(), key=lambda each: each.type)


def find_connector(type: str, workspace: Path | None) -> Found:  # noqa: A002 - the word of tenant files
    """Return the connector of a type; raise ConnectorUnusable where there is none."""
    for connector in _all(workspace):
        if connector.type == type:
            return connector
    import difflib

    known = [each.type for each in list_connectors(workspace)]
    near = difflib.get_close_matches(type, known, n=1)
    hint = f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(known)}."
    raise ConnectorUnusable(f"There is no connector `{type}`. {hint}")


def open_connector(
    type: str,  # noqa: A002 - the word of tenant files
    alias: str,
    settings: Mapping[str, object],
    workspace: Path | None,
    transport: Transport | None = None,
    budgets: Budgets | None = None,
    wait: Wait = time.sleep,
) -> Connector:
    """Open a tenant's account; `transport` replaces the network (a sandbox in this process).

    `budgets` keep the count of a system's quota; without them nobody counts. `wait` lets the seconds between two tries
    of a read pass.
    """
    from rules_run.connect.account import open_account

    found = find_connector(type, workspace)
    manifest = load_manifest(found.folder, check=found.origin != BUNDLED)
    account = open_account(manifest, alias, settings, folder=workspace or Path.cwd(), environ=os.environ)
    catalogue = load_catalogue(found.folder, manifest.changes(account.values))
    hooks = _hooks(found, alias, settings)
    if manifest.rest is not None:
        from rules_run.connect.rest import RestConnector

        calls = _calls(account, manifest.rest, transport, budgets, wait)
        return RestConnector(account, catalogue, calls, getattr(hooks, "virtual_resources", None))
    maker: ConnectorMaker | None = getattr(hooks, "create_connector", None)
    if maker is None:
        raise ConnectorUnusable(f"The hooks.py of the connector {type} has no `create_connector`.")
    if (web := manifest.web) is not None:
        return maker(account, catalogue, lambda: _calls(account, web, transport, budgets, wait))
    return maker(account, catalogue)


def open_catalogue(type: str, workspace: Path | None) -> Catalogue:  # noqa: A002 - the word of tenant files
    """Return what a connector of that type offers, without any account."""
    return load_catalogue(find_connector(type, workspace).folder)


def catalogue_of(type: str, settings: Mapping[str, object], workspace: Path | None) -> Catalogue:  # noqa: A002
    """Return what an account of these settings offers: no secret is followed and no system is asked.

    A connector whose tenants declare its resources says it by `create_catalogue(settings, folder)` in its hooks.py.
    """
    found = find_connector(type, workspace)
    may_run = found.origin != WORKSPACE or settings.get("allow_hooks") is True
    maker = getattr(load_module(found.folder, "hooks"), "create_catalogue", None) if may_run else None
    if maker is None:
        manifest = load_manifest(found.folder, check=found.origin != BUNDLED)
        return load_catalogue(found.folder, manifest.changes(settings))
    catalogue: Catalogue = maker(settings, workspace or Path.cwd())
    return catalogue


def corrections_of(type: str, workspace: Path | None) -> Mapping[str, Mapping[str, frozenset[str]]]:  # noqa: A002
    """Return which flags of which fields the connector corrects against its system's own description."""
    return corrections(find_connector(type, workspace).folder)


def open_manifest(type: str, workspace: Path | None) -> Manifest:  # noqa: A002 - the word of tenant files
    """Return the manifest of a connector, without any account."""
    found = find_connector(type, workspace)
    return load_manifest(found.folder, check=found.origin != BUNDLED)


def load_sandbox(type: str, workspace: Path | None = None) -> Callable[[dict[str, Any], Catalogue], Any]:  # noqa: A002
    """Return `create_sandbox(data, catalogue)` of a connector; raise ConnectorUnusable where it has no sandbox."""
    module = load_module(find_connector(type, workspace).folder, "sandbox")
    if module is None:
        raise ConnectorUnusable(f"The connector {type} has no sandbox.")
    maker: Callable[[dict[str, Any], Catalogue], Any] = module.create_sandbox
    return maker


def _calls(account: Account, web: Web, transport: Transport | None, budgets: Budgets | None, wait: Wait) -> Calls:
    from rules_run.connect.budget import Budget
    from rules_run.connect.calls import Calls, address_rules
    from rules_run.connect.network import HttpTransport

    transport = transport or HttpTransport(rules=address_rules(account, web.server), ca=account.ca)
    budget = None
    if budgets is not None and (quota := web.quota) is not None:
        share = account.number(quota.setting, quota.share, within=(1, 100))
        budget = Budget(account.alias, quota, share, budgets(f"{account.manifest.name}/{account.alias}", quota.minutes))
    return Calls(account, web, transport, budget=budget, wait=wait)


def _hooks(found: Found, alias: str, settings: Mapping[str, object]) -> Any:
    """Load hooks.py: code of a workspace runs only where the tenant says so."""
    from rules_run.connect.account import allows_hooks

    if found.origin == WORKSPACE and not allows_hooks(alias, settings):
        if (found.folder / "hooks.py").exists():
            raise ConnectorUnusable(
                f"{alias}: the connector {found.type} of this workspace brings code (hooks.py). "
                "It runs only with `allow_hooks: true` on the connector in the tenant file."
            )
        return None
    return load_module(found.folder, "hooks")


def _all(workspace: Path | None) -> Iterator[Found]:
    shipped = bundled("connectors")
    if workspace is not None and (workspace / "connectors").resolve() != shipped:
        yield from _in_folder(workspace / "connectors", WORKSPACE)
    for name, folder, package in installed():
        if (folder / FILE).is_file():
            yield Found(type=name, folder=folder, origin=package)
    yield from _in_folder(shipped, BUNDLED)


def _in_folder(folder: Path, origin: str) -> Iterator[Found]:
    for manifest in sorted(folder.glob(f"*/{FILE}")):
        yield Found(type=manifest.parent.name, folder=manifest.parent, origin=origin)
