"""Codes of rule tests: how what happened differs from what was expected."""

from __future__ import annotations

from rules_run.language.codes import Table

TESTING: Table = {
    "X001": ("Other writes", "A write is missing, is too many, or goes elsewhere.", "expect: [{create: psa.Contacts}]"),
    "X002": ("Other value", "A field of a write is not as expected.", "has: {unitPrice: 7.99}"),
    "X003": ("Second run writes", "Each case runs again, and must write nothing then.", ""),
    "X005": ("Other records", "In the end a system has more or fewer records.", "records: {psa.Contracts: 1}"),
    "X004": ("Other outcome", "A record failed, was held or was skipped otherwise than expected.", "{hold: charge}"),
}
