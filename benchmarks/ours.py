"""The rule file itself, compiled by the engine."""

from __future__ import annotations

from pathlib import Path

from rules_run.errors import InvalidFiles
from rules_run.language.validate import load_integration
from rules_run.mapping.compiled import RuleCompiler
from rules_run.mapping.point import Setting
from rules_run.model.problem import Problem

Record = dict[str, object]


class Mapper:
    """Maps invoices by the rule `invoice`: its checks, then its fields."""

    def __init__(self, rule_file: Path) -> None:
        loaded = load_integration(rule_file)
        rule = loaded.integration.rule("invoice") if loaded.integration else None
        if rule is None:
            raise InvalidFiles(loaded.problems)
        self._rule = RuleCompiler(Setting(loaded.tables)).rule(rule)

    def __call__(self, inv: Record) -> Record:
        scope: Record = {"inv": inv}
        notes: list[Problem] = []
        self._rule.checks(scope, notes)
        if notes:
            raise InvalidFiles(notes)
        document = self._rule.target.set.all(scope)
        assert isinstance(document, dict)
        return document
