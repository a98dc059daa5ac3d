"""Files that ship with connectors are read as the library reads them, and as rule files are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from rules_run.language.yaml_plain import plain_yaml

TOP = Path(__file__).parents[2]
FILES = [file for name in ("manifest", "overrides", "catalogue/*") for file in TOP.glob(f"connectors/*/{name}.yaml")]


def test_manifests_and_catalogues_mean_the_same_to_the_library():
    assert FILES
    for file in FILES:
        assert plain_yaml(file.read_bytes()) == yaml.safe_load(file.read_bytes()), file


def test_scalars_mean_what_they_mean_in_a_rule_file():
    text = "{a: 007, b: 1.50, c: yes, d: 2026-01-31, e: null, f: '1', g: [true, -2]}"
    assert plain_yaml(text) == {
        "a": "007",
        "b": Decimal("1.50"),
        "c": "yes",
        "d": "2026-01-31",
        "e": None,
        "f": "1",
        "g": [True, -2],
    }
    assert plain_yaml("# nothing\n") is None


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb: *x\n", "a: !!python/name:os.system\n", "a: 1\n---\nb: 2\n", "1: a\n", "[a]: b\n", "a: [1\n"]
)
def test_what_could_be_misread_is_refused_with_its_place(text):
    with pytest.raises(yaml.MarkedYAMLError) as refused:
        plain_yaml(text)
    assert refused.value.problem_mark is not None
