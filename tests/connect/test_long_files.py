"""Files of JSON lines: added to at the end, found by key, whole again after a process that was killed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rules_run.connect.contract import StaleSend
from rules_run.connect.registry import open_connector
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Condition, Outcome, Query, Write

FIELDS = {"id": "text", "name": "text", "total": "decimal"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.jsonl"


def opened(file: Path):
    resource = {"file": file.name, "key": "id", "fields": FIELDS}
    return open_connector("files", "out", {"resources": {"Orders": resource}}, file.parent)


def add(connector, **values):
    request = connector.prepare(Write(resource="Orders", verb="create", values=values))
    return connector.send(request, lambda: None)


def read(connector, *where):
    query = Query(resource="Orders", where=tuple(Condition(field=f, op=op, value=v) for f, op, v in where))
    return [record for page in connector.read(query) for record in page]


def ids(connector, *where):
    return [record["id"] for record in read(connector, *where)]


def test_a_row_is_added_at_the_end_and_the_others_stay_as_they_are_written(file):
    file.write_text('{ "id":"a",   "name":"Ærø"}\n', encoding="utf-8")
    before, connector = file.read_bytes(), opened(file)
    assert add(connector, id="b", total=3).outcome is Outcome.APPLIED
    assert file.read_bytes() == before + b'{"id": "b", "total": 3}\n'
    assert ids(connector) == ["a", "b"]


def test_a_last_line_without_an_end_gets_one(file):
    file.write_text('{"id": "a"}', encoding="utf-8")
    add(opened(file), id="b")
    assert file.read_text() == '{"id": "a"}\n{"id": "b"}\n'


def test_a_row_that_is_there_is_not_added_whoever_wrote_it(file):
    connector = opened(file)
    assert add(connector, id="a").outcome is Outcome.APPLIED
    with file.open("a") as other:
        other.write('{"id": "b", "name": "theirs"}\n')
    verdict = add(connector, id="b", name="ours")
    assert (verdict.outcome, verdict.ask_first) == (Outcome.REJECTED, True)
    assert verdict.message == "orders.jsonl:2: the row 'b' is there already."
    assert add(connector, id="c").outcome is Outcome.APPLIED
    assert [record.get("name") for record in read(connector)] == [None, "theirs", None]


def test_records_are_found_by_key_in_the_order_of_the_file(file):
    file.write_text("".join(f"{json.dumps({'id': f'k{number}', 'total': number})}\n" for number in range(1_200)))
    connector = opened(file)
    wanted = tuple(f"k{number}" for number in (1_100, 3, 700, 9_999))
    assert ids(connector, ("id", "in", wanted)) == ["k3", "k700", "k1100"]
    assert ids(connector, ("id", "eq", "k8"), ("total", "gt", 100)) == []
    assert read(connector, ("id", "eq", "k8")) == [{"id": "k8", "total": 8}]
    assert ids(connector, ("total", "gte", 1_198)) == ["k1198", "k1199"]


def test_what_somebody_changes_meanwhile_is_found_as_it_is_then(file):
    file.write_text('{"id": "a"}\n{"id": "b"}\n')
    connector = opened(file)
    assert ids(connector, ("id", "eq", "b")) == ["b"]
    file.write_text('{"id": "longer than before"}\n{"id": "b", "total": 5}\n')
    assert read(connector, ("id", "eq", "b")) == [{"id": "b", "total": 5}]
    assert ids(connector, ("id", "eq", "a")) == []


@pytest.mark.parametrize("first", [[], ["a", "b"]])
def test_half_a_line_of_a_process_that_was_killed_is_not_there_and_gives_way(file, first):
    connector = opened(file)
    for each in first:
        add(connector, id=each)
    whole = file.read_bytes() if first else b""
    add(connector, id="lost", name="cut")
    os.truncate(file, len(whole) + 9)
    assert ids(opened(file)) == first
    assert ids(opened(file), ("id", "eq", "lost")) == []
    assert add(opened(file), id="next").outcome is Outcome.APPLIED
    assert file.read_bytes() == whole + b'{"id": "next"}\n'


def test_half_a_line_that_somebody_else_left_is_a_mistake_and_stays(file):
    file.write_text('{"id": "a"}\n{"id": "b')
    with pytest.raises(ConnectorUnusable, match=r"orders\.jsonl:2: this is not JSON"):
        read(opened(file))
    assert add(opened(file), id="c").outcome is Outcome.NOT_SENT
    assert file.read_text() == '{"id": "a"}\n{"id": "b'


def test_a_send_that_comes_too_late_adds_nothing(file):
    connector = opened(file)
    add(connector, id="a")
    before = file.read_bytes()
    request = connector.prepare(Write(resource="Orders", verb="create", values={"id": "b"}))

    def refuse() -> None:
        raise StaleSend("too late")

    assert connector.send(request, refuse).outcome is Outcome.NOT_SENT
    assert file.read_bytes() == before


def test_nothing_but_the_file_stays_when_the_connector_is_closed(file):
    connector = opened(file)
    add(connector, id="a")
    connector.close()
    assert [each.name for each in file.parent.iterdir()] == ["orders.jsonl"]
