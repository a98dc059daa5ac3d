"""Outcomes that the store did not take: a line each in a file beside it, until the next run folds them in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rules_run import durable
from rules_run.failpoints import failpoint
from rules_run.ledger import exact
from rules_run.ledger.records import DocState, Ruling
from rules_run.ledger.states import State
from rules_run.model.exchange import Outcome

_TIMES = ("due", "watch_until")


class Outcomes:
    """The file `outcomes.jsonl` of a ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, attempt_id: str, doc: DocState, ruling: Ruling) -> bool:
        """Write one outcome durably and say whether that succeeded."""
        line = exact.dumps({"attempt": attempt_id, "epoch": doc.epoch, "ruling": asdict(ruling)}) + "\n"
        failpoint("before-keep")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            whole = durable.append(self._path, line.encode())
        except OSError:
            return False
        failpoint("after-keep")
        return whole

    def kept(self) -> list[tuple[str, int, Ruling]]:
        """Return attempt, epoch and ruling of each line; one that was cut off is left to settling."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        return [found for line in lines if (found := _read(line)) is not None]

    def clear(self) -> None:
        """Remove what was folded in."""
        failpoint("before-clear")
        durable.remove(self._path)
        failpoint("after-clear")


def _read(line: str) -> tuple[str, int, Ruling] | None:
    try:
        kept: dict[str, Any] = exact.loads(line)
        values = dict(kept["ruling"])
        values |= {"state": State(values["state"]), "outcome": Outcome(values["outcome"])}
        values |= {name: datetime.fromisoformat(values[name]) for name in _TIMES if values[name]}
        return str(kept["attempt"]), int(kept["epoch"]), Ruling(**values)
    except (ValueError, KeyError, TypeError):
        return None
