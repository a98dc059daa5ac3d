"""Rule tests against their integration and the catalogues: names, settings, fixtures, expected fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rules_run.model.catalogue import Catalogue, Resource
from rules_run.model.problem import Origin, Problem
from rules_run.model.rule_tests import Case, Expectation, Given, RuleTests, Step
from rules_run.model.rules import Integration

from ..parse.places import Places, Words
from ..settings import setting_fault
from ..suggest import did_you_mean
from .shapes import field_at, field_names


def rule_test_problems(
    tests: RuleTests, places: Places, integration: Integration, catalogues: Mapping[str, Catalogue]
) -> list[Problem]:
    """Check a file of rule tests."""
    check = _TestCheck(places, integration, catalogues)
    if tests.rules != integration.name:
        hint = did_you_mean(tests.rules, [integration.name], "This folder's integration")
        check.wrong("R082", f"There is no integration `{tests.rules}` here.", tests.origin, hint)
        return check.problems
    check.settings(tests.settings, ("settings",))
    check.tables(tests.tables, ("tables",))
    check.given(tests.given, ("given",))
    check.sandboxes(tests.sandboxes, ("sandboxes",))
    for number, case in enumerate(tests.cases):
        check.case(case, ("cases", number))
    check.names_differ(tests.cases)
    return check.problems


class _TestCheck:
    def __init__(self, places: Places, integration: Integration, catalogues: Mapping[str, Catalogue]) -> None:
        self.places, self.integration, self.catalogues = places, integration, catalogues
        self.problems: list[Problem] = []

    def wrong(self, code: str, message: str, origin: Origin, hint: str = "") -> None:
        self.problems.append(Problem(code=code, message=message, origin=origin, hint=hint))

    def names_differ(self, cases: Iterable[Case]) -> None:
        seen: dict[str, Case] = {}
        for case in cases:
            if (first := seen.setdefault(case.name, case)) is not case:
                message = f"Two cases have this name; the first stands in line {first.origin.line}."
                self.wrong("R085", message, case.origin, "A name tells a reader of the report which case is meant.")

    def sandboxes(self, names: Iterable[str], words: Words) -> None:
        for name in names:
            self.alias(name, self.places.name(*words, name))

    def case(self, case: Case, words: Words) -> None:
        self.sandboxes(case.sandboxes, (*words, "sandboxes"))
        for number, rule in enumerate(case.only):
            self.rule(rule, self.places.value(*words, "only", number))
        for number, reply in enumerate(case.reply):
            self.resource(reply.to, self.places.value(*words, "reply", number, "to"))
        self.step(case.first, words)
        for number, step in enumerate(case.then):
            self.step(step, (*words, "then", number))

    def step(self, step: Step, words: Words) -> None:
        self.settings(step.settings, (*words, "settings"))
        self.tables(step.tables, (*words, "tables"))
        self.given(step.given, (*words, "given"))
        self.given(step.replace, (*words, "replace"))
        for name in step.records:
            self.resource(name, self.places.name(*words, "records", name))
        for number, expectation in enumerate(step.expect):
            self.expectation(expectation, (*words, "expect", number))

    def expectation(self, expectation: Expectation, words: Words) -> None:
        if expectation.outcome in ("create", "update"):
            if resource := self.resource(expectation.of, expectation.origin):
                self.fields(expectation.of, resource, expectation.has, (*words, "has"))
        elif expectation.outcome == "stop":
            known = [each.name for each in self.integration.preconditions] + ["limits", *self.integration.connectors]
            if expectation.of not in known:
                hint = did_you_mean(expectation.of, known, "Preconditions")
                self.wrong(
                    "R084", f"There is no precondition or connector `{expectation.of}`.", expectation.origin, hint
                )
        else:
            self.rule(expectation.of, expectation.origin)

    def rule(self, name: str, origin: Origin) -> None:
        names = [rule.name for rule in self.integration.rules]
        if name not in names:
            hint = did_you_mean(name, names, "Rules")
            self.wrong("R083", f"{self.integration.name} has no rule `{name}`.", origin, hint)

    def settings(self, values: Mapping[str, object], words: Words) -> None:
        known = {setting.name: setting for setting in self.integration.settings}
        for name, value in values.items():
            if name not in known:
                hint = did_you_mean(name, known, "Its settings")
                message = f"{self.integration.name} has no setting `{name}`."
                self.wrong("R095", message, self.places.name(*words, name), hint)
            elif fault := setting_fault(known[name], value):
                self.wrong("R096", f"`{name}` {fault}.", self.places.value(*words, name), known[name].description)

    def tables(self, tables: Mapping[str, Iterable[Mapping[str, str]]], words: Words) -> None:
        known = {table.name: table for table in self.integration.tables}
        for name, rows in tables.items():
            if name not in known:
                message = f"{self.integration.name} has no table `{name}`."
                self.wrong("R098", message, self.places.name(*words, name), did_you_mean(name, known, "Its tables"))
                continue
            columns = (known[name].key, *known[name].columns)
            for number, row in enumerate(rows):
                for column in row:
                    if column not in columns:
                        place = self.places.name(*words, name, number, column)
                        hint = did_you_mean(column, columns, "Columns")
                        self.wrong("R047", f"The table `{name}` has no column `{column}`.", place, hint)

    def given(self, given: Given, words: Words) -> None:
        for name, records in given.items():
            resource = self.resource(name, self.places.name(*words, name))
            for number, record in enumerate(records if resource else ()):
                assert resource is not None
                self.fields(name, resource, record, (*words, name, number))

    def alias(self, alias: str, origin: Origin) -> bool:
        known = alias in self.integration.connectors
        if not known:
            hint = did_you_mean(alias, self.integration.connectors, "Connectors")
            self.wrong("R030", f"There is no connector `{alias}` in {self.integration.name}.", origin, hint)
        return known

    def resource(self, name: str, origin: Origin) -> Resource | None:
        alias, _, kind = name.partition(".")
        if not self.alias(alias, origin):
            return None
        catalogue = self.catalogues.get(alias)
        if catalogue is not None and kind not in catalogue.names():
            system = self.integration.connectors[alias]
            hint = did_you_mean(kind, catalogue.names(), f"Resources of {system}")
            self.wrong("R031", f"{system} has no resource `{kind}`.", origin.shifted(len(alias) + 1), hint)
        return catalogue.resource(kind) if catalogue else None

    def fields(self, name: str, resource: Resource, record: Mapping[str, object], words: Words) -> None:
        for path, place_words in _paths(record, ()):
            found = field_at(resource, path)
            if found is None:
                hint = did_you_mean(path, field_names(resource), "Fields")
                self.wrong("R032", f"{name} has no field `{path}`.", self.places.name(*words, *place_words), hint)


def _paths(record: Mapping[str, object], above: tuple[str, ...]) -> Iterator[tuple[str, Words]]:
    """Yield the dotted path of every field, outer ones only where they hold no mapping."""
    for name, value in record.items():
        words = (*above, name)
        if isinstance(value, dict) and value:
            yield from _paths(value, words)
        else:
            yield ".".join(words), words
