"""What `doctor` says of the place where a ledger is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rules_run.ledger.health import Sign, examine
from rules_run.ledger.home import Home
from rules_run.model.secret import Secret

from ..postgres import own_schema
from .conftest import Clock


@pytest.fixture
def home(path: Path, lineage_file: Path) -> Home:
    return Home(tenant="nordlys", file=path, lineage_file=lineage_file)


def signs(home: Home) -> dict[str, Sign]:
    return {sign.what: sign for sign in examine(home)}


def test_a_sound_file_is_said_to_be_sound_and_examining_makes_none(home: Home, clock: Clock) -> None:
    assert "not there yet" in signs(home)["file"].says
    assert not home.file.exists()
    home.open(clock).close()
    found = signs(home)
    assert [sign for sign in found.values() if sign.sound is False] == []
    assert found["synchronous"].says.startswith("FULL")


def test_a_file_that_others_can_read_is_said_with_the_way_out(home: Home, clock: Clock) -> None:
    home.open(clock).close()
    home.file.chmod(0o644)
    [sign] = [sign for sign in examine(home) if sign.sound is False]
    assert f"chmod 600 {home.file}" in sign.says


def test_a_server_says_how_it_keeps_what_it_answered_and_examining_makes_nothing(home: Home, clock: Clock) -> None:
    with own_schema() as url:
        database = replace(home, url=url)
        found = signs(database)
        assert database.open(clock, read_only=True).empty()
        assert not home.lineage_file.exists()
    assert [sign for sign in found.values() if sign.sound is False] == []
    assert "PostgreSQL" in found["place"].says
    assert found["fsync"].says.startswith("on")
    assert found["synchronous"].says.startswith("on")
    assert "writes" in found
    assert found["followers"].sound in (True, None)


def test_a_server_that_does_not_answer_is_said_without_its_password(home: Home) -> None:
    [sign] = examine(replace(home, url=Secret("postgresql://me:canary@127.0.0.1:1/x?connect_timeout=2")))
    assert sign.sound is False
    assert "cannot be used" in sign.says
    assert "canary" not in sign.says
