"""What a command imports before it is needed: somebody waits for it, with a finger on the key."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from rules_run.cli import VERBS

from .desk import EXAMPLE, INTEGRATION, whole

NETWORK = {"requests", "urllib3", "sqlalchemy", "alembic", "flask", "rich", "babel", "asyncio", "email"}
LANGUAGE = {"yaml", "jinja2", "jmespath", "jsonschema", "rules_run.language.validate", "rules_run.language.expressions"}
PACKAGES = {"importlib.metadata", "jsonschema"}
"""What finds installed packages, and what explains mistakes: neither is asked where there is nothing to find."""
SLOW = {"pathlib", "dataclasses", "decimal", "json"}
SOURCE = """
import sys
from rules_run.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def loaded(words: list[str], environment: Mapping[str, str]) -> tuple[str, set[str]]:
    """Return what a command says and which modules it has loaded in the end."""
    program = [sys.executable, "-c", SOURCE, *words]
    told = {name: value for name, value in whole(environment).items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(program, env=told, capture_output=True, text=True, check=True)
    return done.stdout, set(done.stderr.split())


def completed(*words: str) -> tuple[list[str], set[str]]:
    """Return what bash would offer for the last word, and what was loaded for it."""
    line = ["rules-run", "-C", str(EXAMPLE), *words]
    asked = {"_RULES_RUN_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(line), "COMP_CWORD": str(len(line) - 1)}
    said, modules = loaded([], asked)
    return [each.partition(",")[2] for each in said.splitlines()], modules


def test_help_loads_nothing_of_what_the_verbs_do():
    said, modules = loaded(["--help"], {})
    assert "validate" in said
    assert not modules & (NETWORK | LANGUAGE | PACKAGES | SLOW)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_loads_nothing_of_what_it_does(verb: str):
    said, modules = loaded([verb, "--help"], {})
    assert "Usage: rules-run" in said
    assert not modules & (NETWORK | LANGUAGE | PACKAGES)


@pytest.mark.parametrize("verb", ["validate", "test", "plan", "explain", "completion"])
def test_the_help_of_what_is_called_most_loads_nothing_that_takes_long(verb: str):
    assert not loaded([verb, "--help"], {})[1] & SLOW


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("val",), "validate"),
        (("validate", "--ag"), "--against"),
        (("plan", "inter"), INTEGRATION),
        (("plan", "--tenant", "te"), "testcompany"),
        (("explain", INTEGRATION, "cont"), "contract"),
    ],
)
def test_completion_loads_nothing_that_takes_long(words: tuple[str, ...], offered: str):
    offers, modules = completed(*words)
    assert offers == [offered]
    assert not modules & (NETWORK | LANGUAGE | PACKAGES | SLOW)


def test_completion_of_a_document_does_without_the_engine():
    _, modules = completed("queue", "show", "1")
    assert not modules & (NETWORK | LANGUAGE | PACKAGES)


def test_files_without_mistakes_are_checked_without_the_network_the_ledger_and_what_explains_mistakes(tmp_path: Path):
    said, modules = loaded(["-C", str(EXAMPLE), "validate"], {"XDG_CACHE_HOME": str(tmp_path)})
    assert "no problem" in said
    assert "rules_run.runtime.checking" in modules
    assert not modules & (NETWORK | PACKAGES)
    assert not [name for name in modules if name.startswith(("rules_run.ledger", "rules_run.delivery"))]
