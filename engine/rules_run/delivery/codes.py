"""Codes of sends: what became of a write whose end was not plain."""

from __future__ import annotations

from rules_run.language.codes import Table

DELIVERY: Table = {
    "D001": ("Refused by the system", "The system refused the data, and would refuse it again.", ""),
    "D002": ("Tried too often", "All attempts failed. Something about the document or the system has to change.", ""),
    "D003": (
        "Found, but different",
        "A record carries the marker and is not as it was written: changed since, or somebody else's.",
        "",
    ),
    "D004": ("Duplicate", "The marker is on several records. Keep one of them, and say which.", ""),
    "D005": ("Gone", "The record that was changed is not there any more.", ""),
    "D006": ("Changed meanwhile", "Somebody changed the record between our reading and our writing.", ""),
    "D007": ("Unknown for a day", "For 24 hours nobody could find out whether the write arrived.", ""),
    "D008": (
        "Nobody can tell",
        "The system offers no way to find the record again. A person looks, and says whether it is there.",
        "",
    ),
    "D009": (
        "Perhaps sent before",
        "The ledger was restored or rebuilt, and nothing proves that the document was not sent before. A person looks, "
        "and says whether it is there.",
        "rules-run queue resolve 12 --not-there --why 'searched for it'",
    ),
}
