"""Finds the stand-in of a connector: its own, or one by its manifest."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rules_run.connect.registry import load_sandbox, open_manifest
from rules_run.errors import ConnectorUnusable
from rules_run.model.catalogue import Catalogue
from rules_run.sandbox.app import SandboxApp
from rules_run.sandbox.described import check_described, sandbox_of

Maker = Callable[[dict[str, Any], Catalogue], SandboxApp]


def sandbox_maker(type: str, workspace: Path | None) -> Maker:  # noqa: A002 - the word of tenant files
    """Return what makes a connector's stand-in; raise ConnectorUnusable where there is none and none can be made."""
    try:
        return load_sandbox(type, workspace)
    except ConnectorUnusable:
        manifest = open_manifest(type, workspace)
    check_described(manifest)
    return partial(sandbox_of, manifest)
