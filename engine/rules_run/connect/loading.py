"""Loads the Python files of a connector's folder by their path."""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from types import ModuleType


def load_module(folder: Path, name: str) -> ModuleType | None:
    """Return the module `name` of a connector's folder, None where there is none."""
    if not (folder / f"{name}.py").is_file() and not (folder / name / "__init__.py").is_file():
        return None
    return importlib.import_module(f"{_package(folder)}.{name}")


def _package(folder: Path) -> str:
    """Return the name under which the folder is a package of its own: two folders of one name never meet."""
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    name = f"rules_run_connector_{folder.name}_{place}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name
