"""Files that have passed their schema stay known by their digest, so that they need not pass it again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rules_run.bundled import bundled


def mark_of(content: bytes, schema: str) -> Path:
    """Return the file whose being there says that this content has passed this version of the schema."""
    digest = hashlib.sha256((bundled("schemas") / f"{schema}.schema.json").read_bytes())
    digest.update(content)
    return _folder() / digest.hexdigest()


def remember(mark: Path) -> None:
    """Leave the mark; a place that cannot be written only costs time."""
    try:
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.touch(mode=0o600)
    except OSError:
        return


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "rules-run" / "passed"
