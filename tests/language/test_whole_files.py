"""Whole files: all problems at once, the shipped rules, and any text whatever."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_run.bundled import bundled
from rules_run.connect.catalogue import load_catalogue
from rules_run.language.codes import CODES
from rules_run.language.validate import (
    check_integration,
    check_rule_tests,
    check_tenant,
    load_integration,
    load_rule_tests,
    load_tenant,
)
from rules_run.model.catalogue import Catalogue

HERE = Path(__file__).parent
GOOD = (HERE / "files" / "shop-erp.rules.yaml").read_text(encoding="utf-8")


def test_ten_mistakes_are_ten_problems_each_at_its_place(catalogues: dict[str, Catalogue]) -> None:
    file = HERE / "files" / "ten-mistakes.rules.yaml"
    problems = check_integration(load_integration(file), catalogues)
    assert [f"{problem.origin.line}:{problem.origin.column} {problem.code}" for problem in problems] == [
        "7:34 R022",
        "12:5 S001",
        "13:23 R031",
        "18:24 R001",
        "20:50 R032",
        "22:21 R049",
        "24:23 E005",
        "29:21 R042",
        "30:45 R045",
        "32:12 E006",
    ]


def test_a_problem_reads_as_place_code_sentence_and_hint(catalogues: dict[str, Catalogue]) -> None:
    file = HERE / "files" / "ten-mistakes.rules.yaml"
    problems = check_integration(load_integration(file), catalogues)
    assert str(problems[7]) == f"{file}:29:21: R042 shop.Orders has no field dat.\n    Did you mean `date`?"


@pytest.mark.parametrize("file", sorted(bundled("rules").glob("*/*.rules.yaml")), ids=lambda file: file.parent.name)
def test_a_shipped_rule_file_has_no_problem(file: Path) -> None:
    loaded = load_integration(file)
    assert loaded.integration is not None
    folders = {alias: bundled("connectors") / kind for alias, kind in loaded.integration.connectors.items()}
    found = {alias: load_catalogue(folder) for alias, folder in folders.items() if (folder / "catalogue").is_dir()}
    problems = check_integration(loaded, {alias: each for alias, each in found.items() if each.names()})
    assert [str(problem) for problem in problems] == []


def test_the_digest_follows_the_file_and_its_tables(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    shutil.copytree(HERE / "files", folder)
    file = folder / "shop-erp.rules.yaml"
    digests = [digest_of(file), digest_of(file)]
    with (folder / "tables" / "cities.csv").open("a", encoding="utf-8") as table:
        table.write("Chur,GR,east\n")
    digests.append(digest_of(file))
    file.write_text(GOOD + "# changed\n", encoding="utf-8")
    digests.append(digest_of(file))
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def digest_of(file: Path) -> str:
    integration = load_integration(file).integration
    assert integration is not None
    return integration.digest


def lines_of(case: dict[str, Any]) -> list[str]:
    return [case["code"]] if "code" in case else list(case["codes"])


def test_every_code_is_explained_and_shown_by_a_broken_file() -> None:
    shown: set[str] = {"C002", "Y002", "Y005", "Y006", "Y014"}
    for name in ("broken_yaml", "broken_rules", "broken_tables", "broken_tenants", "broken_rule_tests"):
        cases = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
        shown.update(code for case in cases for code in lines_of(case))
    explained = {code for code in CODES if code[0] in "YSCR"}
    assert {code for code in shown if code[0] in "YSCR"} == explained
    assert all(entry.title and entry.explanation.endswith(".") for entry in CODES.values())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_as_a_file_never_raises(text: str, tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    check_everything(text, tmp_path, catalogues)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_good_file_with_anything_put_anywhere_never_raises(
    data: st.DataObject, tmp_path: Path, catalogues: dict[str, Catalogue]
) -> None:
    start = data.draw(st.integers(0, len(GOOD) - 1))
    length = data.draw(st.integers(0, 60))
    pieces = (
        "[]",
        "{}",
        "null",
        "1",
        "x",
        "true",
        "{const: 1}",
        "[{set: {a: 1}}]",
        "''",
        "- ",
        ": ",
        "",
        "{{",
        "\n",
        "`",
    )
    put = data.draw(st.one_of(st.sampled_from(pieces), st.text(max_size=10)))
    check_everything(GOOD[:start] + put + GOOD[start + length :], tmp_path, catalogues)


def values_of(text: str) -> list[tuple[int, int]]:
    """Return where the values of a good file begin and end."""
    marks = [(node.start_mark, node.end_mark) for node in all_nodes(yaml.compose(text))]
    return [(start.index, end.index) for start, end in marks]


def all_nodes(node: Any) -> list[Any]:
    below = node.value if isinstance(node.value, list) else []
    children = [child for pair in below for child in (pair if isinstance(pair, tuple) else (pair,))]
    return [node, *(found for child in children for found in all_nodes(child))]


@pytest.mark.parametrize(
    "put", ["null", "[]", "{}", "[1, {a: b}]", "{a: {b: [c]}}", "x y", "1.5", "'{{ x }}'", "false"]
)
def test_any_value_of_a_good_file_may_be_any_other(put: str, tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    for start, end in values_of(GOOD)[len(put) :: 23]:
        check_everything(GOOD[:start] + put + GOOD[end:], tmp_path, catalogues)


def check_everything(text: str, folder: Path, catalogues: dict[str, Catalogue]) -> None:
    file = folder / "shop-erp.rules.yaml"
    file.write_bytes(text.encode("utf-8", "replace"))
    loaded = load_integration(file)
    problems = check_integration(loaded, catalogues)
    assert problems == tuple(sorted(problems, key=lambda problem: problem.origin))
    check_tenant(load_tenant(file), {"shop-erp": loaded.integration} if loaded.integration else {})
    if loaded.integration:
        check_rule_tests(load_rule_tests(file), loaded.integration, catalogues)
