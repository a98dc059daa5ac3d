"""Codes of documents in the ledger."""

from __future__ import annotations

from rules_run.language.codes import Table

LEDGER: Table = {
    "L001": (
        "Under way",
        "The document was sent and no answer is known yet, or nobody can tell. Nothing is sent for it meanwhile.",
        "",
    ),
    "L002": (
        "Marker changed",
        "It was sent with another marker before and could not be found again by the new one.",
        "Give the rule its old marker back.",
    ),
    "L003": (
        "Crashes the engine",
        "It was taken up three times and the program died each time before a send. It stays aside until a person has "
        "it tried again.",
        "rules-run queue reprocess 12 --why 'the record was mended'",
    ),
    "L004": ("Refused", "The target refused it; its own words are shown.", ""),
    "L005": ("Two were created", "A late answer shows a second record. One of them has to be removed.", ""),
    "L006": ("Member of another document", "A source record is already part of another document.", ""),
    "L007": (
        "Gone into another document",
        "The records that it would have been made of are part of another document by now. Nothing was sent for it.",
        "",
    ),
    "L010": ("Not finished", "The send did not come to an end; the sentence says why.", ""),
}
