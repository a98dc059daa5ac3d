# ruff: noqa: E501 - rows of data stay on their line
"""CSV files as a system of their own."""

from __future__ import annotations

import csv
import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_run.connect.contract import StaleSend
from rules_run.connect.csvfile import guarded, unguarded
from rules_run.connect.registry import open_connector
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.model.exchange import Condition, Outcome, Query, Safety, Write

FIELDS = {"number": "text", "customer": "text", "total": "decimal", "day": "date", "paid": "boolean"}


def files(tmp_path, fields=FIELDS, **spec):
    resource = {"file": "orders.csv", "key": "number", **({"fields": fields} if fields else {}), **spec}
    return open_connector("files", "out", {"resources": {"Orders": resource}}, tmp_path)


def read(connector, *where):
    query = Query(resource="Orders", where=tuple(Condition(field=f, op=op, value=v) for f, op, v in where))
    return [record for page in connector.read(query) for record in page]


def write(connector, values, target_id=None, guard=lambda: None):
    request = connector.prepare(
        Write(resource="Orders", verb="update" if target_id else "create", values=values, target_id=target_id)
    )
    return connector.send(request, guard)


def test_a_new_file_gets_its_headings_and_rows(tmp_path):
    connector = files(tmp_path)
    assert read(connector) == []
    verdict = write(
        connector,
        {"number": "00123", "customer": "Fjord, AS", "total": Decimal("10.50"), "day": "2019-05-13", "paid": True},
    )
    assert (verdict.outcome, verdict.target_id) == (Outcome.APPLIED, "00123")
    write(connector, {"number": "00124"})
    assert (tmp_path / "orders.csv").read_text() == (
        'number,customer,total,day,paid\n00123,"Fjord, AS",10.5,2019-05-13,true\n00124,,,,\n'
    )
    assert read(connector, ("total", "gt", 10)) == [
        {"number": "00123", "customer": "Fjord, AS", "total": Decimal("10.5"), "day": "2019-05-13", "paid": True}
    ]


def test_without_declared_fields_the_headings_are_text_fields(tmp_path):
    (tmp_path / "orders.csv").write_text("number,total\n007,1.10\n", encoding="utf-8")
    connector = files(tmp_path, fields=None)
    assert read(connector) == [{"number": "007", "total": "1.10"}]
    assert connector.catalogue.resource("Orders").fields["total"].type == "text"
    with pytest.raises(ValueFault, match="no field totl"):
        write(connector, {"number": "1", "totl": "2"})


def test_a_change_rewrites_one_row_and_leaves_the_rest_as_it_is(tmp_path):
    (tmp_path / "orders.csv").write_text(
        "\ufeffnumber,customer,total,day,paid,theirs\na,A,1.50,,,x\nb,B,2,,,'=y\n", encoding="utf-8"
    )
    verdict = write(files(tmp_path), {"total": 3}, target_id="a")
    assert verdict.outcome is Outcome.APPLIED
    assert (
        tmp_path / "orders.csv"
    ).read_bytes() == b"\xef\xbb\xbfnumber,customer,total,day,paid,theirs\na,A,3,,,x\nb,B,2,,,'=y\n"


def test_the_same_row_is_never_there_twice(tmp_path):
    connector = files(tmp_path)
    write(connector, {"number": "a"})
    verdict = write(connector, {"number": "a"})
    assert (verdict.outcome, verdict.ask_first, verdict.code) == (Outcome.REJECTED, True, "duplicate")
    assert connector.safety("Orders", "create", marked=False) is Safety.UNIQUE


def test_a_row_that_is_gone_is_not_changed(tmp_path):
    assert write(files(tmp_path), {"total": 1}, target_id="a").outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("values", "target_id", "says"),
    [
        ({"customer": "A"}, None, "Orders.number must be given"),
        ({"number": "b"}, "a", "never changed"),
        ({"number": "a", "total": "12,30"}, None, "'12,30' is not a number"),
        ({"number": "a", "customer": ["x"]}, None, "is not a text"),
        ({"number": "a", "day": "13.5.2019"}, None, "is not a date"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_written(tmp_path, values, target_id, says):
    with pytest.raises(ValueFault, match=says.replace(".", r"\.")):
        write(files(tmp_path), values, target_id=target_id)
    assert not (tmp_path / "orders.csv").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("number,customer,total,day\na,A,1,\n", "orders.csv:1: the column 'paid' is missing"),
        ("number,customer,total,day,paid\na,A,x,,\n", "orders.csv:2: total: 'x' is not a number"),
        ("number,customer,total,day,paid\na,A,,,yes\n", "orders.csv:2: paid: 'yes' is not true or false"),
        ("number,customer,total,day,paid\na,,,,\na,,,,\n", "orders.csv:3: number: 'a' already stands in line 2"),
        ("number,customer,total,day,paid\n,A,,,\n", "orders.csv:2: number: a value is needed"),
        ("number,number,customer,total,day,paid\n", "the column 'number' is there twice"),
    ],
)
def test_a_wrong_file_is_told_with_its_place_and_nothing_is_written_over_it(tmp_path, text, says):
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    connector = files(tmp_path)
    with pytest.raises(ConnectorUnusable) as wrong:
        read(connector)
    assert says in str(wrong.value)
    if "line 2" in says or "twice" in says:
        assert write(connector, {"number": "b"}).outcome is Outcome.NOT_SENT
    assert (tmp_path / "orders.csv").read_text(encoding="utf-8") == text


def test_the_guard_refuses_and_the_file_is_as_it_was(tmp_path):
    def guard():
        raise StaleSend("too late")

    assert write(files(tmp_path), {"number": "a"}, guard=guard).outcome is Outcome.NOT_SENT
    assert not (tmp_path / "orders.csv").exists()


def test_a_folder_that_cannot_be_written_means_that_nothing_was(tmp_path):
    assert write(files(tmp_path, file="none/orders.csv"), {"number": "a"}).outcome is Outcome.NOT_SENT
    (tmp_path / "orders.csv").mkdir()
    connector = files(tmp_path)
    assert write(connector, {"number": "a"}).outcome is Outcome.NOT_SENT


def test_many_writers_lose_no_row(tmp_path):
    connectors = [files(tmp_path) for _ in range(4)]
    writers = [
        threading.Thread(target=write, args=(connector, {"number": f"{place}-{n}"}))
        for place, connector in enumerate(connectors)
        for n in range(5)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read(connectors[0])) == 20
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]


@pytest.mark.parametrize("text", ["=1+1", "+1-800", "-x", "@sum", "\tx", "\rx", "＝1", "＠x", "'=1", "''=1"])
def test_what_a_spreadsheet_would_run_is_written_as_text_and_read_as_it_was(tmp_path, text):
    connector = files(tmp_path)
    write(connector, {"number": "a", "customer": text})
    with (tmp_path / "orders.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1][1] == f"'{text}"
    assert read(connector)[0]["customer"] == text


@pytest.mark.parametrize("text", ["-5.00", "+3", "5", "it's", "'quoted'", "a=b"])
def test_numbers_and_plain_texts_are_written_as_they_are(text):
    assert guarded(text) == text


@given(st.text())
def test_every_text_comes_back(text):
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    "resources",
    [{"Orders": "orders.csv"}, {"Orders": {"file": "a.csv"}}, {"Orders": {"file": "a", "key": "k", "colour": 1}},
     {"Orders": {"file": "a", "key": "k", "fields": {"k": "money"}}}, {"Orders": {"file": "a", "key": "k", "fields": {"x": "text"}}}],
)  # fmt: skip
def test_a_wrong_declaration_is_told(tmp_path, resources):
    with pytest.raises(ConnectorUnusable, match="out:"):
        open_connector("files", "out", {"resources": resources}, tmp_path)


def test_a_record_is_found_again_by_the_text_that_was_written(tmp_path):
    connector = files(tmp_path)
    write(connector, {"number": "-abc"})
    assert read(connector, ("number", "eq", "-abc")) == [{"number": "-abc"}]
    assert write(connector, {"customer": "x"}, target_id="-abc").outcome is Outcome.APPLIED
