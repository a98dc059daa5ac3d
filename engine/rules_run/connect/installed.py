"""Connectors that installed packages bring.

Asking every package for its entry points takes longer than checking a rule file, and hardly any has connectors: so the
packages are asked only where a look at their files shows that one may.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

GROUP = "rules_run.connectors"
_WHERE = (".dist-info", ".egg-info")


def installed() -> Iterator[tuple[str, Path, str]]:
    """Yield the type, the folder and the package of each connector; no code of a package runs."""
    if not any(_may_bring(place) for place in sys.path):
        return
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        if folder := _folder_of(entry.value):
            yield entry.name, folder, entry.dist.name if entry.dist else entry.value


def _may_bring(place: str) -> bool:
    """Say whether a place that packages are imported from may hold connectors; what is no plain folder may."""
    if place.endswith(".egg"):
        return True
    try:
        with os.scandir(place or ".") as entries:
            return any(_names_group(entry.path) for entry in entries if entry.name.lower().endswith(_WHERE))
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _names_group(folder: str) -> bool:
    try:
        with open(f"{folder}/entry_points.txt", "rb") as file:  # noqa: PTH123 - one of many, while somebody waits
            return GROUP.encode() in file.read()
    except OSError:
        return False


def _folder_of(module: str) -> Path | None:
    """Return the folder of a package without importing it."""
    from importlib.util import find_spec

    try:
        spec = find_spec(module) if "." not in module else None
    except (ImportError, ValueError):
        return None
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None
