"""Where the folders that ship with the program lie."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def bundled_folder(folder: str) -> str:
    """Return `connectors`, `schemas` or `rules` as shipped: inside an installed package, else in the source tree."""
    here = os.path.dirname(os.path.realpath(__file__))
    installed = os.path.join(here, "bundled", folder)
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(os.path.dirname(here)), folder)


def bundled(folder: str) -> Path:
    """Return the same as a path."""
    from pathlib import Path

    return Path(bundled_folder(folder))
