"""`ledger`: where it is kept, saved, brought back, and made anew from what stands in the targets."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from time import monotonic

import psycopg
import pytest

from ..postgres import own_schema
from .desk import DATE, Desk, Ran

TENANT = "tenants/testcompany.yaml"
REPORT = "data/exportable_billing_report.csv"
LEDGER = ".rules-run/testcompany.db"
WHY = ("--by", "marie", "--why", "the disk died")


@pytest.fixture(params=["file", "database"])
def kept(request: pytest.FixtureRequest, small: Desk) -> Iterator[Desk]:
    """A desk whose ledger is kept in each of the stores."""
    if request.param == "file":
        yield small
        return
    with own_schema() as url:
        small.edit(TENANT, "language: 1\n", "language: 1\nledger: {env: TESTCOMPANY_LEDGER}\n")
        small.environment["TESTCOMPANY_LEDGER"] = url.reveal()
        yield small


def lose(desk: Desk) -> None:
    """Delete the ledger, whichever store it is in."""
    for path in (desk.folder / ".rules-run").glob("*"):
        path.unlink()
    url = desk.environment.get("TESTCOMPANY_LEDGER")
    if url is not None:
        with psycopg.connect(url, autocommit=True) as connection:
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            ).fetchall():
                connection.execute(f"DROP TABLE {name} CASCADE")


def assert_refused(ran: Ran, *sentences: str, code: int = 1) -> None:
    assert ran.code == code, ran.said
    assert "Traceback" not in ran.said
    for sentence in sentences:
        assert sentence in ran.said


def test_a_ledger_works_in_both_stores(kept: Desk) -> None:
    assert kept.plan().code == 0
    assert kept.apply("--quiet").code == 0
    assert len(kept.run("queue", "list", "--state", "Processed").lines) == 7
    before = len(kept.writes())
    assert "nothing to do" in kept.apply("--quiet").out
    assert len(kept.writes()) == before
    told = kept.run("ledger", "status").out
    assert "Processed  7" in told
    assert (kept.folder / "tenants" / "testcompany.lineage").read_text().strip() in told
    assert (kept.folder / LEDGER).exists() is ("TESTCOMPANY_LEDGER" not in kept.environment)


def test_a_lost_ledger_is_refused_and_after_a_rebuild_nothing_is_made_a_second_time(kept: Desk) -> None:
    assert kept.apply("--quiet").code == 0
    lose(kept)
    writes = len(kept.writes())
    assert_refused(kept.apply("--quiet"), "is missing", "ledger restore", "ledger rebuild", code=7)
    rebuilt = kept.run("ledger", "rebuild", "--date", DATE, *WHY)
    assert rebuilt.code == 0, rebuilt.said
    assert "documents found" in rebuilt.out
    assert "rebuilt by marie  the disk died" in kept.run("ledger", "status").out
    again = kept.apply("--quiet")
    assert again.code == 0, again.said
    assert "nothing to do" in again.out
    assert len(kept.writes()) == writes


def test_a_rebuilt_ledger_creates_what_is_new_once_nothing_can_arrive_any_more(kept: Desk) -> None:
    kept.edit(TENANT, "settle: 1 #", "deadline: 2\n    settle: 0 #")
    report = (kept.folder / REPORT).read_text()
    kept.keep("LYN002NR")
    assert kept.apply("--quiet").code == 0
    lose(kept)
    assert kept.run("ledger", "rebuild", "--date", DATE, *WHY).code == 0
    (kept.folder / REPORT).write_text(report)
    writes = len(kept.writes())
    early = kept.apply()
    assert early.code == 3
    assert "nothing is created before" in early.out
    assert len(kept.writes()) == writes
    end = monotonic() + 30
    while (applied := kept.apply("--quiet")).code != 0:
        assert monotonic() < end, applied.said
    assert len(kept.records("ContractCharges")) == 1


def test_a_rebuilt_ledger_that_found_nothing_stops_before_it_makes_everything_again(kept: Desk) -> None:
    report = (kept.folder / REPORT).read_text()
    kept.keep("NOTHING")
    found = kept.run("ledger", "rebuild", "--date", DATE, *WHY)
    assert "Rebuilt with 0 documents" in found.out, found.said
    (kept.folder / REPORT).write_text(report)
    stopped = kept.apply("--quiet")
    assert_refused(stopped, "was in use and is empty", "--approve", code=5)
    assert kept.writes() == []


def test_a_ledger_that_is_there_is_not_rebuilt(kept: Desk) -> None:
    assert kept.apply("--quiet").code == 0
    assert_refused(kept.run("ledger", "rebuild", "--date", DATE, *WHY), "knows documents of this tenant")


def test_a_backup_is_made_and_restored_and_nothing_that_was_sent_since_is_made_again(small: Desk) -> None:
    row = next(line for line in (small.folder / REPORT).read_text().splitlines() if "STP001NO" in line)
    small.edit(REPORT, f"{row}\n", "")
    assert small.apply("--quiet").code == 0
    saved = str(small.folder / "saved.db")
    assert small.run("ledger", "backup", saved).code == 0
    assert stat.S_IMODE((small.folder / "saved.db").stat().st_mode) == 0o600

    with (small.folder / REPORT).open("a") as report:
        report.write(f"{row}\n")
    assert small.apply("--quiet").code == 0
    assert len(small.records("ContractCharges")) == 1
    writes = len(small.writes())

    restored = small.run("ledger", "restore", saved, *WHY)
    assert restored.code == 0, restored.said
    assert "is kept in" in restored.out
    assert "the target is asked before every creation" in restored.out
    again = small.apply("--quiet")
    assert again.code == 0, again.said
    assert "adopted" in again.out
    assert len(small.writes()) == writes

    assert small.run("ledger", "trust", "--why", "all is back").code == 0
    told = small.run("ledger", "status").out
    assert "restored by marie" in told
    assert "is asked before" not in told


@pytest.mark.parametrize("kept", ["database"], indirect=True)
def test_a_database_says_how_it_is_saved_and_restored(kept: Desk) -> None:
    assert kept.apply("--quiet").code == 0
    assert_refused(kept.run("ledger", "backup", "saved.dump"), "pg_dump --format=custom")
    assert kept.run("ledger", "restore", *WHY).code == 0
    assert "asked before every creation" in kept.run("ledger", "status").out
    assert "nothing to do" in kept.apply("--quiet").out


def test_an_upgrade_of_a_present_ledger_does_nothing_and_one_that_is_not_there_is_said(small: Desk) -> None:
    assert_refused(small.run("ledger", "upgrade"), "There is no ledger")
    assert small.apply("--quiet").code == 0
    assert "nothing to do" in small.run("ledger", "upgrade").out


@pytest.mark.parametrize(
    ("stated", "sentence", "code"),
    [
        ("{env: NOT_SET_ANYWHERE}", "NOT_SET_ANYWHERE, which is not set", 7),
        ("{file: nowhere.txt}", "nowhere.txt, which cannot be read", 7),
        ("postgresql://me@127.0.0.1:1/x?connect_timeout=2", "postgresql://me@127.0.0.1:1/x cannot be used", 7),
        ("mysql://db/x", "begins with postgresql://", 1),
    ],
)
def test_a_ledger_that_cannot_be_reached_is_said_and_nothing_is_sent(
    small: Desk, stated: str, sentence: str, code: int
) -> None:
    small.edit(TENANT, "language: 1\n", f"language: 1\nledger: {stated}\n")
    assert_refused(small.apply("--quiet"), sentence, code=code)
    assert small.writes() == []
