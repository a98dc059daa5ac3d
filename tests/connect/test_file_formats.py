"""Files of objects and workbooks: every format reads and writes the same records."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from rules_run.connect.registry import catalogue_of, open_connector
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Condition, Outcome, Query, Write

FIELDS = {"number": "text", "customer": "text", "total": "decimal", "day": "date", "paid": "boolean"}
FORMATS = ("csv", "json", "jsonl", "xlsx")
ORDER = {
    "number": "00123",
    "customer": "=Fjord, Ærø & Co",
    "total": Decimal("10.50"),
    "day": "2019-05-13",
    "paid": True,
}


def files(folder: Path, file: str, fields=FIELDS, **spec):
    resource = {"file": file, "key": "number", **({"fields": fields} if fields else {}), **spec}
    return open_connector("files", "out", {"resources": {"Orders": resource}}, folder)


def read(connector, *where):
    query = Query(resource="Orders", where=tuple(Condition(field=f, op=op, value=v) for f, op, v in where))
    return [record for page in connector.read(query) for record in page]


def write(connector, values, target_id=None):
    verb = "update" if target_id else "create"
    request = connector.prepare(Write(resource="Orders", verb=verb, values=values, target_id=target_id))
    return connector.send(request, lambda: None)


def workbook(path: Path, *rows, sheets=1):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for _ in range(sheets - 1):
        book.create_sheet()
    book.save(path)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_written_is_read_again_in_every_format(tmp_path, kind):
    connector = files(tmp_path, f"orders.{kind}")
    assert read(connector) == []
    assert write(connector, ORDER).outcome is Outcome.APPLIED
    assert write(connector, {"number": "00124", "customer": "Vik"}).outcome is Outcome.APPLIED
    assert write(connector, {"total": 3}, target_id="00124").outcome is Outcome.APPLIED
    assert read(files(tmp_path, f"orders.{kind}")) == [
        {**ORDER, "total": Decimal("10.5")},
        {"number": "00124", "customer": "Vik", "total": Decimal(3)},
    ]
    again = write(connector, {"number": "00124"})
    assert (again.outcome, again.ask_first) == (Outcome.REJECTED, True)


@pytest.mark.parametrize("kind", FORMATS)
def test_without_declared_fields_everything_is_text(tmp_path, kind):
    write(files(tmp_path, f"orders.{kind}"), ORDER)
    text = {"number": "00123", "customer": "=Fjord, Ærø & Co", "total": "10.5", "day": "2019-05-13", "paid": "true"}
    assert read(files(tmp_path, f"orders.{kind}", fields=None)) == [text]


def test_objects_hold_numbers_as_numbers_and_keep_what_is_not_declared(tmp_path):
    path = tmp_path / "orders.json"
    path.write_text('[{"number": "a", "total": 12.3400, "theirs": 1e3, "mine": null}]', encoding="utf-8")
    write(files(tmp_path, "orders.json"), {"paid": False}, target_id="a")
    assert (
        path.read_text(encoding="utf-8") == '[\n  {"number": "a", "total": 12.3400, "paid": false, "theirs": 1e3}\n]\n'
    )
    write(files(tmp_path, "orders.jsonl"), {"number": "b", "total": 5})
    assert json.loads((tmp_path / "orders.jsonl").read_text()) == {"number": "b", "total": 5}


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers(tmp_path):
    long = "0.12345678901234567890"
    write(files(tmp_path, "orders.xlsx"), {**ORDER, "total": Decimal(long)})
    cells = [cell.value for cell in load_workbook(tmp_path / "orders.xlsx").active[2]]
    assert cells == ["00123", "=Fjord, Ærø & Co", long.rstrip("0"), "2019-05-13", True]
    assert load_workbook(tmp_path / "orders.xlsx").active["B2"].data_type != "f" or cells[1].startswith("=")
    assert read(files(tmp_path, "orders.xlsx"))[0]["total"] == Decimal(long)


def test_a_workbook_of_a_person_is_read_as_people_see_it(tmp_path):
    rows = [["number", "total", "day", "seen"], [7, 12.5, date(2019, 5, 13), datetime(2019, 5, 13, 10, 30)]]  # noqa: DTZ001 - as a workbook has it
    workbook(tmp_path / "orders.xlsx", *rows, [None, None, None, None], ["8", 3.0, None, True])
    assert read(files(tmp_path, "orders.xlsx", fields=None)) == [
        {"number": "7", "total": "12.5", "day": "2019-05-13", "seen": "2019-05-13T10:30:00"},
        {"number": "8", "total": "3", "seen": "true"},
    ]


def test_a_workbook_with_more_sheets_is_read_by_name_and_not_written_over(tmp_path):
    workbook(tmp_path / "orders.xlsx", ["number"], ["a"], sheets=2)
    assert read(files(tmp_path, "orders.xlsx", fields=None, sheet="Sheet")) == [{"number": "a"}]
    before = (tmp_path / "orders.xlsx").read_bytes()
    verdict = write(files(tmp_path, "orders.xlsx", fields=None), {"number": "b"})
    assert verdict.outcome is Outcome.NOT_SENT
    assert "lose all but one" in verdict.message
    assert (tmp_path / "orders.xlsx").read_bytes() == before
    with pytest.raises(ConnectorUnusable, match="no sheet 'Orders'"):
        read(files(tmp_path, "orders.xlsx", sheet="Orders"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("orders.json", b"{}", "a list of objects is expected"),
        ("orders.json", b"[1]", "orders.json:1: an object is expected"),
        ("orders.json", b'[{"number": "a"},\n{"number": ]', "orders.json:2: this is not JSON"),
        ("orders.json", b'[{"number": "a", "number": "b"}]', "a name stands twice"),
        ("orders.json", b'[{"number": "a", "total": NaN}]', "NaN is no number"),
        ("orders.json", b'[{"number": ["a"]}]', "number: one value is expected"),
        ("orders.json", b'[{"nummer": "a"}]', "orders.json:1: number: a value is needed"),
        ("orders.jsonl", b'{"number": "a"}\n{"number": "a", "x"}\n', "orders.jsonl:2: this is not JSON"),
        (
            "orders.jsonl",
            b'{"number": "a"}\n\n{"number": "a"}\n',
            "orders.jsonl:3: number: 'a' already stands in line 1",
        ),
        ("orders.jsonl", "{}\xe6".encode("latin-1"), "not UTF-8"),
        ("orders.xlsx", b"PK", "no XLSX workbook"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConnectorUnusable) as wrong:
        read(files(tmp_path, name, fields=None))
    assert says in str(wrong.value)


def test_a_missing_column_of_a_workbook_is_named(tmp_path):
    workbook(tmp_path / "orders.xlsx", ["nummer"], ["a"])
    with pytest.raises(ConnectorUnusable, match="column 'number' is missing"):
        read(files(tmp_path, "orders.xlsx"))


@pytest.mark.parametrize(
    ("file", "spec", "says"),
    [
        ("orders.txt", {}, "none of csv, json, jsonl, xlsx"),
        ("orders.json", {"bom": True}, "only a CSV file"),
        ("orders.csv", {"sheet": "A"}, "only an XLSX file"),
    ],
)
def test_a_format_that_does_not_fit_is_told(tmp_path, file, spec, says):
    with pytest.raises(ConnectorUnusable, match=says):
        files(tmp_path, file, **spec)
    assert read(files(tmp_path, "orders.txt", format="jsonl")) == []


def test_what_a_tenant_declares_is_known_without_opening_the_account(tmp_path):
    declared = {"resources": {"Orders": {"file": "orders.json", "key": "number", "fields": FIELDS}}}
    orders = catalogue_of("files", declared, tmp_path).resource("Orders")
    assert {name: field.type for name, field in orders.fields.items()} == FIELDS
    assert catalogue_of("autotask", {}, tmp_path).resource("Companies").name == "Companies"
    with pytest.raises(ConnectorUnusable, match="is not there"):
        catalogue_of("files", {"resources": {"Orders": {"file": "none.csv", "key": "number"}}}, tmp_path)
