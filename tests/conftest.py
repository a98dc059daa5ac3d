"""Programs of others that some tests drive: installed once into a folder of this tree, by exact version."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says something about the machine, not about the product.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

NO_SKIPS = "RULES_RUN_NO_SKIPS"
FOLDER = Path(__file__).parents[1] / ".clients"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run of seeded suites be played again as it was."""
    parser.addoption("--seed", type=int, default=1, help="what the seeded suites start from")


class Clients:
    """Installs a client where it is not there yet; a test is skipped, with the reason, where that cannot be."""

    def npm(self, name: str, version: str) -> Path:
        """Return the folder of an npm package."""
        if shutil.which("npm") is None:
            pytest.skip("npm is not installed")
        folder = FOLDER / f"{name}-{version}"
        _once(
            folder, lambda: ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"{name}@{version}"]
        )
        return folder / "node_modules" / name

    def python(self, name: str, version: str, *, alone: bool = False) -> Path:
        """Return the folder into which a Python package was installed, `alone` without what it needs."""
        folder = FOLDER / f"{name}-{version}"
        words = ["pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder / "lib")]
        _once(folder, lambda: [sys.executable, "-m", *words, *(["--no-deps"] if alone else []), f"{name}=={version}"])
        return folder / "lib"


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what commands remember out of the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def clients() -> Clients:
    return Clients()


def _once(folder: Path, command: Callable[[], list[str]]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "ready").exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        done = subprocess.run(command(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"{folder.name} cannot be installed: {done.stderr.strip()[-300:]}")
        (folder / "ready").touch()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that skipped something where everything that tests need is promised to be there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if os.environ.get(NO_SKIPS) and skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} tests were skipped, and {NO_SKIPS} allows none", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
