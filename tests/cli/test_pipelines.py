"""The pieces that pipelines are made of: the steps of the GitHub Action, and the hooks of pre-commit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .desk import DATE, ENVIRONMENT, REPORT, ROOT, Desk, Ran

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
PRE_COMMIT = "4.7.0"


class Runner:
    """Runs the shell steps of the action as a runner would: values by the environment, bash that stops at errors."""

    def __init__(self, desk: Desk, folder: Path, **inputs: str) -> None:
        self._desk, self._folder = desk, folder
        self._values = {f"inputs.{name}": str(spec["default"]) for name, spec in ACTION["inputs"].items()}
        self._values.update({f"inputs.{name}": value for name, value in inputs.items()})
        self._values["inputs.workspace"] = str(desk.folder)
        folder.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        script = f'#!/bin/sh\nexec "{sys.executable}" -m rules_run "$@"\n'
        (programs / "rules-run").write_text(script, encoding="utf-8")
        (programs / "rules-run").chmod(0o755)
        for name in ("summary", "output"):
            (folder / name).touch()

    def step(self, id_: str) -> Ran | None:
        """Run one step, or return None where its condition does not hold."""
        step = next(each for each in ACTION["runs"]["steps"] if each.get("id") == id_)
        if "if" in step and not self._holds(step["if"]):
            return None
        environment = {
            **os.environ,
            **ENVIRONMENT,
            **{name: self._filled(value) for name, value in step.get("env", {}).items()},
            "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "engine"),
            "RUNNER_TEMP": str(self._folder),
            "GITHUB_STEP_SUMMARY": str(self._folder / "summary"),
            "GITHUB_OUTPUT": str(self._folder / "output"),
            "RULES_RUN_PLAN_DATE": DATE,
            "RULES_RUN_APPLY_DATE": DATE,
        }
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(words, env=environment, cwd=self._folder, capture_output=True, text=True, check=False)
        for line in self.read("output").splitlines():
            name, _, value = line.partition("=")
            self._values[f"steps.{id_}.outputs.{name}"] = value
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    def read(self, name: str) -> str:
        """Return what the steps wrote."""
        return (self._folder / name).read_text(encoding="utf-8")

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: self._values.get(found[1], ""), text)

    def _holds(self, condition: str) -> bool:
        values = [self._values.get(name, "") == value for name, value in re.findall(r"([\w.]+) == '(\w+)'", condition)]
        return any(values) if "||" in condition else all(values)


def test_the_action_validates_tests_plans_and_applies_exactly_that_plan(desk: Desk, tmp_path: Path) -> None:
    runner = Runner(desk, tmp_path / "runner", apply="true", tenant="testcompany", integrations="intermedia-autotask")
    for name in ("validate", "plan"):
        ran = runner.step(name)
        assert ran is not None
        assert ran.code == 0, ran.said
    assert "| to create | 13 |" in runner.read("summary")
    assert "changes=true" in runner.read("output")
    assert desk.writes() == []
    applied = runner.step("apply")
    assert applied is not None
    assert applied.code == 0, applied.said
    assert "13 created" in applied.out
    assert len(desk.records("ContractCharges")) == 1


def test_what_moved_after_the_plan_is_not_applied_by_the_action(desk: Desk, tmp_path: Path) -> None:
    runner = Runner(desk, tmp_path / "runner", apply="true")
    runner.step("plan")
    desk.edit(REPORT, "150.00", "151.00")
    applied = runner.step("apply")
    assert applied is not None
    assert applied.code == 6
    assert desk.records("ContractCharges") == []


def test_the_action_applies_nothing_unless_it_is_asked_to(desk: Desk, tmp_path: Path) -> None:
    runner = Runner(desk, tmp_path / "runner")
    runner.step("plan")
    assert runner.step("apply") is None
    assert desk.writes() == []


def test_the_action_marks_a_mistake_beside_its_line(desk: Desk, tmp_path: Path) -> None:
    desk.edit(desk.own_rules(), "phone: acct.ownerPhone", "phne: acct.ownerPhone")
    found = Runner(desk, tmp_path / "runner").step("validate")
    assert found is not None
    assert found.code == 1
    assert re.search(r"^::error file=.*intermedia-autotask\.rules\.yaml,line=\d+,col=\d+,title=R032::", found.out, re.M)


def test_the_action_runs_rule_tests(desk: Desk, tmp_path: Path) -> None:
    assert desk.run("init", "integration", "sync").code == 0
    good = Runner(desk, tmp_path / "good", integrations="sync").step("test")
    assert good is not None
    assert (good.code, good.out.strip()) == (0, "2 of 2 passed")
    desk.edit("rules/sync/sync.test.yaml", "companyType: Customer, phone", "companyType: Vendor, phone")
    bad = Runner(desk, tmp_path / "bad", integrations="sync").step("test")
    assert bad is not None
    assert bad.code == 1
    assert "title=X002::" in bad.out


def test_no_input_of_the_action_is_written_into_a_script() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert [script for script in scripts if "${{" in script] == []
    assert all(step["shell"] == "bash" for step in ACTION["runs"]["steps"] if "run" in step)


def test_every_hook_calls_a_verb_that_there_is() -> None:
    from rules_run.cli import VERBS

    assert {hook["entry"].split()[1] for hook in HOOKS} <= set(VERBS)
    assert all(hook["pass_filenames"] is False for hook in HOOKS)


def git(folder: Path, *words: str) -> None:
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


def committed(folder: Path) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what the package is made of, as pre-commit clones it."""
    folder = tmp_path_factory.mktemp("hooks") / "rules-run"
    folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("engine", "connectors", "schemas", "rules"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, folder / name)
    committed(folder)
    return folder


def test_pre_commit_runs_the_hooks(clients, hooks: Path, tmp_path: Path) -> None:
    library = clients.python("pre-commit", PRE_COMMIT)
    work = tmp_path / "work"
    assert call_init(work) == 0
    config = {"repos": [{"repo": str(hooks), "rev": "main", "hooks": [{"id": hook["id"]} for hook in HOOKS]}]}
    (work / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    committed(work)
    done = pre_commit(library, work)
    assert done.returncode == 0, done.stdout + done.stderr
    rules = work / "rules" / "sync" / "sync.rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("key: account.id", "key: acount.id"), encoding="utf-8")
    git(work, "add", "--all")
    done = pre_commit(library, work)
    assert done.returncode == 1
    assert "R040" in done.stdout


def call_init(work: Path) -> int:
    from .desk import call

    work.mkdir()
    codes = [
        call(["-C", str(work), "init", *words], {}).code
        for words in (("workspace", "intermedia-autotask"), ("integration", "sync"))
    ]
    return max(codes)


def pre_commit(library: Path, work: Path) -> subprocess.CompletedProcess[str]:
    cache = work.parent / "pre-commit"
    environment = {**os.environ, "PYTHONPATH": str(library), "PRE_COMMIT_HOME": str(cache), "NO_COLOR": "1"}
    words = [sys.executable, "-m", "pre_commit", "run", "--all-files"]
    return subprocess.run(words, cwd=work, env=environment, capture_output=True, text=True, check=False)
