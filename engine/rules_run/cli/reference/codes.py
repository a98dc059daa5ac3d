"""The page of problem codes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rules_run.cli.codes import CODES
from rules_run.language.codes import Code

GROUPS = {
    "C0": "Tables in CSV",
    "C1": "Connectors",
    "D": "Sends",
    "E": "Expressions and values",
    "L": "Documents in the ledger",
    "M": "Single records",
    "R": "Rule files, rule tests and tenants",
    "S": "Words",
    "T": "Templates",
    "W": "Workspaces and commands",
    "X": "Rule tests that fail",
    "Y": "YAML",
}


def codes_page() -> str:
    """Return the page."""
    lines = ["# Problem codes\n", "`rules-run explain-code R012` says the same. A code keeps its meaning for ever.\n"]
    for group, members in groupby(sorted(CODES), key=_group):
        lines += [f"## {GROUPS[group]}\n"]
        lines += [line for code in members for line in _code(code, CODES[code])]
    return "\n".join(lines)


def _group(code: str) -> str:
    return code[:2] if code[0] == "C" else code[0]


def _code(code: str, entry: Code) -> Iterator[str]:
    yield f"**{code} {entry.title}.** {entry.explanation}\n"
    if entry.example:
        yield f"    {entry.example}\n"
