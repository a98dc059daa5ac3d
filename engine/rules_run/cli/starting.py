"""Writes what people start from; a file that is there is never touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rules_run.bundled import bundled
from rules_run.errors import InvalidFiles
from rules_run.language.suggest import did_you_mean
from rules_run.model.problem import Problem
from rules_run.model.rules import Integration, Setting

STARTERS = Path(__file__).resolve().parent / "starters"
WORD = "starter"
_NAME = re.compile(r"[a-z][a-z0-9-]*")


class Start:
    """New files below a folder: collected first, then written all or none."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[Path, str] = {}

    def file(self, name: str, text: str) -> None:
        """Add a file that must not be there yet."""
        path = self._root / name
        if path.exists():
            raise refused("W040", f"{path} is there already.", "Nothing was written.")
        self._files[path] = text

    def once(self, name: str, text: str) -> None:
        """Add a file unless it is there."""
        if not (self._root / name).exists():
            self._files[self._root / name] = text

    def schemas(self, *names: str) -> None:
        """Add the schemas that editors check files against."""
        for name in names:
            file = f"{name}.schema.json"
            self.once(f"schemas/{file}", (bundled("schemas") / file).read_text(encoding="utf-8"))

    def write(self) -> list[Path]:
        """Write all files and return their paths."""
        for path, text in self._files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return sorted(self._files)


def integration(start: Start, name: str) -> None:
    """Start an integration: a rule file that works and a rule test that passes."""
    _check_name(name)
    start.schemas("rules", "rule-tests")
    for kind in ("rules", "test"):
        start.file(f"rules/{name}/{name}.{kind}.yaml", _starter(f"integration/{WORD}.{kind}.yaml", name))


def connector(start: Start, name: str) -> None:
    """Start a connector: a manifest and a catalogue that load."""
    _check_name(name)
    start.schemas("manifest", "catalogue", "overrides")
    for file in ("manifest.yaml", "catalogue/Customers.yaml", "README.md"):
        start.file(f"connectors/{name}/{file}", _starter(f"connector/{file}", name))


def workspace(start: Start, shipped: str, tenant: str) -> None:
    """Start a workspace around an integration that ships: its tenant file, with every table it may replace."""
    from rules_run.language.validate import load_integration

    _check_name(tenant)
    names = sorted(file.parent.name for file in bundled("rules").glob("*/*.rules.yaml"))
    if shipped not in names:
        raise refused("W041", f"No integration {shipped!r} ships.", did_you_mean(shipped, names))
    folder = bundled("rules") / shipped
    found = load_integration(folder / f"{shipped}.rules.yaml").integration
    if found is None:
        raise refused("W041", f"The integration {shipped} cannot be read.", "")
    start.schemas("rules", "rule-tests", "tenant")
    start.once(".gitignore", ".rules-run/\n")
    for table in found.tables:
        start.file(table.file, (folder / table.file).read_text(encoding="utf-8"))
    start.file(f"tenants/{tenant}.yaml", "".join(f"{line}\n" for line in _tenant(found, tenant)))


def refused(code: str, message: str, hint: str) -> InvalidFiles:
    """Return why nothing is started."""
    return InvalidFiles([Problem(code=code, message=message, hint=hint)])


def _starter(file: str, name: str) -> str:
    return (STARTERS / file).read_text(encoding="utf-8").replace(WORD, name)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise refused("W041", f"{name!r} is no name.", "Names are made of small letters, digits and hyphens.")


def _tenant(found: Integration, name: str) -> Iterator[str]:
    yield "# yaml-language-server: $schema=../schemas/tenant.schema.json"
    yield "language: 1"
    yield f"tenant: {name}"
    yield "time_zone: Etc/UTC # dates are meant there, such as America/Montreal"
    yield "\nconnectors:"
    for alias, kind in found.connectors.items():
        yield f"  {alias}:"
        yield f"    type: {kind}"
        yield from (f"    {line}" for line in _account(kind, name, alias))
    yield "\nintegrations:"
    yield f"  {found.name}:"
    yield "    state: plan_only # live once a plan shows what you expect"
    yield from _chosen(found.settings)
    if found.tables:
        yield "    tables:"
        yield from (f"      {table.name}: {table.file}" for table in found.tables)


def _account(kind: str, tenant: str, alias: str) -> Iterator[str]:
    from rules_run.connect.registry import open_manifest

    settings = open_manifest(kind, None).settings.values()
    for setting in settings:
        variable = re.sub(r"\W", "_", f"{tenant}_{alias}_{setting.name}".upper())
        value = (
            f"{{env: {variable}}}"
            if setting.secret
            else f"data/{setting.name}.csv"
            if setting.type == "path"
            else "CHANGE-ME"
        )
        value = "{}" if setting.type == "mapping" else value
        yield f"{'' if setting.required else '# '}{setting.name}: {value} # {setting.description}"


def _chosen(settings: Iterable[Setting]) -> Iterator[str]:
    """Yield the settings: those that must be given, and the others as comments with their defaults."""
    yield "    settings:"
    for setting in settings:
        needed = setting.default is None and setting.required
        value = _plain(EXAMPLES[setting.type] if needed else setting.default)
        yield f"      {'' if needed else '# '}{setting.name}: {value} # {setting.description}"


EXAMPLES: Mapping[str, object] = {
    "text": "CHANGE-ME",
    "integer": 1,
    "decimal": 1,
    "boolean": False,
    "date": "2026-01-01",
    "list": [],
}


def _plain(value: object) -> str:
    """Return a value as a line of YAML has it."""
    import json

    return json.dumps(value, ensure_ascii=False, default=str)
