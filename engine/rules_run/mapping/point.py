"""One generated function: made on first use, with every generated line related to the line of the rule file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import cast

from rules_run.errors import ValueFault
from rules_run.language.expressions import CodeWriter
from rules_run.mapping.emission import Emission
from rules_run.mapping.faults import Notes
from rules_run.mapping.spots import Mark
from rules_run.model.problem import NOWHERE, Origin
from rules_run.model.rules import Table

Scope = dict[str, object]
Body = Callable[[Emission, Mapping[str, str]], str]
Generated = Callable[[Scope, Notes], object]
_FILE = "<rule>"


class Setting:
    """What generated code needs to know of a tenant: its tables and the places of its currency.

    With a set to keep what is `reached`, the code also notes every line, condition and row that it comes to.
    """

    def __init__(self, tables: Mapping[str, Table], places: int = 2, reached: set[Mark] | None = None) -> None:
        self.tables, self.places = tables, places
        self.note = None if reached is None else reached.add

    def emission(self, writer: CodeWriter) -> Emission:
        """Return what writes values into a code writer."""
        return Emission(writer, self.tables, self.places, self.note)


class Point:
    """A place in a rule where something is computed; `needs` are the scope names it reads."""

    __slots__ = ("_body", "_function", "_place_of", "_setting", "needs")

    def __init__(self, setting: Setting, needs: frozenset[str], body: Body) -> None:
        self.needs, self._setting, self._body = needs, setting, body
        self._function: Generated = self._first
        self._place_of: Callable[[int], Origin | None] = lambda _: None

    def __call__(self, scope: Scope, notes: Notes | None = None) -> object:
        """Compute in a scope; a ValueFault carries the place of the line that failed."""
        try:
            return self._function(scope, [] if notes is None else notes)
        except ValueFault as fault:
            if not fault.origin.file:
                fault.origin = self._place(fault.__traceback__)
            raise
        except ArithmeticError as fault:
            place = self._place(fault.__traceback__)
            raise ValueFault("A number is too large.", code="E012", origin=place) from None

    def source(self) -> str:
        """Return the generated Python, for `explain` and for tests of the generator."""
        return self._written().source()

    def _first(self, scope: Scope, notes: Notes) -> object:
        writer = self._written()
        self._function = cast(Generated, writer.run(_FILE)["f"])
        self._place_of = writer.origin_at
        return self._function(scope, notes)

    def _written(self) -> CodeWriter:
        writer = CodeWriter()
        names: dict[str, str] = {}
        with writer.block("def f(S, notes):"):
            for name in sorted(self.needs):
                names[name] = writer.fresh("s")
                writer.line(f"{names[name]} = S[{name!r}]")
            result = self._body(self._setting.emission(writer), names)
            writer.line(f"return {result}")
        return writer

    def _place(self, trace: TracebackType | None) -> Origin:
        place = NOWHERE
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == _FILE:
                place = self._place_of(trace.tb_lineno) or place
            trace = trace.tb_next
        return place
