"""All that `validate` has to say of a workspace, worked out or remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules_run.model.frozen import frozen
from rules_run.model.problem import Origin, Problem
from rules_run.runtime.memo import Memo
from rules_run.runtime.reads import runs_foreign_code, watched
from rules_run.runtime.workspace import Workspace

if TYPE_CHECKING:
    from rules_run.runtime.checking import Checker


@frozen
class Validation:
    """The files that were checked, what is wrong with them, and what each integration without a mistake promises."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    promises: Mapping[str, tuple[str, ...]]

    @property
    def errors(self) -> list[Problem]:
        """Return the problems that are more than warnings."""
        return [problem for problem in self.problems if problem.level == "error"]


def validate(workspace: Workspace, what: Sequence[str], tenant: str | None) -> Validation:
    """Check integrations or rule files (none: everything in the workspace) and tenants; without a network.

    Where nothing has changed since the same was asked, the same is answered.
    """
    memo = Memo(["validate", str(workspace.root), str(Path.cwd()), tenant or "", *what])
    if (known := memo.answer()) is not None:
        return _from_plain(known)
    with watched() as reads:
        found = validation_of(checked(workspace, what, tenant))
    if not runs_foreign_code():
        memo.keep(_as_plain(found), reads, _where_files_appear(workspace))
    return found


def checked(workspace: Workspace, what: Sequence[str], tenant: str | None) -> Checker:
    """Check integrations or rule files (none: everything in the workspace) and tenants."""
    from rules_run.runtime.checking import Checker

    checker = Checker(workspace)
    for name in what:
        path = Path(name)
        if path.suffix in {".yaml", ".yml"}:
            checker.rule_file(path)
        else:
            checker.integration(name)
    if what and tenant is None:
        return checker
    if not what:
        for file in sorted((workspace.root / "rules").glob("*/*.rules.yaml")):
            checker.integration(file.parent.name)
    for each in [workspace.the_tenant(tenant)] if tenant else workspace.tenants():
        checker.tenant(each)
    return checker


def validation_of(checker: Checker) -> Validation:
    """Return what a checker found."""
    found = checker.checked
    broken = {problem.origin.file for problem in found.errors}
    promises = {
        name: tuple(checker.promises(loaded.integration))
        for name, loaded in found.integrations.items()
        if loaded.integration is not None and loaded.integration.file not in broken
    }
    return Validation(files=tuple(found.files), problems=tuple(found.problems), promises=promises)


def _where_files_appear(workspace: Workspace) -> Iterator[Path]:
    """Yield the folders in which a new file would change the answer, though nobody listed them."""
    for name in ("rules", "tenants", "connectors"):
        folder = workspace.root / name
        yield folder
        yield from (each for each in sorted(folder.glob("*")) if each.is_dir())


def _as_plain(found: Validation) -> dict[str, object]:
    problems = [
        [each.code, each.level, each.message, each.hint, each.origin.file, each.origin.line, each.origin.column]
        for each in found.problems
    ]
    return {"files": found.files, "problems": problems, "promises": found.promises}


def _from_plain(plain: Mapping[str, Any]) -> Validation:
    problems = (
        Problem(
            code=code,
            level=level,
            message=message,
            hint=hint,
            origin=Origin(file=file, line=line, column=column),
        )
        for code, level, message, hint, file, line, column in plain["problems"]
    )
    promises = {name: tuple(lines) for name, lines in plain["promises"].items()}
    return Validation(files=tuple(plain["files"]), problems=tuple(problems), promises=promises)
