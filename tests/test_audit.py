"""The audit of what the product is made of finds what it is for, and never calls good what it could not ask."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from .audit import SAFE, TOP, lock_faults, main, read_lock

LOCK = TOP / "requirements-dev.lock"
PROJECT = TOP / "pyproject.toml"
HASH = f"    --hash=sha256:{'0' * 64}\n"
SMALL = f"jinja2==3.1.6 \\\n{HASH}requests==2.33 \\\n{HASH}wincolors==1.0 ; sys_platform == 'win32' \\\n{HASH}"
BOUNDS = '[project]\ndependencies = ["jinja2>=3.1.6", "requests>=2.32.5"]\n'
VERSIONS = {"jinja2": "3.1.6", "requests": "2.33"}


def scanner(folder: Path, *packages: dict[str, Any], says: str = "", code: int = 0) -> list[str]:
    """Return a scanner that answers with these packages, or says only something else."""
    answer = "" if says else json.dumps({"dependencies": list(packages), "fixes": []})
    file = folder / "scanner.py"
    file.write_text(f"import sys\nprint({answer!r})\nprint({says!r}, file=sys.stderr)\nsys.exit({code})\n")
    return [sys.executable, str(file)]


def package(name: str, *advisories: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": [{"id": a, "fix_versions": ["1.1"]} for a in advisories], **more}


def audited(folder: Path, program: list[str], lock: str = SMALL, bounds: str = BOUNDS, *, strict: bool = False) -> Any:
    """Return how an audit ended and what it said."""
    (folder / "a.lock").write_text(lock)
    (folder / "a.toml").write_text(bounds)
    said: list[str] = []
    code = main(
        strict=strict,
        lock=folder / "a.lock",
        project=folder / "a.toml",
        say=said.append,
        scanner=program,
        installed=there,
    )
    return code, "\n".join(said)


def there(name: str) -> str:
    if name not in VERSIONS:
        raise PackageNotFoundError
    return VERSIONS[name]


def test_what_is_locked_here_is_hashed_safe_and_installed() -> None:
    locked = read_lock(LOCK.read_text(encoding="utf-8"))
    assert list(lock_faults(locked)) == []
    assert len(locked) > 50
    assert {each.name for each in locked} >= set(SAFE)


def test_a_sound_lock_and_a_scanner_without_findings_are_good(tmp_path: Path) -> None:
    code, said = audited(tmp_path, scanner(tmp_path, package("jinja2"), package("requests")))
    assert (code, "advisories: 2 packages looked up, 0 findings" in said) == (0, True), said


@pytest.mark.parametrize(
    ("lock", "bounds", "says"),
    [
        (SMALL.replace("3.1.6", "3.1.4"), BOUNDS, "jinja2 3.1.4 is older than 3.1.6"),
        (SMALL.replace(HASH, "", 1), BOUNDS, "jinja2 3.1.6 has no hash"),
        (SMALL.replace("2.33", "2.34"), BOUNDS, "requests 2.34 is locked, 2.33 is installed"),
        (SMALL + f"mako==1.4 \\\n{HASH}", BOUNDS, "mako 1.4 is locked, nothing is installed"),
        (SMALL, BOUNDS.replace("3.1.6", "3.1.2"), "pyproject.toml lets jinja2 be older than 3.1.6"),
        (SMALL, BOUNDS.replace("jinja2>=3.1.6", "jinja2"), "pyproject.toml lets jinja2 be older"),
        (SMALL, BOUNDS.replace("jinja2>=3.1.6", "click"), "click has no least version"),
        (SMALL, BOUNDS.replace("jinja2>=3.1.6", "click>=8"), "click is needed and not locked"),
    ],
)
def test_what_is_wrong_with_lock_or_bounds_is_found(tmp_path: Path, lock: str, bounds: str, says: str) -> None:
    code, said = audited(tmp_path, scanner(tmp_path, package("jinja2"), package("requests")), lock, bounds)
    assert code == 1
    assert says in said


def test_an_advisory_is_a_finding(tmp_path: Path) -> None:
    program = scanner(tmp_path, package("jinja2", "PYSEC-1", "PYSEC-2"), package("requests"), code=1)
    code, said = audited(tmp_path, program)
    assert code == 1
    assert "  jinja2 1.0: PYSEC-2, mended in 1.1" in said


@pytest.mark.parametrize("strict", [False, True])
def test_what_could_not_be_looked_up_is_never_called_good(tmp_path: Path, strict: bool) -> None:
    (tmp_path / "other").mkdir()
    for program, why in (
        (scanner(tmp_path, package("jinja2")), "1 of 2 were looked up"),
        (scanner(tmp_path / "other", says="ERROR: cannot reach the service", code=1), "cannot reach the service"),
        ([str(tmp_path / "none")], "cannot be had"),
    ):
        code, said = audited(tmp_path, program, strict=strict)
        assert code == (2 if strict else 0)
        assert "advisories: SKIPPED, so nothing is known of them" in said
        assert why in said


def test_a_package_that_the_scanner_passes_over_is_not_called_good(tmp_path: Path) -> None:
    passed_over = {"name": "requests", "version": "2.33", "skip_reason": "not found"}
    code, said = audited(tmp_path, scanner(tmp_path, package("jinja2"), passed_over), strict=True)
    assert code == 2
    assert "requests could not be looked up" in said


def test_a_line_that_pins_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="pins nothing: requests>=2"):
        read_lock("requests>=2\n")
