"""All functions of the language: one table for the running engine, validation and the reference."""

from __future__ import annotations

from collections.abc import Mapping

from .dates import DATES
from .levels import LEVELS
from .numbers import ARITHMETIC
from .signature import Function, Parameter
from .standard import STANDARD
from .texts import TEXTS

__all__ = ["FUNCTIONS", "Function", "Parameter"]

FUNCTIONS: Mapping[str, Function] = {
    function.name: function for function in (*STANDARD, *ARITHMETIC, *DATES, *TEXTS, LEVELS)
}
