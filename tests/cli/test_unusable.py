"""What cannot be used - a system, a secret, the ledger - is said in a sentence, and nothing is sent."""

from __future__ import annotations

import fcntl
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .desk import DATE, ENVIRONMENT, Desk, Ran

LEDGER = ".rules-run/testcompany.db"


def assert_refused(desk: Desk, ran: Ran, *sentences: str) -> None:
    assert ran.code == 7, ran.said
    assert "Traceback" not in ran.said
    for sentence in sentences:
        assert sentence in ran.said
    assert desk.writes() == []


@pytest.mark.parametrize("variable", sorted(ENVIRONMENT))
def test_a_missing_variable_is_named(desk: Desk, variable: str) -> None:
    desk.environment[variable] = ""
    for verb in ("plan", "apply"):
        assert_refused(desk, desk.run(verb, "--date", DATE), variable, "is not set")


def test_an_unreachable_system_is_named_and_nothing_is_sent(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    desk.edit("tenants/testcompany.yaml", desk.url, f"http://127.0.0.1:{free}")
    assert_refused(desk, desk.apply(), "psa")
    assert desk.app.history.entries() == ()


def test_a_wrong_password_is_said_in_a_sentence(desk: Desk) -> None:
    desk.environment["AUTOTASK_SECRET"] = "wrong-but-secret-too"
    ran = desk.apply()
    assert_refused(desk, ran, "psa")
    assert "wrong-but-secret-too" not in ran.said


def test_a_ledger_that_is_no_database_is_refused(small: Desk) -> None:
    assert small.apply("--quiet").code == 0
    small.app.history.clear()
    (small.folder / LEDGER).write_bytes(b"this is no database " * 500)
    for words in (["plan", "--date", DATE], ["apply", "--date", DATE], ["queue", "list"]):
        assert_refused(small, small.run(*words), LEDGER)


def test_a_ledger_with_a_damaged_page_is_refused(small: Desk) -> None:
    assert small.apply("--quiet").code == 0
    small.app.history.clear()
    path = small.folder / LEDGER
    content = bytearray(path.read_bytes())
    content[4096 : 4096 * 3] = b"\xff" * 8192
    path.write_bytes(bytes(content))
    assert_refused(small, small.apply(), LEDGER)


def test_a_deleted_ledger_is_refused_with_the_way_out(small: Desk) -> None:
    assert small.apply("--quiet").code == 0
    small.app.history.clear()
    for path in (small.folder / ".rules-run").iterdir():
        path.unlink()
    for verb in ("plan", "apply"):
        assert_refused(
            small,
            small.run(verb, "--date", DATE),
            "is missing",
            "testcompany.lineage",
            "ledger restore",
            "ledger rebuild",
        )


def test_a_ledger_of_somebody_else_is_refused(small: Desk, tmp_path: Path) -> None:
    assert small.apply("--quiet").code == 0
    small.app.history.clear()
    (small.folder / "tenants" / "testcompany.lineage").write_text("00000000-0000-0000-0000-000000000000\n")
    assert_refused(small, small.apply(), "is another one", "backup")


@contextmanager
def at_work(desk: Desk) -> Iterator[None]:
    """Hold the lock of a run as another process would."""
    path = desk.folder / ".rules-run" / "testcompany.db.lock"
    path.parent.mkdir(mode=0o700)
    with path.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(json.dumps({"pid": 4711, "host": "front-desk", "since": "2019-06-04T10:00:00+00:00"}))
        lock.flush()
        yield


def test_while_another_run_is_at_work_a_second_one_leaves_and_says_whose_it_is(small: Desk) -> None:
    with at_work(small):
        busy = small.apply()
        assert busy.code == 4
        assert "process 4711 on front-desk, since 2019-06-04" in busy.err
        assert small.apply("--skip-if-running").code == 0
        assert small.plan().code == 0
    assert small.writes() == []
    assert small.apply("--quiet").code == 0
