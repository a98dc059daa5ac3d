from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rules_run.errors import AlreadyRunning, LedgerUnusable
from rules_run.failpoints import VARIABLE
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.lock import RunLock
from rules_run.ledger.place import file_system
from rules_run.ledger.records import StepIntent
from rules_run.ledger.tables import metadata
from rules_run.model.exchange import Safety

from .conftest import Clock, Open, queued


@pytest.fixture
def ledger(opening: Open) -> Ledger:
    return opening()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_can_read_the_ledger(opening: Open, path: Path) -> None:
    before = os.umask(0)
    try:
        ledger = opening()
        ledger.enqueue([queued("1")])
    finally:
        os.umask(before)
    assert mode(path.parent) == 0o700
    assert {file.name: mode(file) for file in path.parent.iterdir()} == {
        "nordlys.db": 0o600,
        "nordlys.db-shm": 0o600,
        "nordlys.db-wal": 0o600,
    }


def test_commits_survive_a_power_cut(ledger: Ledger) -> None:
    with ledger._journal.store.read() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1, 10_000]


def test_what_was_queued_is_there_at_the_next_opening(opening: Open, lineage_file: Path) -> None:
    first = opening()
    first.enqueue([queued("1")])
    first.close()
    again = opening()
    assert set(again.known("autotask-acomba/invoice", ["1", "2"])) == {"1"}
    assert again.lineage == first.lineage == lineage_file.read_text().strip()


def test_the_migrations_make_what_the_code_expects(ledger: Ledger) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with ledger._journal.store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_lost_ledger_is_refused_with_the_way_out(opening: Open, path: Path) -> None:
    opening().close()
    path.unlink()
    with pytest.raises(LedgerUnusable, match=r"is missing.*ledger restore.*ledger rebuild") as refusal:
        opening()
    assert refusal.value.exit_code == 7
    assert not path.exists()
    with pytest.raises(LedgerUnusable, match="is missing"):
        opening(read_only=True)


def test_an_emptied_ledger_is_a_lost_one(opening: Open, path: Path) -> None:
    opening().close()
    path.write_bytes(b"")
    with pytest.raises(LedgerUnusable, match="is missing"):
        opening()


def test_a_set_up_that_was_interrupted_is_done_again(opening: Open, path: Path, lineage_file: Path) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    assert opening().lineage == lineage_file.read_text().strip()


def test_a_lineage_file_that_was_never_written_is_written_at_the_next_opening(
    opening: Open, lineage_file: Path
) -> None:
    lineage = opening().lineage
    lineage_file.unlink()
    opening()
    assert lineage_file.read_text() == f"{lineage}\n"
    assert [file.name for file in lineage_file.parent.iterdir()] == ["nordlys.lineage"]


def test_the_ledger_of_somebody_else_is_refused(opening: Open, lineage_file: Path) -> None:
    opening().close()
    lineage_file.write_text("11111111-2222-3333-4444-555555555555\n")
    with pytest.raises(LedgerUnusable, match="is another one"):
        opening()


def test_a_ledger_of_a_newer_version_is_refused_unchanged(opening: Open, path: Path) -> None:
    opening().close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET schema_version = 99")
    connection.close()
    with pytest.raises(LedgerUnusable, match="newer version of rules-run"):
        opening()


@pytest.mark.parametrize("content", [b"this is no database, whatever its name says" * 100, b"\0" * 8192])
def test_a_file_that_is_no_database_is_refused(opening: Open, path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerUnusable):
        opening()
    assert path.read_bytes() == content


def test_a_damaged_page_is_noticed_before_anything_is_sent(opening: Open, path: Path) -> None:
    ledger = opening()
    ledger.enqueue([queued(str(n)) for n in range(500)])
    ledger.close()
    content = bytearray(path.read_bytes())
    content[4096 * 20 : 4096 * 24] = b"\xff" * 4096 * 4
    path.write_bytes(content)
    with pytest.raises(LedgerUnusable):
        opening()


def test_a_folder_that_cannot_be_written_is_said(opening: Open, path: Path) -> None:
    path.parent.parent.joinpath(".rules-run").write_text("a file, not a folder")
    with pytest.raises(LedgerUnusable, match="cannot be created"):
        opening()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_network_file_system_is_refused(opening: Open, path: Path, tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nhost:/share {tmp_path} {kind} rw 0 0\n")
    with pytest.raises(LedgerUnusable, match="network file system"):
        opening(mounts=mounts)
    assert not path.exists()


def test_the_innermost_mount_counts() -> None:
    mounts = "a / ext4 rw\nb /srv nfs4 rw\nc /srv/my\\040disk xfs rw\nbroken"
    found = [file_system(Path(p), mounts) for p in ("/x", "/srv/x", "/srv/my disk/x", "/srvx")]
    assert found == ["ext4", "nfs4", "xfs", "ext4"]


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_ledger_that_vanishes_while_open_stops_the_next_send(
    ledger: Ledger, path: Path, tmp_path: Path, how: str
) -> None:
    [doc] = ledger.enqueue([queued("1")])
    held = ledger.sending.claim(doc.id, "run")
    copy = shutil.copy(path, tmp_path / "copy.db")
    path.unlink()
    if how == "replaced":
        shutil.move(copy, path)
    intent = StepIntent(kind="create", main=True, last=True, safety=Safety.PROBE)
    with pytest.raises(LedgerUnusable, match="moved, replaced or deleted"):
        ledger.sending.intend(
            held or doc, intent, run_id="r", request_digest="d", idem_key=None, start_within=5, deadline=30
        )


def test_reading_only_changes_nothing(opening: Open, path: Path, lineage_file: Path) -> None:
    empty = opening(read_only=True)
    assert empty.known("autotask-acomba/invoice", ["1"]) == {}
    assert not path.exists()
    assert not lineage_file.exists()
    opening().enqueue([queued("1")])
    reader = opening(read_only=True)
    assert set(reader.known("autotask-acomba/invoice", ["1"])) == {"1"}
    with pytest.raises(LedgerUnusable, match="readonly"):
        reader.enqueue([queued("2")])


def test_a_ledger_in_memory_is_the_same_but_for_its_end(clock: Clock) -> None:
    ledger = Ledger.in_memory(tenant="nordlys", clock=clock)
    ledger.enqueue([queued("1")])
    assert set(ledger.known("autotask-acomba/invoice", ["1"])) == {"1"}


def test_a_second_run_is_told_who_is_at_work(path: Path, clock: Clock) -> None:
    with RunLock(path, clock):
        with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()} on .*, since 2026-06-04T10:00") as refusal:
            RunLock(path, clock).__enter__()
        assert refusal.value.exit_code == 4
        assert mode(path.with_name("nordlys.db.lock")) == 0o600
    with RunLock(path, clock):
        pass


OPENER = """
import sys
from pathlib import Path
from rules_run.ledger.ledger import Ledger
from rules_run.runtime.clock import SystemClock
Ledger.open(Path(sys.argv[1]), tenant="nordlys", lineage_file=Path(sys.argv[2]), clock=SystemClock())
"""


@pytest.mark.parametrize("place", ["set-up-commit", "after-set-up"])
def test_a_process_killed_at_its_first_opening_leaves_nothing_in_the_way(
    opening: Open, path: Path, lineage_file: Path, place: str
) -> None:
    engine = str(Path(__file__).parents[2] / "engine")
    environment = {**os.environ, "PYTHONPATH": engine, VARIABLE: place}
    command = [sys.executable, "-c", OPENER, str(path), str(lineage_file)]
    assert subprocess.run(command, env=environment, check=False, timeout=60).returncode == -signal.SIGKILL
    assert not lineage_file.exists()
    assert opening().lineage == lineage_file.read_text().strip()


HOLDER = """
import sys, time
from pathlib import Path
from rules_run.ledger.lock import RunLock
from rules_run.runtime.clock import SystemClock
with RunLock(Path(sys.argv[1]), SystemClock()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_another_process_is_free_as_soon_as_it_is_killed(path: Path, clock: Clock) -> None:
    engine = str(Path(__file__).parents[2] / "engine")
    command = [sys.executable, "-c", HOLDER, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": engine}, stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=f"process {holder.pid} "):
            RunLock(path, clock).__enter__()
        holder.kill()
    with RunLock(path, clock):
        pass
