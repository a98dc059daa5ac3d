"""The sketches on paper: every integration can be said in the language, before an engine runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from rules_run.bundled import bundled
from rules_run.connect.catalogue import load_catalogue
from rules_run.errors import ExpressionError
from rules_run.language.expressions import is_template, parse_select, parse_template
from rules_run.language.validate import check_integration, load_integration

TOP = Path(__file__).parents[2]
SKETCHES = sorted((TOP / "docs" / "sketches").glob("*.rules.yaml"))
INTEGRATIONS = {
    "autotask-jim2",
    "autotask-problems",
    "autotask-purchase-orders",
    "autotask-quickbooks",
    "intermedia-alerts",
    "mail-to-ticket",
}
LITERALS = {"null", "true", "false"}


def named(path: Path) -> str:
    return path.name.removesuffix(".rules.yaml")


def schema() -> Any:
    return json.loads((TOP / "schemas" / "rules.schema.json").read_text(encoding="utf-8"))


def texts(sketch: object) -> Iterator[tuple[str, str]]:
    """Yield what is written in the sketch as a condition, a value or a message: the schema says where these stand."""
    found: list[tuple[str, str]] = []
    standard = Draft202012Validator.VALIDATORS["$ref"]

    def ref(validator: Any, ref: str, instance: object, within: Any) -> Iterator[Any]:
        kind = ref.rpartition("/")[2]
        if isinstance(instance, str) and kind in {"condition", "value", "text"}:
            found.append((kind, instance))
        for branch in instance if kind == "choose" and isinstance(instance, list) else [instance]:
            if kind in {"choose", "long_value"} and isinstance(branch, dict):
                found.extend(("value", branch[word]) for word in ("select", "template") if word in branch)
        yield from standard(validator, ref, instance, within)

    list(extend(Draft202012Validator, {"$ref": ref})(schema()).iter_errors(sketch))  # type: ignore[no-untyped-call]
    return iter(dict.fromkeys(found))


def problem(kind: str, text: str) -> str | None:
    try:
        if is_template(text):
            parse_template(text)
        elif kind != "text" and (bare := LITERALS.intersection(parse_select(text).roots)):
            return f"{text}: {bare} would be a name, a literal stands in backquotes"
    except ExpressionError as error:
        return f"{text}: {error.code} {error.message}"
    return None


def test_every_integration_has_a_sketch() -> None:
    assert {named(path) for path in SKETCHES} == INTEGRATIONS


@pytest.mark.parametrize("path", SKETCHES, ids=named)
def test_a_sketch_follows_the_schema_of_rule_files(path: Path) -> None:
    sketch = yaml.safe_load(path.read_text(encoding="utf-8"))
    errors = Draft202012Validator(schema()).iter_errors(sketch)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("path", SKETCHES, ids=named)
def test_every_expression_and_template_of_a_sketch_can_be_read(path: Path) -> None:
    found = list(texts(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert len(found) >= 10
    assert [said for kind, text in found if (said := problem(kind, text))] == []


@pytest.mark.parametrize("path", SKETCHES, ids=named)
def test_a_sketch_says_first_that_it_does_not_run_and_carries_the_name_of_its_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# A sketch: it is valid, but does not run yet.")
    assert yaml.safe_load(text)["name"] == named(path)


@pytest.mark.parametrize("path", SKETCHES, ids=named)
def test_a_sketch_has_no_mistake_that_can_be_seen_without_its_tables_and_the_systems_to_come(path: Path) -> None:
    loaded = load_integration(path)
    assert loaded.integration is not None
    shipped = {alias: bundled("connectors") / kind for alias, kind in loaded.integration.connectors.items()}
    catalogues = {alias: load_catalogue(folder) for alias, folder in shipped.items() if (folder / "catalogue").is_dir()}
    problems = check_integration(loaded, {alias: each for alias, each in catalogues.items() if each.names()})
    expected = {"R016", "C001"}  # it stands in no folder of its own, and has no tables
    assert [str(problem) for problem in problems if problem.code not in expected] == []
