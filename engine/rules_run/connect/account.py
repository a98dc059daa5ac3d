"""A tenant's account of a system: its settings, checked and with every secret reference followed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rules_run.connect.contract import Timing
from rules_run.connect.manifest import Manifest, Setting
from rules_run.errors import ConnectorUnusable
from rules_run.model.secret import Secret

_FLAGS = ("allow_http", "allow_private", "allow_hooks")
_TIMES = ("deadline", "settle", "negative_gap")
_COMMON = (*_FLAGS, *_TIMES, "type", "ca")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a connector needs to know about one tenant's log-in; relative paths start at `folder`."""

    alias: str
    manifest: Manifest
    values: Mapping[str, object]
    timing: Timing
    folder: Path
    allow_http: bool = False
    allow_private: bool = False
    ca: str | None = None

    def text(self, name: str) -> str:
        """Return a setting as text, secrets revealed; empty where it is not given."""
        value = self.values.get(name)
        return value.reveal() if isinstance(value, Secret) else "" if value is None else str(value)

    def secrets(self) -> list[str]:
        """Return what nobody may read, revealed: to be taken out of what the system says."""
        return [self.text(name) for name, spec in self.manifest.settings.items() if spec.secret]

    def number(self, name: str, default: int, *, within: tuple[int, int]) -> int:
        """Return a whole number between two others (both allowed), or the default where none is given."""
        given = self.values.get(name)
        if given is None:
            return default
        if not isinstance(given, int) or not within[0] <= given <= within[1]:
            raise ConnectorUnusable(f"{self.alias}: `{name}` is a whole number from {within[0]} to {within[1]}.")
        return given

    def path(self, name: str) -> Path:
        """Return a setting as the path of a file."""
        return self.folder / self.text(name)


def open_account(
    manifest: Manifest, alias: str, settings: Mapping[str, object], *, folder: Path, environ: Mapping[str, str]
) -> Account:
    """Check a tenant's settings and follow their references; raise ConnectorUnusable naming the setting."""
    known = (*manifest.settings, *_COMMON)
    for name in settings:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else f" It knows {', '.join(manifest.settings)}."
            raise ConnectorUnusable(f"{alias}: the connector {manifest.name} has no setting `{name}`.{hint}")
    values = {
        spec.name: _value(alias, spec, settings[spec.name], folder, environ)
        for spec in manifest.settings.values()
        if settings.get(spec.name) is not None
    }
    missing = [spec.name for spec in manifest.settings.values() if spec.required and spec.name not in values]
    if missing:
        raise ConnectorUnusable(f"{alias}: the connector {manifest.name} needs the setting `{'`, `'.join(missing)}`.")
    flags = {name: _flag(alias, name, settings[name]) for name in _FLAGS[:2] if name in settings}
    return Account(
        alias=alias,
        manifest=manifest,
        values=values,
        timing=_timing(alias, manifest.timing, settings),
        folder=folder,
        allow_http=flags.get("allow_http", False),
        allow_private=flags.get("allow_private", False),
        ca=_authority(alias, settings.get("ca"), folder),
    )


def allows_hooks(alias: str, settings: Mapping[str, object]) -> bool:
    """Say whether the tenant lets a connector of its own workspace run code."""
    return _flag(alias, "allow_hooks", settings.get("allow_hooks", False))


def _value(alias: str, spec: Setting, given: object, folder: Path, environ: Mapping[str, str]) -> object:
    if isinstance(given, Secret):
        return given
    if spec.type == "mapping" and isinstance(given, Mapping):
        return given
    if isinstance(given, Mapping):
        return Secret(_follow(alias, spec.name, given, folder, environ))
    if spec.secret:
        raise ConnectorUnusable(
            f"{alias}: `{spec.name}` is a secret and is given by reference only: "
            f"`{spec.name}: {{env: NAME}}` or `{spec.name}: {{file: PATH}}`."
        )
    wanted = {"mapping": Mapping, "boolean": bool, "integer": int}.get(spec.type, (str, int))
    if not isinstance(given, wanted) or (isinstance(given, bool) and spec.type != "boolean"):
        raise ConnectorUnusable(f"{alias}: `{spec.name}` must be a {spec.type}.")
    return given


def _follow(alias: str, name: str, reference: Mapping[str, object], folder: Path, environ: Mapping[str, str]) -> str:
    kind, target = next(iter(reference.items()), ("", ""))
    if len(reference) != 1 or kind not in ("env", "file"):
        raise ConnectorUnusable(f"{alias}: `{name}` is a reference of an unknown kind; `env` and `file` are known.")
    if kind == "env":
        if not (text := environ.get(str(target), "")):
            raise ConnectorUnusable(f"{alias}: `{name}` stands in the environment variable {target}, which is not set.")
        return text
    try:
        text = (folder / str(target)).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise ConnectorUnusable(f"{alias}: `{name}` stands in the file {target}, which cannot be read.") from fault
    if not text:
        raise ConnectorUnusable(f"{alias}: `{name}` stands in the file {target}, which is empty.")
    return text


def _authority(alias: str, given: object, folder: Path) -> str | None:
    """Return the path of the certificates that are trusted in place of the usual ones."""
    if not given:
        return None
    path = folder / str(given)
    if not path.is_file():
        raise ConnectorUnusable(f"{alias}: `ca` names the file {given}, which is not there.")
    return str(path)


def _flag(alias: str, name: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise ConnectorUnusable(f"{alias}: `{name}` must be true or false.")
    return given


def _timing(alias: str, timing: Timing, settings: Mapping[str, object]) -> Timing:
    times = {name: getattr(timing, name) for name in _TIMES}
    for name in _TIMES:
        if name in settings:
            try:
                times[name] = float(str(settings[name]))
            except ValueError as fault:
                raise ConnectorUnusable(f"{alias}: `{name}` must be a number of seconds.") from fault
    return Timing(**times)
