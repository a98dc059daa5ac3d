"""Whether a rule file that changed since a git reference has another version."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from rules_run.errors import InvalidFiles
from rules_run.language.yaml_nodes import MappingNode, ScalarNode
from rules_run.language.yaml_read import parse_yaml
from rules_run.model.problem import Problem
from rules_run.model.rules import Integration
from rules_run.runtime.checking import Checked


def unraised(checked: Checked, root: Path, reference: str) -> Iterator[Problem]:
    """Yield a problem for each integration below `root` whose content differs from the reference, not its version."""
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if commit is None:
        message = f"git knows no commit {reference!r} in {root}."
        hint = "Fetch it first, or name another one with --against."
        raise InvalidFiles([Problem(code="W031", message=message, hint=hint)])
    for loaded in checked.integrations.values():
        if loaded.integration is not None and Path(loaded.integration.file).resolve().is_relative_to(root):
            yield from _judged(loaded.integration, commit.decode().strip(), reference)


def _judged(integration: Integration, commit: str, reference: str) -> Iterator[Problem]:
    file = Path(integration.file)
    now = _version(file.read_bytes(), integration.file)
    then = _version(_content(file.parent, commit, file.name) or b"", "")
    if now is None or then is None or now.value != then.value:
        return
    names = [file.name, *(table.file for table in integration.tables)]
    changed = [name for name in names if _content(file.parent, commit, name) != _present(file.parent / name)]
    if changed:
        verb = "differs" if len(changed) == 1 else "differ"
        message = f"{', '.join(changed)} {verb} from {reference}, and the version is {now.value} there too."
        yield Problem(code="W030", message=message, origin=now.origin, hint="Give the integration a new `version`.")


def _version(content: bytes, name: str) -> ScalarNode | None:
    node, _ = parse_yaml(content, name)
    found = node.get("version") if isinstance(node, MappingNode) else None
    return found if isinstance(found, ScalarNode) else None


def _present(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _content(folder: Path, commit: str, name: str) -> bytes | None:
    return _git(folder, "show", f"{commit}:./{name}")


def _git(folder: Path, *words: str) -> bytes | None:
    """Return what git answers, or None where it refuses."""
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        message, hint = "The program git is not installed.", "--against compares with a commit."
        raise InvalidFiles([Problem(code="W031", message=message, hint=hint)]) from None
    return done.stdout if done.returncode == 0 else None
