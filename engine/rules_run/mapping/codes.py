"""Codes of single records: why a document fails, is held or is skipped."""

from __future__ import annotations

from rules_run.language.codes import Table

DOCUMENTS: Table = {
    "M001": ("Value cannot be made", "Something about this record does not fit; the sentence says what.", ""),
    "M010": (
        "Neither true nor false",
        "A condition gave something else than true, false or a look-up. Zero is a number, not false.",
        "when: inv.total   ->   when: inv.total != `0`",
    ),
    "M011": (
        "Condition on what is known after apply",
        "The condition depends on an id or a field that the system makes only when the document is written.",
        "when: company.id   ->   when: company.companyName == 'x'",
    ),
    "M013": ("each needs a list", "`each` goes through a list and got something else.", "each: g.items"),
    "M020": (
        "Check failed",
        "A `check` of the rule does not hold. Nothing of the document is written, and `on_failure` runs.",
        'check: [{that: "total >= `0`", message: The total is negative.}]',
    ),
    "M021": ("Check holds", "A `check` with `level: hold` does not hold: a person decides.", "level: hold"),
    "M022": ("Check warns", "A `check` with `level: warning` does not hold; the document is written.", ""),
    "M030": (
        "Row missing in a table",
        "A mapping table has no row for this value. The document waits; the line to add is printed.",
        "missing: hold",
    ),
    "M031": ("Row missing, and that fails", "The same, where the rule says `missing: fail`.", "missing: fail"),
    "M040": (
        "Look-up without hit",
        "Nothing in the system meets the conditions of a `with`, and it is not `optional`.",
        "with: {code: {read: psa.BillingCodes, where: {name: {const: x}}, optional: true}}",
    ),
    "M041": (
        "Two hits",
        "Several records meet the conditions, and one is meant. The engine never takes any of them.",
        "Make the look-up narrower, or remove the duplicate in the system.",
    ),
    "M042": (
        "A named id is not there",
        "`match` named a record by its id, and there is none. Such a record is never created.",
        "Correct the row of the table that names it.",
    ),
    "M043": ("Linked record is gone", "The record that this document was written to is not there any more.", ""),
    "M044": ("Nothing to update", "The rule has `mode: update`: it changes records and never creates one.", ""),
    "M045": (
        "Desired state cannot be reached",
        "The connector cannot bring the system there in safe steps, for example because a period is already billed.",
        "",
    ),
    "M046": (
        "Our marker on a different record",
        "A record carries our marker but was changed since. The rule creates once and does not overwrite it.",
        "",
    ),
    "M047": (
        "Written money is gone",
        "A document of money that was written is gone or void in the target. It is never made again without a person.",
        "",
    ),
    "M050": ("Required field would be empty", "The system refuses a new record without these fields.", ""),
    "M051": ("Empty key", "A part of the key is empty: the document could not be told from others.", "key: item.id"),
    "M052": (
        "Key twice",
        "Two source records have the same key. Only one of them could be written.",
        "key: item.sku   ->   key: [item.account, item.sku]",
    ),
    "M053": (
        "Same target twice",
        "Two documents of a rule mean the same record, and both would write it. The one that had it first keeps it.",
        "Two rows of a table that name one contract, or two accounts of one name.",
    ),
    "M060": ("Left out by a table", "The table's `only` leaves this row out: a stated choice, no mistake.", ""),
    "M061": ("Waits for another document", "It refers to a document that is itself held, failed or skipped.", ""),
    "M062": ("Not there yet", "It refers to a document that no run has made so far.", ""),
    "M063": ("Reference without key", "The key of a `ref` is empty, so nobody knows which document is meant.", ""),
    "M064": (
        "Rule is switched off",
        "It refers to a document of a rule whose `active` does not hold, and the document does not exist.",
        "",
    ),
    "M070": (
        "Source changed after it was sent",
        "The rule has `mode: create`: what was sent is not sent again. A person mends the target, or ignores it.",
        "on_change: ignore",
    ),
    "M080": ("Precondition", "A precondition does not hold; the integration stopped before its first write.", ""),
}
