"""What a shell completes: verbs, options, integrations, tenants, rules and document numbers."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from .desk import INTEGRATION, Desk, call, whole


def complete(desk: Desk, *words: str) -> list[str]:
    """Return what bash would offer for the last word."""
    asked = {
        "_RULES_RUN_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["rules-run", "-C", str(desk.folder), *words]),
        "COMP_CWORD": str(len(words) + 2),
    }
    program = [sys.executable, "-m", "rules_run"]
    done = subprocess.run(program, env=whole(asked), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_verbs_are_completed(desk: Desk) -> None:
    assert complete(desk, "val") == ["validate"]
    assert {"plan", "apply", "explain"} <= set(complete(desk, ""))


def test_integrations_tenants_and_rules_are_completed(desk: Desk) -> None:
    assert complete(desk, "plan", "inter") == [INTEGRATION]
    assert complete(desk, "apply", "inter") == [INTEGRATION]
    assert complete(desk, "plan", "--tenant", "te") == ["testcompany"]
    assert complete(desk, "explain", INTEGRATION, "c") == ["company", "contract", "charge", "credit"]
    assert complete(desk, "queue", "list", "--rule", f"{INTEGRATION}/ch") == [f"{INTEGRATION}/charge"]


def test_options_and_their_choices_are_completed(desk: Desk) -> None:
    assert complete(desk, "validate", "--ag") == ["--against"]
    assert complete(desk, "validate", "--output-format", "s") == ["sarif"]


def test_document_numbers_are_completed_from_the_ledger(desk: Desk) -> None:
    assert complete(desk, "queue", "show", "") == []
    assert desk.apply("-q").code == 0
    assert complete(desk, "queue", "show", "") == [str(number) for number in range(15, 0, -1)]
    assert complete(desk, "queue", "show", "1") == ["15", "14", "13", "12", "11", "10", "1"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_for_each_shell(shell: str) -> None:
    printed = call(["completion", shell], {})
    assert printed.code == 0
    assert f"_RULES_RUN_COMPLETE={shell}_complete" in printed.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_reads_its_script(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = call(["completion", shell], {}).out
    done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
