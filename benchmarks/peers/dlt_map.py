"""`add_map` of dlt: whatever Python function one writes, here the hand-written one, through dlt's pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.hand_written import Mapper

CODES = {"Quebec": "TPS-TVQ", "Ontario": "HST-13", "Alberta": "GST-5", "Exempt": "E"}


def contender() -> Callable[[list[dict[str, Any]]], None]:
    """Return what maps a list of records."""
    mapper = Mapper(CODES)

    def run(records: list[dict[str, Any]]) -> None:
        for _ in dlt.resource(records, name="invoices").add_map(mapper):
            pass

    return run
