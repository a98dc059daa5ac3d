"""Every problem code of the language with what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..expressions.codes import CODES as EXPRESSION_CODES
from .files import CSV, SCHEMA, YAML, Table
from .rules import RULES
from .tenants import TENANTS, TESTS

__all__ = ["CODES", "Code", "Table", "codes_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a problem code stands for; `example` shows the mistake and its remedy."""

    title: str
    explanation: str
    example: str = ""


def codes_of(*tables: Mapping[str, tuple[str, ...]]) -> dict[str, Code]:
    """Return the entries of some tables by code."""
    return {
        code: Code(title=entry[0], explanation=entry[1], example=entry[2] if len(entry) > 2 else "")
        for table in tables
        for code, entry in table.items()
    }


CODES: Mapping[str, Code] = codes_of(YAML, SCHEMA, CSV, RULES, TESTS, TENANTS, EXPRESSION_CODES)
