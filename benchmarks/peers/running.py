"""Peers as processes: installed when first asked for, then timed round by round like everybody else."""

from __future__ import annotations

import pickle
import subprocess
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".bench"


class Peer:
    """One tool in an environment of its own: `round` maps all records and returns its CPU seconds."""

    def __init__(self, name: str, spec: dict[str, str], records: Sequence[object]) -> None:
        self.says = spec["says"]
        self._name, self._spec, self._records = name, spec, records

    def __enter__(self) -> Self:
        """Install the tool if need be, and start it."""
        python = self._installed()
        with tempfile.NamedTemporaryFile(suffix=".pickle", delete=False) as file:
            pickle.dump(list(self._records), file)
        self._file = Path(file.name)
        command = [str(python), str(HERE / "turn.py"), self._name, file.name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._line() != "ready":
            raise SystemExit(f"{self.says} did not start.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self._process.kill()
        self._process.communicate()
        self._file.unlink()

    def round(self) -> float:
        """Map all records once."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _installed(self) -> Path:
        folder = ENVIRONMENTS / self._name
        python = folder / "bin" / "python"
        wanted = f"{self._spec['package']}=={self._spec['version']}"
        mark = folder / "installed"
        if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
            venv.create(folder, with_pip=True, clear=True)
            install = [str(python), "-m", "pip", "install", "--quiet", wanted]
            done = subprocess.run(install, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{wanted} cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
            mark.write_text(wanted, encoding="utf-8")
        return python


def peers(records: Sequence[object]) -> list[Peer]:
    """Return the peers that `requirements.yaml` names."""
    specs = yaml.safe_load((HERE / "requirements.yaml").read_text(encoding="utf-8"))
    return [Peer(name, spec, records) for name, spec in specs.items()]
