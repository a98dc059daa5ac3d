"""A stand-in on a port, and what runs an unmodified client of others against it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rules_run.connect.registry import load_sandbox, open_catalogue
from rules_run.sandbox import Entry, SandboxApp, read_data, serve

from .environments import Unavailable, command


class Desk:
    """The stand-in that clients are run against."""

    def __init__(self, app: SandboxApp, url: str) -> None:
        self.app, self.url = app, url

    def run(self, client: str, **environment: str) -> dict[str, Any]:
        """Run our script with the client; return what it saw, as the JSON it prints."""
        try:
            arguments = command(client)
        except Unavailable as reason:
            pytest.skip(f"{client} cannot be installed: {reason}")
        variables = {
            "PATH": os.environ["PATH"],
            "SANDBOX": self.url,
            "AT_USER": "api@nordlys.test",
            "AT_SECRET": "p~$ss#1",
            "AT_CODE": "ABCDEFGHIJKLMNOPQRSTUVWXYZ1",
            **environment,
        }
        done = subprocess.run(arguments, env=variables, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def asked(self) -> list[Entry]:
        """Return the requests that the client made."""
        return list(self.app.history.entries())

    def record(self, resource: str, record_id: object) -> dict[str, Any]:
        """Return a record as it stands in the end."""
        found = self.app.store.get(resource, record_id)
        assert found is not None
        return dict(found)


@pytest.fixture
def desk() -> Iterator[Desk]:
    app: Callable[..., SandboxApp] = load_sandbox("autotask")
    made = app(read_data(Path(__file__).with_name("data.yaml")), open_catalogue("autotask", None))
    with serve(made) as serving:
        yield Desk(made, serving.url)
