"""A copy of the example's workspace beside a real sandbox on a free port, and the command line as a person calls it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from rules_run.cli import main
from rules_run.connect.registry import load_sandbox, open_catalogue
from rules_run.sandbox import Entry, SandboxApp, Serving, serve

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "intermedia-june-2019"
INTEGRATION = "intermedia-autotask"
DATE = "2019-06-04"
REPORT = "data/exportable_billing_report.csv"
SECRETS = {"AUTOTASK_SECRET": "canary~Secret+77/yes", "AUTOTASK_INTEGRATION_CODE": "CANARYINTEGRATIONCODE00000X"}
ENVIRONMENT = {"AUTOTASK_USER": "api@testcompany.example", **SECRETS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Return everything that it printed."""
        return self.out + self.err

    @property
    def lines(self) -> list[str]:
        """Return what it printed to its output, by lines."""
        return self.out.splitlines()


@dataclass(kw_only=True)
class Desk:
    """A workspace and the Autotask that it writes to."""

    folder: Path
    app: SandboxApp
    url: str
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))

    def run(self, *words: str, folder: Path | None = None) -> Ran:
        """Call the command line in this process."""
        return call(["-C", str(folder or self.folder), *words], self.environment)

    def plan(self, *words: str) -> Ran:
        """Plan on the day of the example."""
        return self.run("plan", *words, "--date", DATE)

    def apply(self, *words: str) -> Ran:
        """Apply on the day of the example."""
        return self.run("apply", *words, "--date", DATE)

    def spawn(self, *words: str, failpoint: str = "") -> subprocess.Popen[str]:
        """Start the command line in a process of its own."""
        pipe = subprocess.PIPE
        environment = self.environment | ({"RULES_RUN_FAILPOINT": failpoint} if failpoint else {})
        return subprocess.Popen(
            command(self.folder, *words), env=whole(environment), stdout=pipe, stderr=pipe, text=True
        )

    def writes(self) -> list[Entry]:
        """Return every write that reached Autotask."""
        return [entry for entry in self.app.history.entries() if entry.verb in {"create", "update", "delete"}]

    def records(self, resource: str) -> list[dict[str, Any]]:
        """Return what stands in Autotask."""
        return self.app.store.rows(resource)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a text in a file of the workspace."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def keep(self, *skus: str) -> None:
        """Leave only the rows of these SKUs in the report."""
        path = self.folder / REPORT
        head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [row for row in rows if any(f",{sku}," in row for sku in skus) and ",TestCompany," in row]
        path.write_text("".join([head, *kept]), encoding="utf-8")

    def own_rules(self) -> str:
        """Copy the integration into the workspace, where it can be changed, and return its path there."""
        shutil.copytree(ROOT / "rules" / INTEGRATION, self.folder / "rules" / INTEGRATION)
        return f"rules/{INTEGRATION}/{INTEGRATION}.rules.yaml"

    def files(self) -> set[str]:
        """Return the names of all files of the workspace."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


def command(folder: Path, *words: str) -> list[str]:
    """Return the command line of a process."""
    return [sys.executable, "-m", "rules_run", "-C", str(folder), *words]


def whole(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "engine"), "NO_COLOR": "1", **environment}


def call(words: list[str], environment: Mapping[str, str]) -> Ran:
    """Call the command line in this process with exactly these variables on top."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", ["rules-run", *words]),
        mock.patch.dict(os.environ, {"NO_COLOR": "1", **environment}),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Ran(code=code, out=out.getvalue(), err=err.getvalue())


def autotask(data: Mapping[str, Any]) -> SandboxApp:
    """Return a stand-in of Autotask."""
    app: SandboxApp = load_sandbox("autotask")(dict(data), open_catalogue("autotask", None))
    return app


def example_data() -> dict[str, Any]:
    """Return what stands in the example's Autotask, its log-in with secrets that are easy to find again."""
    data: dict[str, Any] = yaml.safe_load((EXAMPLE / "data" / "autotask.yaml").read_text(encoding="utf-8"))
    data["users"] = [
        {
            "user": ENVIRONMENT["AUTOTASK_USER"],
            "secret": ENVIRONMENT["AUTOTASK_SECRET"],
            "integration_code": ENVIRONMENT["AUTOTASK_INTEGRATION_CODE"],
        }
    ]
    return data


@contextmanager
def desk_in(folder: Path, data: Mapping[str, Any]) -> Iterator[Desk]:
    """Lay out the example's workspace in a folder and serve its Autotask."""
    shutil.copytree(EXAMPLE, folder)
    app = autotask(data)
    serving: Serving
    with serve(app) as serving:
        desk = Desk(folder=folder, app=app, url=serving.url)
        desk.edit("tenants/testcompany.yaml", "http://127.0.0.1:8071", serving.url)
        yield desk
