"""Codes of connectors: their files, and values that a system cannot take."""

from __future__ import annotations

from rules_run.language.codes import Table

CONNECTORS: Table = {
    "C101": (
        "Not a choice of the picklist",
        "The system has no such choice, an inactive one, or several with this label. An id passes as a number.",
        "status: {const: Activ}   ->   status: {const: Active}",
    ),
    "C102": ("Value not known yet", "The value is made by the system and not known before that is written.", ""),
    "C103": ("Unknown field", "The system has no field of this name.", ""),
    "C104": ("Value does not fit its field", "The field has another type than the value.", "x: '12,30'"),
    "C105": (
        "Text too long",
        "The field takes fewer characters. A text is never cut silently.",
        "type: {text: {max: 100, overflow: cut}}",
    ),
    "C106": ("Not offered", "The system does not let this kind of record be written in this way.", ""),
    "C107": ("Parent missing", "The record belongs to another one, which is not named or not there.", ""),
    "C108": ("Field cannot be written", "The field is made by the system, or can be given only at creation.", ""),
    "C109": ("Required field missing", "The system refuses a record without this field.", ""),
    "C110": ("Not an id", "Ids of this system look different.", ""),
    "C111": ("Catalogue cannot be read", "A file in the connector's `catalogue/`, or its overrides, is wrong.", ""),
    "C112": ("Manifest is wrong", "The connector's manifest.yaml does not follow its schema.", ""),
}
