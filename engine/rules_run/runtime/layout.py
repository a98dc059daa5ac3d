"""Where a workspace keeps its files, found without anything that takes long to import: a shell asks at every key."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rules_run.bundled import bundled_folder

RULES = ".rules.yaml"
TENANT = ".yaml"


def workspace_root(start: str) -> str:
    """Return the nearest workspace from a folder upwards, or the folder itself where there is none."""
    start = folder = os.path.realpath(start)
    while not os.path.isdir(os.path.join(folder, "tenants")):
        above = os.path.dirname(folder)
        if above == folder:
            return start
        folder = above
    return folder


def tenant_names(root: str) -> list[str]:
    """Return the names of all tenants of a workspace."""
    return sorted(name.removesuffix(TENANT) for name in _names(os.path.join(root, "tenants")) if name.endswith(TENANT))


def integration_names(root: str) -> list[str]:
    """Return the names of all integrations that can be named in a workspace."""
    return sorted({name for folder in rule_folders(root) for name in _names(folder) if _has_rules(folder, name)})


def rule_file(root: str, integration: str) -> str | None:
    """Return the rule file of an integration: the workspace's own before the one that ships."""
    files = (os.path.join(folder, integration, f"{integration}{RULES}") for folder in rule_folders(root))
    return next(filter(os.path.isfile, files), None)


def rule_folders(root: str) -> list[str]:
    """Return where rule files are looked for, in order."""
    return [os.path.join(root, "rules"), bundled_folder("rules")]


def _has_rules(folder: str, name: str) -> bool:
    return any(each.endswith(RULES) for each in _names(os.path.join(folder, name)))


def _names(folder: str) -> Iterator[str]:
    try:
        yield from os.listdir(folder)
    except OSError:
        return
