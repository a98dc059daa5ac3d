"""Audits what the product is made of: every package locked by hashes, none below a version known to be safe, none in
an advisory. What could not be asked is said, never counted as good: `python tests/audit.py [--strict]`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

TOP = Path(__file__).parents[1]
SCANNER = "pip-audit==2.10.1"
FOLDER = TOP / ".audit"
SAFE = {
    "jinja2": ("3.1.6", "the sandbox is left by way of `attr('format')` before"),
    "urllib3": ("2.7", "small answers unpack to endless ones before"),
    "requests": ("2.32.5", "`.netrc` is read for the wrong host before 2.32.4"),
    "pyyaml": ("6.0.3", "nobody has tried the limits on rule files with older ones"),
    "certifi": ("2024.7.4", "trusts an authority that was withdrawn before"),
    "idna": ("3.7", "a crafted name takes hours before"),
    "mako": ("1.2.2", "a crafted template takes hours before"),
    "werkzeug": ("3.1.4", "Windows device names leave the folder before"),
    "flask": ("3.1.1", "the wrong key signs sessions before"),
    "babel": ("2.9.1", "locales are read from any folder before"),
    "pygments": ("2.15.1", "a crafted text takes hours before"),
}
"""The least version of a package that is known to be safe, and what was wrong before it."""
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))?(?: \\)?$")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
Say = Callable[[str], object]
Installed = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One package of a lock file."""

    name: str
    version: Version
    hashes: int
    marker: str = ""

    @property
    def here(self) -> bool:
        """Say whether it is meant for this machine."""
        return not self.marker or Marker(self.marker).evaluate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What a scanner came to: how many packages it looked at, and what it found; `why` says why it could not look."""

    packages: int = 0
    found: tuple[str, ...] = ()
    why: str = ""


def read_lock(text: str) -> list[Locked]:
    """Return the packages of a lock file; a line that is none raises ValueError."""
    found: list[Locked] = []
    hashes: list[int] = []
    for line in text.splitlines():
        if match := _PINNED.fullmatch(line):
            hashes.append(0)
            name = canonicalize_name(match[1])
            found.append(Locked(name=name, version=Version(match[2]), hashes=0, marker=match[3] or ""))
        elif _HASH.search(line) and found:
            hashes[-1] += 1
        elif line.strip():
            raise ValueError(f"the lock holds a line that pins nothing: {line.strip()}")
    return [
        Locked(name=each.name, version=each.version, hashes=number, marker=each.marker)
        for each, number in zip(found, hashes, strict=True)
    ]


def lock_faults(locked: Sequence[Locked], installed: Installed = version) -> Iterator[str]:
    """Yield what is wrong with a lock: no hash, below a safe version, or not what is installed here."""
    for each in locked:
        if not each.hashes:
            yield f"{each.name} {each.version} has no hash in the lock"
        least, why = SAFE.get(each.name, ("0", ""))
        if each.version < Version(least):
            yield f"{each.name} {each.version} is older than {least}: {why}"
        if each.here and (there := _installed(each.name, installed)) != each.version:
            yield f"{each.name} {each.version} is locked, {there or 'nothing'} is installed"


def bound_faults(project: Mapping[str, object], locked: Sequence[Locked]) -> Iterator[str]:
    """Yield which packages somebody who installs the product may get in a version that is not safe, or not locked."""
    versions = {each.name: each.version for each in locked}
    for requirement in _requirements(project):
        name = canonicalize_name(requirement.name)
        lower = [Version(each.version) for each in requirement.specifier if each.operator in (">=", "==", "~=")]
        least, why = SAFE.get(name, ("0", ""))
        if not lower or max(lower) < Version(least):
            yield f"pyproject.toml lets {name} be older than {least}: {why}" if why else f"{name} has no least version"
        if name not in versions:
            yield f"{name} is needed and not locked"


def scan(lock: Path, scanner: Sequence[str] | None = None) -> Scanned:
    """Ask a scanner, and believe it only for as many packages as it names."""
    try:
        command = [*(scanner or _installed_scanner()), "--strict", "--disable-pip", "--require-hashes"]
        command += ["--requirement", str(lock), "--format", "json", "--progress-spinner", "off"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        asked = json.loads(ran.stdout)["dependencies"]
        found = [
            f"{each['name']} {each['version']}: {fault['id']}, mended in {' '.join(fault['fix_versions']) or 'none'}"
            for each in asked
            for fault in each.get("vulns", ())
        ]
        skipped = [each["name"] for each in asked if "skip_reason" in each]
    except (OSError, subprocess.SubprocessError) as fault:
        return Scanned(why=f"{SCANNER} cannot be had: {fault}")
    except (ValueError, KeyError, TypeError):
        return Scanned(why=(ran.stderr.strip().splitlines() or ["it said nothing"])[-1])
    why = f"{', '.join(skipped)} could not be looked up" if skipped else ""
    return Scanned(packages=len(asked), found=tuple(found), why=why)


def main(
    *, strict: bool, lock: Path, project: Path, say: Say = print, scanner: Sequence[str] | None = None,
    installed: Installed = version,
) -> int:  # fmt: skip
    """Audit; return 1 for a finding, 2 where strictness asks for what could not be looked up."""
    locked = read_lock(lock.read_text(encoding="utf-8"))
    faults = [
        *lock_faults(locked, installed),
        *bound_faults(tomllib.loads(project.read_text(encoding="utf-8")), locked),
    ]
    say(f"lock: {len(locked)} packages, {len(SAFE)} of them with a least safe version, {len(faults)} findings")
    scanned = scan(lock, scanner)
    here = sum(each.here for each in locked)
    incomplete = scanned.why or ("" if scanned.packages >= here else f"{scanned.packages} of {here} were looked up")
    if incomplete:
        say(f"advisories: SKIPPED, so nothing is known of them: {incomplete}")
    else:
        say(f"advisories: {scanned.packages} packages looked up, {len(scanned.found)} findings")
    for each in (*faults, *scanned.found):
        say(f"  {each}")
    return 1 if faults or scanned.found else 2 if incomplete and strict else 0


def _installed(name: str, installed: Installed) -> Version | None:
    try:
        return Version(installed(name))
    except PackageNotFoundError:
        return None


def _requirements(project: Mapping[str, object]) -> Iterator[Requirement]:
    table = project["project"]
    assert isinstance(table, dict)
    extras = table.get("optional-dependencies", {})
    for text in (*table["dependencies"], *(text for texts in extras.values() for text in texts)):
        yield Requirement(text)


def _installed_scanner() -> list[str]:
    """Return the scanner, installed once into a folder of its own: it is no part of what it looks at."""
    place = FOLDER / SCANNER
    program = place / "bin" / "pip-audit"
    if not program.exists():
        venv.create(place, clear=True, with_pip=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", SCANNER]
        subprocess.run(pip, capture_output=True, timeout=300, check=True)
    return [str(program)]


if __name__ == "__main__":
    locks = TOP / "requirements-dev.lock"
    sys.exit(main(strict="--strict" in sys.argv[1:], lock=locks, project=TOP / "pyproject.toml"))
