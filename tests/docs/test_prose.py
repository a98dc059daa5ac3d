"""What the prose says about files and words has to be so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rules_run.language.schema_check import schema_problems
from rules_run.language.yaml_read import parse_yaml

TOP = Path(__file__).parents[2]
PAGES = sorted(page for page in TOP.rglob("*.md") if not page.relative_to(TOP).parts[0].startswith((".", "node_")))
RULES = (TOP / "rules" / "intermedia-autotask" / "intermedia-autotask.rules.yaml").read_text(encoding="utf-8")


def said(page: Path) -> str:
    return str(page.relative_to(TOP))


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (TOP / page).read_text(encoding="utf-8"), re.M | re.S)


def schema(name: str) -> Any:
    return json.loads((TOP / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def mistakes(text: str, name: str) -> list[str]:
    node, problems = parse_yaml(text.encode(), "guide.md")
    return [str(problem) for problem in problems or (schema_problems(node, name)[0] if node else [])]


@pytest.mark.parametrize("page", PAGES, ids=said)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_rule_on_the_first_screen_is_the_real_one() -> None:
    (piece,) = blocks("README.md", "yaml")
    assert piece in RULES


def test_the_guide_shows_a_valid_tenant_file() -> None:
    (tenant,) = blocks("docs/guide/workspace.md", "yaml")
    assert mistakes(tenant, "tenant") == []


def test_the_guide_shows_a_valid_rule_test() -> None:
    (rule_test,) = blocks("docs/guide/rule-tests.md", "yaml")
    assert mistakes(rule_test, "rule-tests") == []


def test_every_word_of_a_rule_and_of_its_target_is_in_the_guide() -> None:
    words = schema("rules")["properties"]
    rule = words["rules"]["additionalProperties"]["properties"]
    guide = (TOP / "docs" / "guide" / "language.md").read_text(encoding="utf-8")
    asked = {*words, *rule, *rule["to"]["properties"]}
    assert {word for word in asked if f"`{word}`" not in guide and f"\n{word}:" not in guide} == set()


@pytest.mark.parametrize("page", sorted((TOP / "docs" / "decisions").glob("*.md")), ids=said)
def test_a_decision_has_its_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(r"# \S.*\n\nDate: \d{4}-\d\d-\d\d\n\n## Context\n", text)
    assert re.findall(r"^## (\w+)$", text, re.M) == ["Context", "Decision", "Consequences"]
    assert re.match(r"\d{4}-[a-z0-9-]+$", page.stem)
