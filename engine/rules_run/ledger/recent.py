"""The newest documents of a ledger file, for a shell that completes: plain SQLite, nothing else is imported."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def recent_documents(file: Path, beginning: str, most: int = 50) -> list[tuple[int, str]]:
    """Return number and label of the newest documents whose number begins so; nothing where there is no ledger."""
    if not file.is_file():
        return []
    query = (
        "SELECT id, rule_id || ' ' || source_id FROM doc WHERE CAST(id AS TEXT) LIKE ? || '%' ORDER BY id DESC LIMIT ?"
    )
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=1)) as connection:
            return [(int(number), str(label)) for number, label in connection.execute(query, (beginning, most))]
    except sqlite3.Error:
        return []
