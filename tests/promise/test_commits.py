"""What a run costs in durable commits: three a written document, two more a write-back, none for what is unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from ..cli.desk import Desk, desk_in, example_data

PAGES = 8
"""The integration has eight rules, each with a page of documents, queued in one commit."""
OF_A_RUN = 6
"""Of a run itself: a ledger made, its integration noted, begun, requests counted, ended."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path / "desk", example_data()) as made:
        yield made


@contextmanager
def commits() -> Iterator[list[int]]:
    """Count every commit of every database that is opened meanwhile."""
    seen: list[int] = []

    def committed(connection: Connection) -> None:
        seen.append(1)

    event.listen(Engine, "commit", committed)
    try:
        yield seen
    finally:
        event.remove(Engine, "commit", committed)


def test_a_run_commits_three_times_a_written_document_and_not_at_all_for_what_is_unchanged(desk: Desk) -> None:
    with commits() as first:
        assert desk.apply("--quiet").code == 0
    written = len(desk.writes())
    assert written > 5
    with commits() as second:
        assert "nothing to do" in desk.apply("--quiet").out
    assert len(desk.writes()) == written
    assert len(first) <= 3 * written + PAGES + OF_A_RUN
    assert len(second) <= OF_A_RUN
