"""Copies of the source into which flaws are put, and the suites that are run over them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..extent import QUICK, VARIABLE

ROOT = Path(__file__).parents[3]
COPIED = ("engine", "connectors", "schemas", "rules", "examples", "tests", "docs", "pyproject.toml")
WITNESS = """\
import sys
from pathlib import Path


def pytest_sessionfinish(session):
    ours = [module for name, module in sys.modules.items() if name.partition(".")[0] == "rules_run"]
    files = {str(getattr(module, "__file__", "")) for module in ours}
    Path(__file__).with_name("imported.txt").write_text("\\n".join(sorted(files)))
"""
"""A plugin that notes from where the product was imported: a suite that ran over something else has shown nothing."""
LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A text of a file that becomes another one; it has to be there once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What pytest is given, and how much of it is played."""

    words: tuple[str, ...]
    extent: str = QUICK


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A flaw in the write protocol, and the suites that must notice it."""

    name: str
    suites: tuple[str, ...]
    patches: tuple[Patch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a suite ended over a copy."""

    code: int
    said: str
    imported: tuple[Path, ...]

    @property
    def passed(self) -> bool:
        """Say whether every test passed."""
        return self.code == 0

    @property
    def noticed(self) -> bool:
        """Say whether a test failed; one that could not be set up, or read, has noticed nothing."""
        return self.code == 1 and re.search(r"^FAILED ", self.said, re.MULTILINE) is not None


def read_plan() -> tuple[dict[str, Suite], list[Flaw]]:
    """Return the suites by name, and the flaws."""
    plan: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("mutants.yaml").read_text(encoding="utf-8"))
    flaws = [
        Flaw(name=name, suites=tuple(each["suites"]), patches=tuple(Patch(**patch) for patch in each["patches"]))
        for name, each in plan["mutants"].items()
    ]
    suites = {
        name: Suite(words=tuple(each["pytest"]), extent=each.get("extent", QUICK))
        for name, each in plan["suites"].items()
    }
    return suites, flaws


def copy_source(folder: Path, patches: Sequence[Patch] = ()) -> Path:
    """Lay out a copy of the source with some of its texts changed."""
    leave = shutil.ignore_patterns("__pycache__", ".*")
    for name in COPIED:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=leave)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(place, folder / name)
    (folder / "witness.py").write_text(WITNESS, encoding="utf-8")
    for patch in patches:
        apply_patch(folder, patch)
    return folder


def apply_patch(folder: Path, patch: Patch) -> None:
    """Change one text of a copy; refuse one that is not there exactly once."""
    file = folder / patch.file
    text = file.read_text(encoding="utf-8")
    times = text.count(patch.old)
    if times != 1:
        raise ValueError(f"{patch.file} holds {times} times, not once:\n{patch.old}")
    changed = text.replace(patch.old, patch.new)
    compile(changed, str(file), "exec")
    file.write_text(changed, encoding="utf-8")


def run_suite(copy: Path, suite: Suite) -> Ran:
    """Run a suite over a copy, up to its first failure."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "witness", "-p", "no:cacheprovider", *suite.words]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "RULES_RUN_"))}
    kept |= {name: os.environ[name] for name in ("RULES_RUN_TEST_POSTGRES",) if name in os.environ}
    paths = os.pathsep.join([str(copy / "engine"), str(copy)])
    environment = {**kept, "PYTHONPATH": paths, VARIABLE: suite.extent}
    ran = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
    )
    imported = copy / "imported.txt"
    files = imported.read_text(encoding="utf-8").splitlines() if imported.exists() else []
    imported.unlink(missing_ok=True)
    return Ran(code=ran.returncode, said=ran.stdout + ran.stderr, imported=tuple(Path(file) for file in files if file))
