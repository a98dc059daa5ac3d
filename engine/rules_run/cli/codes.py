"""Every problem code that the program can show: one table for `explain-code`, the reference and the outputs."""

from __future__ import annotations

from collections.abc import Mapping

from rules_run.connect.codes import CONNECTORS
from rules_run.delivery.codes import DELIVERY
from rules_run.language.codes import CODES as LANGUAGE
from rules_run.language.codes import Code, Table, codes_of
from rules_run.ledger.codes import LEDGER
from rules_run.mapping.codes import DOCUMENTS
from rules_run.runtime.codes import WORKSPACES
from rules_run.testing.codes import TESTING

COMMANDS: Table = {
    "W020": ("Port in use", "Another program listens there.", "rules-run sandbox autotask --port 0"),
    "W030": (
        "Version not raised",
        "The rule file or its tables differ from the git reference, and the version is the same. "
        "Version and content stand with every document that was written, so they belong together.",
        "version: 1.2.0   ->   version: 1.3.0",
    ),
    "W031": ("Cannot compare with git", "The folder is no git repository, or the reference is unknown.", ""),
    "W040": ("Already there", "`init` never overwrites a file.", ""),
    "W041": ("Nothing to start from", "No integration of that name ships with the program, or the name is unfit.", ""),
    "W050": ("Cannot be read", "A file that was named on the command line is missing or is not what it should be.", ""),
    "W051": ("No such record", "The rule did not read a record with that key in this run.", ""),
    "W060": ("graphviz is missing", "SVG is drawn by the program `dot`.", "--output-format dot"),
}

CODES: Mapping[str, Code] = {
    **LANGUAGE,
    **codes_of(CONNECTORS, DOCUMENTS, LEDGER, DELIVERY, WORKSPACES, COMMANDS, TESTING),
}
