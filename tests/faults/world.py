"""The example's integration between its files and an Autotask in this process, on a clock that only tests move."""

from __future__ import annotations

import io
import shutil
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rules_run.bundled import bundled
from rules_run.cli.apply_command import apply_all
from rules_run.connect.account import open_account
from rules_run.connect.budget import Budget
from rules_run.connect.calls import Calls
from rules_run.connect.catalogue import load_catalogue
from rules_run.connect.contract import Connector
from rules_run.connect.loading import load_module
from rules_run.connect.manifest_file import load_manifest
from rules_run.connect.registry import load_sandbox, open_connector
from rules_run.connect.rest import RestConnector
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import RulesRunError
from rules_run.ledger.ledger import Ledger
from rules_run.model.rules import Tenant
from rules_run.model.secret import Secret
from rules_run.runtime.checking import open_tenant
from rules_run.runtime.operating import reprocess
from rules_run.runtime.ready import Ready
from rules_run.runtime.run import Run
from rules_run.runtime.workspace import Workspace
from rules_run.sandbox import Entry, SandboxApp
from rules_run.testing.clock import TestClock, moment

from ..cli.desk import DATE, EXAMPLE, REPORT, example_data

MADE = {
    "Companies": 2,
    "Contacts": 1,
    "Services": 2,
    "Products": 1,
    "Contracts": 1,
    "ContractServiceAdjustments": 2,
    "ContractCharges": 1,
}
"""What comes of the three rows in an Autotask that has none of it: the vendor and the customer are companies."""
ROWS = ("LYN002NR", "OWA002NO", "STP001NO")
ACCOUNT = {
    "url": "http://127.0.0.1/",
    "user": "api@rule.test",
    "secret": Secret("a-secret-of-the-tests"),
    "integration_code": Secret("CODE0001"),
    "deadline": 5,
    "settle": 60,
    "negative_gap": 10,
}
AUTOTASK = load_manifest(bundled("connectors") / "autotask", check=False)
AUTOTASK = replace(AUTOTASK, rest=replace(AUTOTASK.rest, paging=replace(AUTOTASK.rest.paging, size=1)))
"""The connector with the smallest pages that there are, so that a few records make several."""
CATALOGUE = load_catalogue(AUTOTASK.folder)
HOOKS: Any = load_module(AUTOTASK.folder, "hooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a run ended, and what it told people."""

    code: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The workspace, read and checked once."""

    root: Path
    tenant: Tenant
    ready: list[Ready]

    @staticmethod
    def lay_out(root: Path) -> Files:
        """Copy the example, with three rows of the report and an account whose company is to be made."""
        shutil.copytree(EXAMPLE, root)
        report, accounts = root / REPORT, root / "tables" / "accounts.csv"
        head, *rows = report.read_text(encoding="utf-8").splitlines(keepends=True)
        report.write_text(head + "".join(row for row in rows if any(f",{sku}," in row for sku in ROWS)), "utf-8")
        accounts.write_text(accounts.read_text(encoding="utf-8").replace(",yes,174,", ",yes,create,"), "utf-8")
        tenant, ready = open_tenant(Workspace(root=root), None, [], {})
        return Files(root=root, tenant=tenant, ready=ready)


@dataclass(kw_only=True)
class World:
    """A ledger and an Autotask in memory; every `apply` is a run of its own, as of the command."""

    files: Files
    records: Mapping[str, Any]
    clock: TestClock = field(default_factory=lambda: TestClock(moment(DATE, "America/Los_Angeles")))

    waited: list[float] = field(default_factory=list)
    """How long reads were left alone before they were tried again."""

    def __post_init__(self) -> None:
        self.app: SandboxApp = load_sandbox("autotask")({"now": self.clock.now, "records": self.records}, CATALOGUE)
        self.run = self._new_run()

    def apply(self) -> Ran:
        """Settle, plan, write, and report, with connectors that know of nothing."""
        told, run = io.StringIO(), self.run
        run.connectors.clear()
        with redirect_stdout(told):
            try:
                code = apply_all(run, run.tenant, self.files.ready, None, None, check_targets=False, quiet=False)
            except RulesRunError as error:
                print(error)
                code = error.exit_code
        return Ran(code=code, said=told.getvalue())

    def reprocess(self) -> Ran:
        """Do what a person does about all that waits, once the cause is mended."""
        numbers = [doc.id for doc in self.run.ledger.queue.find(word="Needs you").documents]
        handled = reprocess(
            self.run,
            self.files.ready,
            sorted(numbers),
            who="tester",
            why="mended",
            shown=lambda _detail, _planned: None,
        )
        return Ran(code=0, said="\n".join(each.text for each in handled))

    def forget(self) -> None:
        """Begin with a new ledger and an empty history; what stands in Autotask stays."""
        self.run.__exit__(None, None, None)
        self.run = self._new_run()
        self.waited.clear()
        self.app.faults.drop()
        self.app.history.clear()

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.advance(seconds)

    def _new_run(self) -> Run:
        ledger = Ledger.in_memory(tenant=self.files.tenant.name, clock=self.clock)
        return Run(
            tenant=self.files.tenant,
            open_ledger=lambda: ledger,
            clock=self.clock,
            opener=self._open,
            title={"psa": AUTOTASK.title, "cloud": "Intermedia"}.__getitem__,
            date=DATE,
        ).__enter__()

    def writes(self) -> list[Entry]:
        """Return every write that reached Autotask or came late."""
        return [entry for entry in self.app.history.entries() if entry.verb in {"create", "update", "delete"}]

    def made(self) -> dict[str, int]:
        """Return how many records of each kind were made, truly."""
        made = Counter(entry.resource for entry in self.writes() if entry.committed and entry.verb == "create")
        return dict(made)

    def _open(self, alias: str) -> Connector:
        account = self.files.tenant.account(alias)
        if alias != "psa":
            return open_connector(account.type, alias, account.settings, self.files.root)
        quota = AUTOTASK.rest.quota
        rate = self.run.ledger.rate("autotask/psa", quota.minutes, keep=True)
        account = open_account(AUTOTASK, alias, ACCOUNT, folder=self.files.root, environ={})
        calls = Calls(
            account,
            AUTOTASK.rest,
            WsgiTransport(self.app),
            budget=Budget(alias, quota, quota.share, rate),
            wait=self._wait,
        )
        return RestConnector(account, CATALOGUE, calls, HOOKS.virtual_resources)


def before() -> dict[str, Any]:
    """Return what stands in Autotask when nothing was made yet."""
    records: dict[str, Any] = example_data()["records"]
    return {
        **records,
        "Companies": [each for each in records["Companies"] if each["id"] != 174],
        "Services": [],
    }
