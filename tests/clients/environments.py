"""Environments of their own for clients that others wrote, kept below `.clients` and made again when a pin changes."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".clients"
PATIENCE = 600


class Unavailable(Exception):
    """A client cannot be installed here; says why."""


def command(client: str) -> list[str]:
    """Return what runs our script for a client, in the client's environment; install that first where it is missing."""
    folder, pins = CACHE / client, _pins(client)
    with _alone(client):
        ready = folder / "pins"
        if not ready.exists() or ready.read_text() != pins.read_text():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            (_install_node if pins.suffix == ".json" else _install_python)(folder, pins)
            shutil.copy(pins, ready)
    if pins.suffix == ".json":
        script = shutil.copy(HERE / client / "calls.mjs", folder)
        return [_program("node"), str(script)]
    return [str(folder / "bin" / "python"), str(HERE / client / "calls.py")]


def _pins(client: str) -> Path:
    package = HERE / client / "package.json"
    return package if package.exists() else HERE / client / "requirements.txt"


@contextmanager
def _alone(client: str) -> Iterator[None]:
    """Let one process at a time install a client."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{client}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install_python(folder: Path, pins: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    python = str(folder / "bin" / "python")
    if uv.exists():
        _run([str(uv), "venv", "--quiet", "--python", sys.executable, "--allow-existing", str(folder)])
        _run([str(uv), "pip", "install", "--quiet", "--python", python, "--no-deps", "-r", str(pins)])
    else:
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(pins)])


def _install_node(folder: Path, pins: Path) -> None:
    shutil.copy(pins, folder)
    _run([_program("npm"), "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], folder)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} is not installed")
    return found


def _run(arguments: list[str], folder: Path | None = None) -> None:
    try:
        done = subprocess.run(arguments, cwd=folder, env=os.environ, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise Unavailable(str(fault)) from fault
    if done.returncode:
        raise Unavailable((done.stderr or done.stdout).strip()[-600:])
