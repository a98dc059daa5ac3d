"""Command lines in processes that can be killed, each forked from one that has everything loaded."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rules_run.cli import main

from .desk import DATE, ROOT, Desk, call, whole


class Forks:
    """Starts commands soon enough to make many of them bearable."""

    def __init__(self, desk: Desk) -> None:
        """Load everything that a plan of the desk needs."""
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "tests.cli.forks", *_words(desk, ["plan", "--date", DATE])]
        environment = whole(desk.environment)
        self._server = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def run(self, desk: Desk, *words: str, failpoint: str = "", kill_after: float | None = None) -> int:
        """Do one command to its end, or until it is killed at a place or a time, and return how its process ended."""
        environment = {**desk.environment, "RULES_RUN_FAILPOINT": failpoint}
        asked = {"words": _words(desk, words), "said": str(said_by(desk)), "environment": environment}
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps({**asked, "kill_after": kill_after}) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def close(self) -> None:
        """End the process from which the others come."""
        self._server.communicate(timeout=30)


def said_by(desk: Desk) -> Path:
    """Return the file that holds what the last command said."""
    return desk.folder.with_name("said.txt")


def serve() -> None:
    """Do each command that a line asks for in a child, and answer with how the child ended."""
    call(sys.argv[1:], {})
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked)
        print(_ended(child, asked["kill_after"]), flush=True)


def _words(desk: Desk, words: Sequence[str]) -> list[str]:
    return ["-C", str(desk.folder), *words]


def _ended(child: int, seconds: float | None) -> int:
    """Wait for a child, killing it when its time is up, and return how it ended."""
    handle = os.pidfd_open(child)
    ready, _, _ = select.select([handle], [], [], seconds)
    if not ready:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.close(handle)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _become(asked: Mapping[str, Any]) -> None:
    """Be the command from here on, as if started anew."""
    os.environ |= asked["environment"]
    file = os.open(asked["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.argv = ["rules-run", *asked["words"]]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
