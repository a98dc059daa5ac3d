"""Codes of rule tests: how what happened differs from what was expected."""

from __future__ import annotations

from rules_run.language.codes import Table

TESTING: Table = {
    "X001": ("Other writes", "A write is missing, is too many, or goes elsewhere.", "expect: [{create: psa.Contacts}]"),
    "X002": ("Other value", "A field of a write is not as expected.", "has: {unitPrice: 7.99}"),
    "X003": ("Second run writes", "Each case runs again, and must write nothing then.", ""),
    "X004": ("Other outcome", "A record failed, was held or was skipped otherwise than expected.", "{hold: charge}"),
    "X005": ("Other records", "In the end a system has more or fewer records.", "records: {psa.Contracts: 1}"),
    "X006": ("Not reached", "With `--coverage`: no case does this.", "No case has `active` off: settings.send_prices."),
    "X007": ("Too little reached", "The cases reach less than `--fail-under` asks for.", "--fail-under 95"),
    "X008": (
        "Crash leads elsewhere",
        "With `--crashes`: clean runs after a crash at this place end otherwise than without it.",
        "a crash at `after-send`, pass 2, leads elsewhere: psa.Contacts ends with 2 records, not with 1",
    ),
    "X009": ("No example to write", "A conformance check needs a `conformance.yaml` that fits the catalogue.", ""),
}
