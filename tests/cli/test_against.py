"""`validate --against REF` refuses content that changed under the same version."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .desk import Ran, call

FILE = "rules/sync/sync.rules.yaml"
TABLE = "tables:\n  kinds: {file: tables/kinds.csv, key: kind, columns: [name]}\n\n"
MAPPED = "        city: {select: account.companyName, map: {table: kinds, missing: 'null'}}"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    call(["-C", str(tmp_path), "init", "integration", "sync"], {})
    edit(tmp_path, "connectors:\n", f"{TABLE}connectors:\n")
    edit(tmp_path, "        phone: account.ownerPhone", f"        phone: account.ownerPhone\n{MAPPED}")
    (tmp_path / "rules/sync/tables").mkdir()
    (tmp_path / "rules/sync/tables/kinds.csv").write_text("kind,name\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is")


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / FILE).read_text("utf-8")
    assert old in text
    (folder / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")


def validate(folder: Path, reference: str = "HEAD") -> Ran:
    return call(["-C", str(folder), "validate", "sync", "--against", reference], {})


def test_what_did_not_change_passes(repository: Path) -> None:
    ran = validate(repository)
    assert ran.code == 0, ran.said


def test_a_changed_rule_file_needs_a_new_version(repository: Path) -> None:
    edit(repository, "companyType: {const: Customer}", "companyType: {const: Lead}")
    ran = validate(repository)
    assert ran.code == 1
    assert f"{FILE}:4:10: W030 sync.rules.yaml differs from HEAD" in ran.out
    edit(repository, "version: 0.1.0", "version: 0.2.0")
    assert validate(repository).code == 0


def test_a_changed_table_needs_a_new_version_too(repository: Path) -> None:
    (repository / "rules/sync/tables/kinds.csv").write_text("kind,name\na,b\n", encoding="utf-8")
    ran = validate(repository)
    assert (ran.code, "W030 tables/kinds.csv differs from HEAD" in ran.out) == (1, True)


def test_a_new_integration_has_nothing_to_be_compared_with(repository: Path) -> None:
    call(["-C", str(repository), "init", "integration", "other"], {})
    assert call(["-C", str(repository), "validate", "other", "--against", "HEAD"], {}).code == 0


def test_an_older_reference_is_compared_as_it_was(repository: Path) -> None:
    edit(repository, "companyType: {const: Customer}", "companyType: {const: Lead}")
    commit(repository)
    assert validate(repository).code == 0
    assert validate(repository, "HEAD~1").code == 1


@pytest.mark.parametrize("reference", ["nowhere", "--help", "HEAD:x"])
def test_an_unknown_reference_is_refused(repository: Path, reference: str) -> None:
    ran = call(["-C", str(repository), "validate", "sync", f"--against={reference}"], {})
    assert (ran.code, "W031" in ran.err) == (1, True)


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    call(["-C", str(tmp_path), "init", "integration", "sync"], {})
    ran = validate(tmp_path)
    assert (ran.code, "W031" in ran.err) == (1, True)
