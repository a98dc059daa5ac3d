"""What all checks of one integration share: the problems so far, the catalogues, and every expression read once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rules_run.errors import ExpressionError
from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.problem import NOWHERE, Level, Origin, Problem
from rules_run.model.rules import Integration, Target
from rules_run.model.values import Choose, Const, Select, Template

from ..expressions import Expression, parse_select, parse_template
from ..parse.integration import Parsed
from ..suggest import did_you_mean

_WORDS = re.compile(r"[\w ,!?/#'-]+\.?")


@dataclass(slots=True, kw_only=True)
class Checking:
    """One check of one integration."""

    parsed: Parsed
    catalogues: Mapping[str, Catalogue]
    problems: list[Problem] = field(default_factory=list)
    used: set[tuple[str, str]] = field(default_factory=set)
    """Settings, tables and connectors that something refers to, by kind and name."""
    rule: str = ""
    """The rule that is being checked."""
    within: str = ""
    """The rule in whose scope a named list of lines is being checked."""
    _read: dict[tuple[type, str], Expression | ExpressionError] = field(default_factory=dict)

    @property
    def integration(self) -> Integration:
        """The integration that is checked."""
        return self.parsed.integration

    def wrong(self, code: str, message: str, origin: Origin, hint: str = "", level: Level = "error") -> None:
        """Note a problem; one inside a named list of lines once, with the rule in whose scope it appeared."""
        if self.within and any((each.code, each.origin) == (code, origin) for each in self.problems):
            return
        if self.within:
            hint = f"{hint} These lines are used by `{self.within}`.".strip()
        self.problems.append(Problem(code=code, message=message, origin=origin, hint=hint, level=level))

    def warn(self, code: str, message: str, origin: Origin, hint: str = "") -> None:
        """Note what is allowed and probably not meant."""
        self.wrong(code, message, origin, hint, "warning")

    def expression(self, text: Select | Template) -> Expression | None:
        """Read a text, or note what is wrong with it at the place inside it."""
        key = (type(text), text.text)
        if key not in self._read:
            try:
                self._read[key] = (parse_select if isinstance(text, Select) else parse_template)(text.text)
            except ExpressionError as error:
                self._read[key] = error
        found = self._read[key]
        if isinstance(found, ExpressionError):
            self.wrong(found.code, found.message, text.at(found.column), _hint(text, found))
            return None
        return found

    def quiet_expression(self, text: Select | Template) -> Expression | None:
        """Read a text whose problems are noted elsewhere."""
        before = len(self.problems)
        found = self.expression(text)
        del self.problems[before:]
        return found

    def resource(self, name: str, origin: Origin) -> Resource | None:
        """Return the resource that `alias.Resource` names, or note why there is none."""
        alias, _, kind = name.partition(".")
        self.used.add(("connector", alias))
        if not name:
            return None
        if alias not in self.integration.connectors:
            if "connectors" in self.parsed.unsure_sections:
                return None
            hint = did_you_mean(alias, self.integration.connectors, "Connectors of this file")
            self.wrong("R030", f"There is no connector `{alias}` in this file.", origin, hint)
            return None
        catalogue = self.catalogues.get(alias)
        if catalogue is None:
            return None
        if kind not in catalogue.names():
            system = self.integration.connectors[alias]
            hint = did_you_mean(kind, catalogue.names(), f"Resources of {system}")
            self.wrong("R031", f"{system} has no resource `{kind}`.", origin.shifted(len(alias) + 1), hint)
            return None
        return catalogue.resource(kind)

    def quiet_resource(self, name: str) -> Resource | None:
        """Return a resource whose problems are noted elsewhere."""
        alias, _, kind = name.partition(".")
        catalogue = self.catalogues.get(alias)
        return catalogue.resource(kind) if catalogue else None

    def written(self, target: Target) -> list[tuple[str, Resource]]:
        """Return the resources that a target may write, by name, without noting anything."""
        found = ((name, self.quiet_resource(name)) for name, _ in written_names(target))
        return [(name, resource) for name, resource in found if resource is not None]


def _hint(text: Select | Template, error: ExpressionError) -> str:
    """Return the hint of an error; words that were meant as they stand are shown as a literal first."""
    if isinstance(text, Select) and error.code in ("E001", "E007") and _WORDS.fullmatch(text.text):
        return f"A literal text is written {{const: {text.text}}}. {error.hint}".rstrip()
    return error.hint


def written_names(target: Target) -> Iterator[tuple[str, Origin]]:
    """Yield the names of the resources that a target may write, each with its place."""
    if isinstance(target.resource, str):
        yield target.resource, target.at if target.at != NOWHERE else target.origin
        return
    for name, origin in constants(target.resource):
        yield str(name), origin


def constants(choose: Choose) -> Iterator[tuple[object, Origin]]:
    """Yield the literals among the branches of a choice."""
    for branch in choose.branches:
        if isinstance(branch.value.producer, Const):
            yield branch.value.producer.value, branch.value.producer.origin
