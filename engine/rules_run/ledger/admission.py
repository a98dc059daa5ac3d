"""Whether the database that was found is the ledger that belongs there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rules_run.errors import LedgerUnusable
from rules_run.ledger import place
from rules_run.ledger.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The lineage of a ledger; `known` when it was in use before this opening."""

    lineage: str
    known: bool


def admit(store: Store, lineage_file: Path, *, read_only: bool) -> Admitted:
    """Set up an empty database that was never used; refuse one that lost its content, or that is another ledger."""
    expected, lineage = place.read_lineage(lineage_file), store.lineage()
    if lineage is None:
        if expected is not None:
            raise LedgerUnusable(lost(store.name, lineage_file, expected))
        if read_only:
            raise LedgerUnusable(f"The ledger {store.name} is empty. The first apply sets it up.")
        lineage = store.set_up()
    else:
        store.check()
    if expected is None and not read_only:
        place.write_lineage(lineage_file, lineage)
    elif expected not in (None, lineage):
        raise LedgerUnusable(
            f"The ledger {store.name} is another one (lineage {lineage}) than {lineage_file} names ({expected}). "
            "Bring back the right one from a backup, or finish a rebuild that was interrupted; nothing was sent."
        )
    return Admitted(lineage=lineage, known=expected is not None)


def lost(name: str, lineage_file: Path, lineage: str) -> str:
    """Return what is said of a ledger that is not there any more, with the ways out."""
    return (
        f"The ledger {name} is missing, but {lineage_file} says that one is in use (lineage {lineage}). "
        "Without it documents could be created a second time, so nothing was sent. Bring it back with "
        "`rules-run ledger restore`, or collect what stands in the target with `rules-run ledger rebuild`. "
        f"Only if this tenant never wrote anything, delete {lineage_file}."
    )
