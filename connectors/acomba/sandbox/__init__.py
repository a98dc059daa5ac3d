"""A stand-in for the REST bridge to Acomba."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from rules_run.model.catalogue import Catalogue
from rules_run.sandbox import FRAME_WORDS, SandboxApp, SandboxStore, wrong_data

from .books import Books, Licence, Switches, as_stored, with_locks
from .system import AcombaSystem

_WORDS = FRAME_WORDS | {"licences", "company", "records", "switches", "tax_groups", "first_invoice", "closed"}
_PASSED_OVER = {"picklists"}
_TAXES = [
    {"NoTaxe": "TPS", "Description": "Taxe sur les produits et services", "Taux": "5"},
    {"NoTaxe": "TVQ", "Description": "Taxe de vente du Québec", "Taux": "9.975"},
]
_TAX_GROUPS = {1: ("TPS", "TVQ"), 2: ("TPS",), 3: ()}


def create_sandbox(data: Mapping[str, Any], catalogue: Catalogue) -> SandboxApp:
    """Make a stand-in over the records of a data file; without `licences` it lets everybody in."""
    _known(data, _WORDS | _PASSED_OVER, "word")
    store = SandboxStore(with_locks(catalogue))
    records = {"Tax": _TAXES, **data.get("records", {})}
    store.load({name: [as_stored(store.catalogue, name, row) for row in rows] for name, rows in records.items()})
    return SandboxApp(AcombaSystem(_books(data, store)), store, data)


def _books(data: Mapping[str, Any], store: SandboxStore) -> Books:
    groups = data.get("tax_groups", _TAX_GROUPS)
    return Books(
        store=store,
        switches=_read(Switches, data.get("switches", {}), "switch"),
        licences=tuple(_read(Licence, each, "word of a licence") for each in data.get("licences", ())),
        company=int(data.get("company", 0)),
        tax_groups={int(number): tuple(taxes) for number, taxes in groups.items()},
        first_invoice=int(data.get("first_invoice", 10001)),
        closed=date.fromisoformat(str(data["closed"])) if data.get("closed") else None,
    )


def _read(kind: Any, node: Mapping[str, Any], word: str) -> Any:
    _known(node, {each.name for each in fields(kind)}, word)
    return kind(**node)


def _known(data: Mapping[str, Any], words: frozenset[str] | set[str], kind: str) -> None:
    if strange := sorted(set(data) - words):
        message = f"The data of the sandbox has the unknown {kind} {', '.join(strange)}."
        raise wrong_data(message, hint=f"Known are {', '.join(sorted(words - _PASSED_OVER))}.")
