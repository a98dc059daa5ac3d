"""Saved, brought back, upgraded and rebuilt: a ledger is never quietly another one."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from rules_run.errors import AlreadyRunning, LedgerUnusable, NotPossible
from rules_run.ledger.history import What
from rules_run.ledger.home import Home
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.postgres import PostgresStore
from rules_run.ledger.records import AdoptedDocument
from rules_run.ledger.sqlite import FileStore
from rules_run.ledger.states import State
from rules_run.model.secret import Secret

from ..postgres import own_schema
from .conftest import Clock, key, queued
from .pooler import pooler

RULE = "autotask-acomba/invoice"
ENGINE = str(Path(__file__).parents[2] / "engine")


@pytest.fixture
def file_home(path: Path, lineage_file: Path) -> Home:
    return Home(tenant="nordlys", file=path, lineage_file=lineage_file)


@pytest.fixture
def database(file_home: Home) -> Iterator[Home]:
    with own_schema() as url:
        yield replace(file_home, url=url)


@pytest.fixture(params=["file_home", "database"])
def home(request: pytest.FixtureRequest) -> Home:
    found: Home = request.getfixturevalue(request.param)
    return found


def filled(home: Home, clock: Clock, *source_ids: str) -> str:
    """Queue documents and return the lineage of the ledger."""
    ledger = home.open(clock)
    ledger.enqueue([queued(each) for each in source_ids])
    ledger.close()
    return ledger.lineage


def held_by(home: Home, clock: Clock) -> set[str]:
    ledger = home.open(clock)
    found = set(ledger.known(RULE, [str(n) for n in range(20)]))
    ledger.close()
    return found


def doubted(home: Home, clock: Clock) -> bool:
    ledger = home.open(clock)
    since = ledger.history.doubted_since()
    ledger.close()
    return since is not None


# both stores


def test_what_was_queued_is_there_again(home: Home, clock: Clock) -> None:
    lineage = filled(home, clock, "1", "2")
    assert held_by(home, clock) == {"1", "2"}
    assert home.lineage_file.read_text() == f"{lineage}\n"


def test_two_runs_keep_apart_and_the_second_is_told_who_is_at_work(home: Home, clock: Clock) -> None:
    with home.lock(clock):
        with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()} on .*, since 20") as refusal:
            home.lock(clock).__enter__()
        assert refusal.value.exit_code == 4
        with replace(home, tenant="aurora", file=home.file.with_name("aurora.db")).lock(clock):
            pass
    with home.lock(clock):
        pass


HOLDER = """
import sys
from pathlib import Path
from rules_run.ledger.history import What
from rules_run.ledger.home import Home
from rules_run.model.secret import Secret
from rules_run.runtime.clock import SystemClock
url = Secret(sys.argv[2]) if sys.argv[2] else None
with Home(tenant="nordlys", file=Path(sys.argv[1]), lineage_file=Path("x"), url=url).lock(SystemClock()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_killed_process_is_free(home: Home, clock: Clock) -> None:
    command = [sys.executable, "-c", HOLDER, str(home.file), home.url.reveal() if home.url else ""]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": ENGINE}, stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=f"process {holder.pid} "):
            home.lock(clock).__enter__()
        holder.kill()
    for _ in range(200):  # the server notices a moment later
        try:
            with home.lock(clock):
                return
        except AlreadyRunning:
            continue
    pytest.fail("the lock of a dead process is still held")


def test_the_ledger_of_somebody_else_is_refused(home: Home, clock: Clock) -> None:
    filled(home, clock, "1")
    home.lineage_file.write_text("11111111-2222-3333-4444-555555555555\n")
    with pytest.raises(LedgerUnusable, match="is another one"):
        home.open(clock)


def test_reading_only_makes_nothing(home: Home, clock: Clock) -> None:
    ledger = home.open(clock, read_only=True)
    assert ledger.known(RULE, ["1"]) == {}
    ledger.close()
    assert not home.lineage_file.exists()
    filled(home, clock, "1")
    reader = home.open(clock, read_only=True)
    with pytest.raises(LedgerUnusable, match=r"read-?only"):
        reader.enqueue([queued("2")])
    reader.close()


def older(home: Home) -> None:
    """Take a ledger back to the form that the first version made."""
    listing = ("DROP INDEX doc_sought", "DROP INDEX doc_of_rule", "ALTER TABLE doc DROP COLUMN sought")
    history = ("DROP TABLE history", "ALTER TABLE run DROP COLUMN tenant", "UPDATE meta SET schema_version = 1")
    store = FileStore(home.file) if home.url is None else PostgresStore(home.url)
    with store.write("set-up") as connection:
        for statement in (*listing, *history, "UPDATE alembic_version SET version_num = '0001'"):
            connection.exec_driver_sql(statement)
    store.close()


def test_an_older_ledger_is_refused_until_it_is_brought_up_and_keeps_its_documents(home: Home, clock: Clock) -> None:
    filled(home, clock, "1")
    older(home)
    for read_only in (True, False):
        with pytest.raises(LedgerUnusable, match="rules-run ledger upgrade"):
            home.open(clock, read_only=read_only)
    assert home.upgrade(clock, who="marie") == (1, 3)
    assert home.upgrade(clock, who="marie") == (3, 3)
    assert held_by(home, clock) == {"1"}
    ledger = home.open(clock)
    assert [(deed.what, deed.who) for deed in ledger.history.deeds()] == [("upgraded", "marie")]
    assert ledger.history.doubted_since() is None
    ledger.close()
    if home.url is None:
        assert home.file.with_name("nordlys.db.before-1").exists()


def test_a_rebuilt_ledger_holds_what_was_found_and_is_doubted(home: Home, clock: Clock) -> None:
    with home.rebuilding(clock, who="marie", why="the disk died") as ledger:
        ledger.adopt([AdoptedDocument(key=key("1"), target_id="77")])
    assert held_by(home, clock) == {"1"}
    assert doubted(home, clock)
    ledger = home.open(clock)
    ledger.history.write(What.TRUSTED, who="marie", why="all seen")
    assert ledger.history.doubted_since() is None
    ledger.close()


def test_a_rebuild_that_was_interrupted_is_refused_until_it_is_done_again(home: Home, clock: Clock) -> None:
    home.lineage_file.parent.mkdir()
    home.lineage_file.write_text("11111111-2222-3333-4444-555555555555\n")
    with pytest.raises(ZeroDivisionError), home.rebuilding(clock, who="marie", why="lost") as ledger:
        ledger.adopt([AdoptedDocument(key=key("1"), target_id="77")])
        raise ZeroDivisionError
    with pytest.raises(LedgerUnusable, match="interrupted"):
        home.open(clock)
    with home.rebuilding(clock, who="marie", why="once more") as ledger:
        ledger.adopt([AdoptedDocument(key=key("2"), target_id="78")])
    assert held_by(home, clock) == {"1", "2"}


def test_a_ledger_that_knows_documents_is_never_rebuilt(home: Home, clock: Clock) -> None:
    filled(home, clock, "1")
    with pytest.raises(NotPossible, match="knows documents"), home.rebuilding(clock, who="marie", why="?"):
        pytest.fail("it was given out")
    assert held_by(home, clock) == {"1"}


# files


def test_a_backup_is_a_file_for_its_owner_alone_and_is_taken_while_others_write(
    file_home: Home, clock: Clock, tmp_path: Path
) -> None:
    filled(file_home, clock, "1")
    writer = file_home.open(clock)
    target = tmp_path / "saved.db"
    file_home.backup(target)
    writer.enqueue([queued("2")])
    writer.close()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert held_by(replace(file_home, file=target), clock) == {"1"}
    with pytest.raises(NotPossible, match="never replaces"):
        file_home.backup(target)


def test_a_restored_ledger_is_the_backup_and_is_doubted_and_what_stood_there_is_kept(
    file_home: Home, clock: Clock, tmp_path: Path
) -> None:
    filled(file_home, clock, "1")
    file_home.backup(tmp_path / "saved.db")
    filled(file_home, clock, "2")
    kept = file_home.restore(tmp_path / "saved.db", clock, who="marie", why="a bad day")
    assert held_by(file_home, clock) == {"1"}
    assert doubted(file_home, clock)
    assert kept is not None
    assert held_by(replace(file_home, file=kept), clock) == {"1", "2"}
    assert [path.name for path in file_home.file.parent.iterdir() if "restoring" in path.name] == []


def test_a_lost_ledger_is_restored(file_home: Home, clock: Clock, tmp_path: Path) -> None:
    filled(file_home, clock, "1")
    file_home.backup(tmp_path / "saved.db")
    for path in file_home.file.parent.iterdir():
        path.unlink()
    with pytest.raises(LedgerUnusable, match="ledger restore"):
        file_home.open(clock)
    assert file_home.restore(tmp_path / "saved.db", clock, who="marie", why="the disk died") is None
    assert held_by(file_home, clock) == {"1"}
    assert stat.S_IMODE(file_home.file.stat().st_mode) == 0o600


def test_the_backup_of_another_ledger_is_refused(file_home: Home, clock: Clock, tmp_path: Path) -> None:
    other = replace(file_home, file=tmp_path / "other.db", lineage_file=tmp_path / "other.lineage")
    filled(other, clock, "9")
    filled(file_home, clock, "1")
    with pytest.raises(NotPossible, match="of another ledger"):
        file_home.restore(other.file, clock, who="marie", why="?")
    assert held_by(file_home, clock) == {"1"}


def test_an_older_backup_is_brought_up_when_it_is_restored(file_home: Home, clock: Clock, tmp_path: Path) -> None:
    filled(file_home, clock, "1")
    older(file_home)
    file_home.backup(tmp_path / "saved.db")
    file_home.restore(tmp_path / "saved.db", clock, who="marie", why="moved")
    assert held_by(file_home, clock) == {"1"}


def test_what_a_newer_version_wrote_is_neither_upgraded_nor_restored(
    file_home: Home, clock: Clock, tmp_path: Path
) -> None:
    filled(file_home, clock, "1")
    file_home.backup(tmp_path / "saved.db")
    for path in (file_home.file, tmp_path / "saved.db"):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE meta SET schema_version = 99")
    with pytest.raises(LedgerUnusable, match="newer version"):
        file_home.upgrade(clock, who="marie")
    with pytest.raises(LedgerUnusable, match="newer version"):
        file_home.restore(tmp_path / "saved.db", clock, who="marie", why="?")


def test_a_file_that_is_no_database_is_not_overwritten(file_home: Home, clock: Clock, tmp_path: Path) -> None:
    filled(file_home, clock, "1")
    file_home.backup(tmp_path / "saved.db")
    content = b"this is no database " * 500
    file_home.file.write_bytes(content)
    with pytest.raises(NotPossible, match="move it away"):
        file_home.restore(tmp_path / "saved.db", clock, who="marie", why="?")
    assert file_home.file.read_bytes() == content


# PostgreSQL


def test_a_database_says_how_it_is_saved_and_notes_that_it_was_restored(
    database: Home, clock: Clock, tmp_path: Path
) -> None:
    filled(database, clock, "1")
    with pytest.raises(NotPossible, match="pg_dump"):
        database.backup(tmp_path / "saved.db")
    database.restore(None, clock, who="marie", why="pg_restore of last night")
    assert doubted(database, clock)


def test_commits_of_a_database_are_durable_and_its_address_hides_the_password(database: Home, clock: Clock) -> None:
    ledger = database.open(clock)
    with ledger._journal.store.read() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    ledger.close()
    assert replace(database, url=Secret("postgresql://me:canary@db/x")).name == "postgresql://me:***@db/x"


def test_two_tenants_share_a_database_and_see_nothing_of_each_other(database: Home, clock: Clock) -> None:
    lineage = filled(database, clock, "1")
    other = replace(database, tenant="aurora", lineage_file=database.lineage_file.with_name("aurora.lineage"))
    ledger = other.open(clock)
    assert (ledger.lineage, ledger.empty()) == (lineage, True)
    ledger.close()
    with other.rebuilding(clock, who="marie", why="lost") as ledger:
        pass
    assert not doubted(database, clock)
    assert doubted(other, clock)


def test_a_pooler_in_between_is_refused(database: Home, clock: Clock) -> None:
    assert database.url is not None
    info = psycopg.conninfo.conninfo_to_dict(database.url.reveal())
    if not str(info.get("host", "")).startswith("127."):
        pytest.skip("the server listens on no port that is known here")
    with pooler(str(info["host"]), int(str(info.get("port", 5432)))) as port:
        login = f"{info['user']}:{info['password']}" if "password" in info else info["user"]
        address = f"postgresql://{login}@127.0.0.1:{port}/{info['dbname']}?sslmode=disable"
        for act in (lambda home: home.open(clock), lambda home: home.lock(clock).__enter__()):
            with pytest.raises(LedgerUnusable, match="pooler"):
                act(replace(database, url=Secret(address)))


@pytest.mark.parametrize("url", ["mysql://h/db", "not an address", "sqlite:///x.db"])
def test_an_address_that_is_none_is_refused_in_a_sentence(file_home: Home, clock: Clock, url: str) -> None:
    with pytest.raises(LedgerUnusable, match="begins with postgresql://"):
        replace(file_home, url=Secret(url)).open(clock)


def test_a_server_that_does_not_answer_is_said_without_its_password(file_home: Home, clock: Clock) -> None:
    home = replace(file_home, url=Secret("postgresql://me:canary@127.0.0.1:1/x?connect_timeout=2"))
    for act in (lambda: home.open(clock), lambda: home.lock(clock).__enter__()):
        with pytest.raises(LedgerUnusable, match="cannot be used") as refusal:
            act()
        assert "canary" not in str(refusal.value)


def test_a_row_that_was_taken_by_hand_never_comes_back_as_queued(home: Home, clock: Clock) -> None:
    filled(home, clock, "1")
    ledger = home.open(clock)
    doc = ledger.known(RULE, ["1"])["1"]
    assert ledger.operator("marie", "sent by post").cancel(doc).state is State.CANCELLED
    ledger.enqueue([queued("1", plan="p2")])
    assert ledger.known(RULE, ["1"])["1"].state is State.CANCELLED
    ledger.close()


def test_a_disk_with_too_little_room_stops_a_run_before_it_begins(path: Path, lineage_file: Path, clock: Clock) -> None:
    ledger = Ledger.open(path, tenant="nordlys", lineage_file=lineage_file, clock=clock, least_room=10**18)
    with pytest.raises(LedgerUnusable, match=r"MB free.*nothing was sent"):
        ledger.runs.start()
    ledger.close()


def test_a_full_database_stops_a_run_before_it_begins(path: Path, lineage_file: Path, clock: Clock) -> None:
    ledger = Ledger.open(path, tenant="nordlys", lineage_file=lineage_file, clock=clock)
    with sqlite3.connect(path) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with ledger._journal.store.read() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(LedgerUnusable, match="full"):
        for _ in range(1000):
            ledger.runs.start()
    ledger.close()
