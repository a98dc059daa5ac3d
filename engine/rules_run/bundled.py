"""Where the folders that ship with the program lie."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent


def bundled(folder: str) -> Path:
    """Return `connectors`, `schemas` or `rules` as shipped: inside an installed package, else in the source tree."""
    installed = HERE / "bundled" / folder
    return installed if installed.is_dir() else HERE.parents[1] / folder
