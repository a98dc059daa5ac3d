"""The server of a PostgreSQL ledger fails: down, killed sessions, no right to write, a commit whose answer is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from rules_run.failpoints import SEND, watched
from rules_run.ledger.home import Home
from rules_run.model.secret import Secret

from ..postgres import own_schema
from .extent import Extent, Score
from .proxy import Proxy, proxy
from .scene import Scene, healed, opened, place, scene

SUITE = "server faults"
Tell = Callable[[Score], None]


@contextmanager
def database(folder: Path) -> Iterator[Home]:
    """Give a fresh ledger in a schema of its own."""
    with own_schema() as url:
        yield opened(replace(place(folder), url=url))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with database(tmp_path) as made:
        yield made


def check_healed(played: Scene, score: Tell) -> None:
    found = healed(played, SUITE)
    score(found)
    assert found.clean(), found


def check_refused(played: Scene, said: str) -> None:
    assert said.startswith(f"The ledger {played.home.name} "), said
    assert played.target.sent == []


@contextmanager
def behind(home: Home) -> Iterator[tuple[Proxy, Home]]:
    """Give a proxy, and the ledger as it is reached through it."""
    assert home.url is not None
    info = psycopg.conninfo.conninfo_to_dict(home.url.reveal())
    if not str(info.get("host", "")).startswith("127."):
        pytest.skip("the server listens on no port that is known here")
    with proxy((str(info["host"]), int(str(info.get("port", 5432))))) as between:
        address = make_url(home.url.reveal()).set(host="127.0.0.1", port=between.port)
        address = address.update_query_dict({"sslmode": "disable"})
        yield between, replace(home, url=Secret(address.render_as_string(hide_password=False)))


def test_a_server_that_is_down_stops_a_run_before_it_begins(home: Home, score: Tell) -> None:
    with behind(home) as (between, through):
        between.go_down()
        played = scene(through, faults=[])
        check_refused(played, played.run())
    check_healed(replace(played, home=home), score)


def test_a_login_that_may_only_read_stops_a_run_before_it_begins(home: Home, score: Tell) -> None:
    assert home.url is not None
    name, url = f"reader_{uuid4().hex}", home.url.reveal()
    with psycopg.connect(url, autocommit=True) as server:
        [schema] = server.execute("SELECT current_schema()").fetchone() or [""]
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'reader'")
        try:
            server.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
            server.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {name}")
            address = make_url(url).set(username=name, password="reader")
            reader = Secret(address.render_as_string(hide_password=False))
            played = scene(replace(home, url=reader), faults=[])
            said = played.run()
        finally:
            server.execute(f"DROP OWNED BY {name}")
            server.execute(f"DROP ROLE {name}")
    check_refused(played, said)
    assert "permission denied" in said
    check_healed(replace(played, home=home), score)


def test_a_server_that_goes_down_in_a_run_loses_no_answer(extent: Extent, score: Tell, tmp_path: Path) -> None:
    for name, n in extent.part([(name, n) for name in SEND for n in (1, 2)], quick=3, turn=8):
        with database(tmp_path / f"{name}-{n}") as home, behind(home) as (between, through):
            played = scene(through, faults=[])
            struck(played, name, between.go_down, passes=n)
            assert between.down
            check_healed(replace(played, home=home), score)


def struck(played: Scene, at: str, strike: Callable[[], object], *, passes: int) -> str:
    """Do a run in which something happens at the n-th pass of a place."""
    seen = 0

    def passed(name: str) -> None:
        nonlocal seen
        seen += name == at
        if name == at and seen == passes:
            strike()

    with watched(passed):
        return played.run()


def test_sessions_that_are_killed_in_a_run_lose_no_answer(extent: Extent, score: Tell, tmp_path: Path) -> None:
    for at, n in extent.part([(name, n) for name in SEND for n in (1, 2)], quick=3, turn=8):
        with database(tmp_path / f"{at}-{n}") as home:
            assert home.url is not None
            url, name = home.url, f"killed_{uuid4().hex[:12]}"
            address = make_url(url.reveal()).update_query_dict({"application_name": name})
            named = replace(home, url=Secret(address.render_as_string(hide_password=False)))
            played = scene(named, faults=[])
            said = struck(played, at, partial(kill, url, name), passes=n)
            assert not said or "terminat" in said or "kept beside" in said, said
            check_healed(replace(played, home=home), score)


def kill(url: Secret, name: str) -> None:
    with psycopg.connect(url.reveal(), autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [name])


def test_a_commit_whose_answer_is_lost_is_neither_repeated_nor_forgotten(
    home: Home, extent: Extent, score: Tell, tmp_path: Path
) -> None:
    with behind(home) as (between, through):
        assert scene(through, faults=[]).run() == ""
        last = between.commits
    assert last > 9
    for at in extent.part(range(1, last + 1), quick=3, turn=10):
        with database(tmp_path / str(at)) as fresh, behind(fresh) as (between, through):
            between.cut_at = at
            played = scene(through, faults=[])
            played.run()
            assert between.commits >= at
            check_healed(replace(played, home=fresh), score)
