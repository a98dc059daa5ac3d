"""Every way to get a rule file wrong that we know: the code, the place, the words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_run.language.validate import check_integration, load_integration
from rules_run.model.catalogue import Catalogue

Broken = Callable[[str, dict[str, str]], tuple[str, list[str]]]
HERE = Path(__file__).parent
FILE = "shop-erp.rules.yaml"
GOOD = (HERE / "files" / FILE).read_text(encoding="utf-8")
CASES = yaml.safe_load((HERE / "broken_rules.yaml").read_text(encoding="utf-8"))


def named(case: dict[str, Any]) -> str:
    return f"{'-'.join(case['codes'])} {next(iter(case['change'].values()))[:50]!r}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(HERE / "files" / "tables", tmp_path / "tables")
    return tmp_path


def test_the_good_file_has_no_problem(catalogues: dict[str, Catalogue]) -> None:
    assert check_integration(load_integration(HERE / "files" / FILE), catalogues) == ()


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_mistake_is_told_once_at_its_place(
    case: dict[str, Any], folder: Path, catalogues: dict[str, Catalogue], broken: Broken
) -> None:
    text, places = broken(GOOD, case["change"])
    (folder / FILE).write_text(text, encoding="utf-8")
    problems = check_integration(load_integration(folder / FILE), catalogues)
    found = [f"{problem.origin.line}:{problem.origin.column} {problem.code}" for problem in problems]
    assert found == [f"{place} {code}" for place, code in zip(places, case["codes"], strict=True)], list(
        map(str, problems)
    )
    assert case.get("says", "") in "\n".join(map(str, problems))
