"""Files into the model, with all their problems at once; nothing raises for what a person wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rules_run.model.catalogue import Catalogue
from rules_run.model.frozen import frozen
from rules_run.model.problem import Problem
from rules_run.model.rules import Integration, Table, TableSpec, Tenant

from .checks.integration import check_parsed
from .parse.integration import Parsed, read_integration
from .parse.places import NO_PLACES, Places, places_of
from .parse.reading import Reading
from .schema_check import schema_problems
from .tables import read_table
from .yaml_nodes import MappingNode
from .yaml_read import read_yaml

if TYPE_CHECKING:
    from rules_run.model.rule_tests import RuleTests

    from .checks.tenant import Secrets

Problems = tuple[Problem, ...]


@frozen
class Loaded:
    """A rule file as read; `integration` is there as soon as it can be spoken of, however much is wrong with it."""

    integration: Integration | None = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    problems: Problems = ()
    parsed: Parsed | None = None


@frozen
class LoadedTenant:
    """A tenant file as read."""

    tenant: Tenant | None = None
    problems: Problems = ()
    places: Places = NO_PLACES


@frozen
class LoadedRuleTests:
    """A file of rule tests as read."""

    tests: RuleTests | None = None
    problems: Problems = ()
    places: Places = NO_PLACES


def load_integration(file: Path) -> Loaded:
    """Read a rule file and the tables beside it."""
    node, reading = _read(file, "rules")
    if node is None:
        return Loaded(problems=in_order(reading.problems))
    parsed = read_integration(reading, node, str(file))
    _check_name(reading, node, "name", file.name, f"{parsed.integration.name}.rules.yaml")
    tables, table_problems = load_tables(parsed.integration.tables, file.parent)
    parsed = parsed.with_digest(content_digest(file, parsed.integration.tables))
    return Loaded(
        integration=parsed.integration,
        tables=tables,
        problems=in_order([*reading.problems, *table_problems]),
        parsed=parsed,
    )


def load_tables(specs: Iterable[TableSpec], folder: Path) -> tuple[dict[str, Table], Problems]:
    """Read tables whose files stand below a folder."""
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    for spec in specs:
        if spec.file and spec.key:
            table, found = read_table(spec, folder / spec.file)
            problems += found
            tables.update({spec.name: table} if table is not None else {})
    return tables, in_order(problems)


def load_tenant_tables(
    loaded: LoadedTenant, name: str, specs: Iterable[TableSpec], root: Path
) -> tuple[dict[str, Table], Problems]:
    """Read the tables with which a tenant replaces those of an integration: files below the workspace `root`."""
    assignment = loaded.tenant.assignment(name) if loaded.tenant else None
    own = assignment.tables if assignment else {}
    replaced = [
        replace(spec, file=own[spec.name], at=loaded.places.value("integrations", name, "tables", spec.name))
        for spec in specs
        if spec.name in own
    ]
    return load_tables(replaced, root)


def content_digest(file: Path, specs: Iterable[TableSpec]) -> str:
    """Return a digest of a rule file and its tables: equal content, equal digest."""
    digest = hashlib.sha256()
    for path in (file, *(file.parent / spec.file for spec in sorted(specs, key=lambda spec: spec.name))):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()


def check_integration(loaded: Loaded, catalogues: Mapping[str, Catalogue]) -> Problems:
    """Return all problems of a rule file: of its reading, and against the catalogues of its aliases."""
    if loaded.parsed is None:
        return loaded.problems
    complete = not has_errors(loaded.problems)
    return _joined(loaded.problems, check_parsed(loaded.parsed, catalogues, complete=complete))


def load_tenant(file: Path) -> LoadedTenant:
    """Read a tenant file."""
    from .parse.tenant import read_tenant

    node, reading = _read(file, "tenant")
    if node is None:
        return LoadedTenant(problems=in_order(reading.problems))
    tenant = read_tenant(reading, node, str(file))
    _check_name(reading, node, "tenant", file.name, f"{tenant.name}.yaml")
    return LoadedTenant(tenant=tenant, problems=in_order(reading.problems), places=places_of(node))


def check_tenant(
    loaded: LoadedTenant,
    integrations: Mapping[str, Integration],
    *,
    secret_settings: Secrets | None = None,
    connector_types: Collection[str] | None = None,
) -> Problems:
    """Return all problems of a tenant file; `secret_settings` are the secret connector settings by connector type."""
    from .checks.tenant import tenant_problems

    if loaded.tenant is None:
        return loaded.problems
    found = tenant_problems(
        loaded.tenant,
        loaded.places,
        integrations,
        secret_settings=secret_settings or {},
        connector_types=connector_types,
        spoken=frozenset(problem.origin for problem in loaded.problems),
    )
    return _joined(loaded.problems, found)


def load_rule_tests(file: Path) -> LoadedRuleTests:
    """Read a file of rule tests."""
    from .parse.rule_tests import read_rule_tests

    node, reading = _read(file, "rule-tests")
    if node is None:
        return LoadedRuleTests(problems=in_order(reading.problems))
    tests = read_rule_tests(reading, node, str(file))
    return LoadedRuleTests(tests=tests, problems=in_order(reading.problems), places=places_of(node))


def check_rule_tests(
    loaded: LoadedRuleTests, integration: Integration, catalogues: Mapping[str, Catalogue]
) -> Problems:
    """Return all problems of a file of rule tests."""
    from .checks.rule_tests import rule_test_problems

    if loaded.tests is None:
        return loaded.problems
    return _joined(loaded.problems, rule_test_problems(loaded.tests, loaded.places, integration, catalogues))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Say whether any problem is more than a warning."""
    return any(problem.level == "error" for problem in problems)


def in_order(problems: Iterable[Problem]) -> Problems:
    """Return each problem once, by file, line and column."""
    unique = {(problem.code, problem.origin, problem.message): problem for problem in problems}
    return tuple(sorted(unique.values(), key=lambda problem: (problem.origin, problem.code, problem.message)))


def _joined(first: Problems, later: Iterable[Problem]) -> Problems:
    """Add what a later step found, but where an earlier one has already spoken."""
    spoken = {problem.origin for problem in first}
    return in_order([*first, *(problem for problem in later if problem.origin not in spoken)])


def _read(file: Path, schema: str) -> tuple[MappingNode | None, Reading]:
    node, problems = read_yaml(file)
    if node is None:
        return None, Reading.failed(problems)
    found, faulty = schema_problems(node, schema)
    reading = Reading(faulty=faulty, problems=found)
    return (node if isinstance(node, MappingNode) else None), reading


def _check_name(reading: Reading, node: MappingNode, word: str, file: str, wanted: str) -> None:
    name = node.get(word)
    if name is not None and reading.sound(name) and file != wanted:
        message = f"`{word}` does not fit the name of the file: {file} should be {wanted}."
        reading.wrong("R016", message, name.origin, "Rename the file or correct the word.")
