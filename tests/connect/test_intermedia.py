# ruff: noqa: E501 - rows of data stay on their line
"""The partner portal's exports as records."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_run.bundled import bundled
from rules_run.connect.registry import load_sandbox, open_catalogue, open_connector
from rules_run.connect.wsgi import WsgiTransport
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.model.exchange import Condition, Query, Safety, Write
from rules_run.model.secret import Secret

HEADER = (
    "Transaction ID,Transaction Date,Category,Partner Account ID,Account ID,Company Name,User Name,SKU,Item Description,"
    "Price Type,Service Date From,Service Date To,Quantity,Unit Cost,Unit Price,Cost Amount,Price Amount,Tax Amount,Comment"
)
PARTIAL = '7001,06/01/2019,MR,417,0048213,"Fjord, AS",fjord,LYN002NR,Skype users,Recurring,05/13/2019,05/31/2019,5,5.50,7.99,16.85,24.49,0.00,MR'
FULL = "7002,06/04/2019,AL,417,0048213,Fjord,fjord,LYN002NR,Skype users,Recurring,06/04/2019,07/03/2019,5,5.50,7.99,27.50,39.95,0.00,AL"
ONCE = "7002,06/04/2019,AL,417,0048213,Fjord,fjord,STP001NO,Onboarding,One-time,,,1,99.00,150.00,99.00,150.00,0.00,AL"
CREDIT = "7003,06/04/2019,MR,417,0048213,Fjord,fjord,LYN002NR,Skype users,Recurring,05/01/2019,05/31/2019,1,5.50,7.99,-5.50,-7.99,0.00,CR"
ACCOUNTS = "Account ID,Company Name,Owner Name,Owner Phone,Owner E-mail,Street,City,State,Postal Code,Country"


def portal(tmp_path, *lines, header=HEADER, accounts=None, bom="\ufeff", encoding="utf-8"):
    (tmp_path / "report.csv").write_text(bom + "\n".join([header, *lines]) + "\n", encoding=encoding)
    given = {"report": "report.csv"}
    if accounts is not None:
        (tmp_path / "accounts.csv").write_text("\n".join([ACCOUNTS, *accounts]) + "\n", encoding="utf-8")
        given["accounts"] = "accounts.csv"
    return open_connector("intermedia", "cloud", given, tmp_path)


def read(connector, resource="Items", *where):
    query = Query(resource=resource, where=tuple(Condition(field=f, op=op, value=v) for f, op, v in where))
    return [record for page in connector.read(query) for record in page]


def test_a_row_is_a_record_with_codes_as_text_dates_and_exact_amounts(tmp_path):
    (item,) = read(portal(tmp_path, PARTIAL))
    assert item.pop("itemID").endswith("-1")
    assert item == {
        "accountID": "0048213",
        "partnerAccountID": "417",
        "companyName": "Fjord, AS",
        "userName": "fjord",
        "sku": "LYN002NR",
        "description": "Skype users",
        "priceType": "Recurring",
        "serviceDateFrom": "2019-05-13",
        "serviceDateTo": "2019-05-31",
        "quantity": Decimal(5),
        "unitCost": Decimal("5.50"),
        "unitPrice": Decimal("7.99"),
        "costAmount": Decimal("16.85"),
        "priceAmount": Decimal("24.49"),
        "taxAmount": Decimal("0.00"),
        "comment": "MR",
        "isCredit": False,
        "transaction": {"id": "7001", "date": "2019-06-01", "category": "MR", "latestServiceDate": "2019-05-31"},
    }


def test_a_bill_in_arrears_counts_in_a_window_that_holds_the_last_day_it_bills(tmp_path):
    arrears = PARTIAL.replace("05/13/2019", "05/01/2019")
    connector = portal(tmp_path, arrears)
    assert len(read(connector, "Items", ("transaction.latestServiceDate", "gte", "2019-05-05"))) == 1


def test_the_rows_of_a_transaction_count_together(tmp_path):
    items = read(portal(tmp_path, FULL, ONCE))
    assert [item["transaction"]["latestServiceDate"] for item in items] == ["2019-07-03", "2019-07-03"]
    assert "serviceDateFrom" not in items[1]


def test_a_row_without_service_dates_counts_by_the_date_of_its_transaction(tmp_path):
    (item,) = read(portal(tmp_path, ONCE))
    assert item["transaction"]["latestServiceDate"] == "2019-06-04"


def test_a_negative_quantity_or_amount_is_a_credit(tmp_path):
    items = read(portal(tmp_path, CREDIT, PARTIAL, FULL.replace(",5,5.50", ",-5,5.50")))
    assert [item["isCredit"] for item in items] == [True, False, True]


ROWS = st.lists(
    st.builds(
        "{},06/01/2019,MR,417,1,A,a,{},D,Recurring,05/01/2019,05/31/2019,{},1.00,{},1.00,1.00,0.00,C".format,
        st.sampled_from(["7", "8"]),
        st.sampled_from(["S1", "S2"]),
        st.integers(0, 2),
        st.sampled_from(["7.9", "7.90", "8.00"]),
    ),
    max_size=12,
)


@given(rows=ROWS, seed=st.integers(0, 999))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shuffling_the_report_changes_no_id(tmp_path, rows, seed):
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)

    def by_id(lines):
        return {
            item["itemID"]: (item["transaction"]["id"], item["sku"], item["quantity"])
            for item in read(portal(tmp_path, *lines))
        }

    assert by_id(rows) == by_id(shuffled)
    assert len(by_id(rows)) == len(rows)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (PARTIAL.replace("05/13/2019", "13/05/2019"), "report.csv:3: Service Date From: '13/05/2019' is not a date"),
        (PARTIAL.replace("05/13/2019", "02/30/2019"), "'02/30/2019' is not a date"),
        (PARTIAL.replace("24.49", "24,49"), "report.csv:3: the line has 20 cells, the heading has 19"),
        (PARTIAL.replace("24.49", '"24,49"'), "report.csv:3: Price Amount: '24,49' is not a number"),
        (PARTIAL.replace("24.49", "NaN"), "'NaN' is not a number"),
        (PARTIAL.replace("LYN002NR", " "), "report.csv:3: SKU: a value is needed"),
        (PARTIAL.replace(",5,5.50", ",,5.50"), "report.csv:3: Quantity: a value is needed"),
        (PARTIAL.replace('AS"', "AS"), "this is not CSV"),
        (PARTIAL + ",more", "the line has 20 cells"),
    ],
)
def test_a_wrong_cell_is_told_with_file_line_and_column(tmp_path, line, says):
    with pytest.raises(ConnectorUnusable) as wrong:
        read(portal(tmp_path, FULL, line))
    assert says in str(wrong.value)


def test_an_empty_report_has_no_records_and_blank_lines_are_none(tmp_path):
    assert read(portal(tmp_path)) == []
    assert len(read(portal(tmp_path, "", PARTIAL, ""))) == 1


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(ConnectorUnusable, match="column 'Unit Cost' is missing"):
        read(portal(tmp_path, header=HEADER.replace("Unit Cost,", "")))


def test_a_file_that_is_not_there_or_empty_or_no_text_is_named(tmp_path):
    connector = portal(tmp_path)
    (tmp_path / "report.csv").write_bytes(b"")
    with pytest.raises(ConnectorUnusable, match="empty: not even its headings"):
        read(connector)
    (tmp_path / "report.csv").unlink()
    with pytest.raises(ConnectorUnusable, match="is not there"):
        read(connector)
    with pytest.raises(ConnectorUnusable, match="not UTF-8"):
        read(portal(tmp_path, PARTIAL.replace("Fjord", "Fjørd"), bom="", encoding="latin-1"))


def test_an_unexpected_column_does_no_harm(tmp_path):
    assert len(read(portal(tmp_path, PARTIAL + ",new", header=HEADER + ",Extra"))) == 1


def test_accounts_come_with_owner_and_address(tmp_path):
    line = "0048213,Fjord,Dana Whitfield,+1 650,dana@fjord.example,825 Road,Bergen,,05003,Norway"
    (account,) = read(portal(tmp_path, accounts=[line]), "Accounts", ("id", "in", ("0048213", "1")))
    assert account == {
        "id": "0048213",
        "companyName": "Fjord",
        "ownerName": "Dana Whitfield",
        "ownerPhone": "+1 650",
        "ownerEmail": "dana@fjord.example",
        "address": {"street": "825 Road", "city": "Bergen", "postalCode": "05003", "country": "Norway"},
    }


def test_an_account_that_stands_twice_is_told(tmp_path):
    with pytest.raises(ConnectorUnusable, match=r"accounts\.csv:3: Account ID: '1' is there twice"):
        read(portal(tmp_path, accounts=["1,A,,,,,,,,", "1,B,,,,,,,,"]), "Accounts")


def test_accounts_need_their_file(tmp_path):
    with pytest.raises(ConnectorUnusable, match="setting `accounts` names the file"):
        read(portal(tmp_path), "Accounts")


def test_it_is_only_read(tmp_path):
    connector = portal(tmp_path)
    assert connector.safety("Items", "create", marked=True) is Safety.NOTHING
    with pytest.raises(ValueFault, match="only read"):
        connector.prepare(Write(resource="Items", verb="create", values={}))
    with pytest.raises(ConnectorUnusable, match="no resource Orders"):
        read(connector, "Orders")
    with pytest.raises(ValueFault, match="no field sk"):
        read(connector, "Items", ("sk", "eq", "x"))


def test_a_large_report_comes_in_pages(tmp_path):
    lines = [PARTIAL.replace("7001", str(n)) for n in range(1100)]
    assert [len(page) for page in portal(tmp_path, *lines).read(Query(resource="Items"))] == [500, 500, 100]


LOGIN = {"client_id": "partner-417", "client_secret": Secret("s3cret"), "url": "http://127.0.0.1/", "days": 36500}


class OverHttp:
    """The same data in the portal's stand-in, with the connector that asks it."""

    def __init__(self, file, records=None, login=LOGIN, **data):
        connector = file
        records = records or {
            "Items": read(connector, "Items"),
            "Accounts": read(connector, "Accounts"),
        }
        given = {"clients": {"partner-417": "s3cret"}, "records": records, **data}
        self.app = load_sandbox("intermedia")(given, open_catalogue("intermedia", None))
        self.connector = open_connector("intermedia", "cloud", login, None, WsgiTransport(self.app))

    def asked(self):
        return [entry.path for entry in self.app.history.entries()]


def example():
    """The connector over the example's own files."""
    folder = bundled("connectors").parent / "examples" / "intermedia-june-2019"
    given = {"report": "data/exportable_billing_report.csv", "accounts": "data/partner-accounts.csv"}
    return open_connector("intermedia", "cloud", given, folder)


def test_the_same_records_come_over_http_as_from_the_files():
    over = OverHttp(example())
    by_id = {item["itemID"]: item for item in read(example())}
    assert {item["itemID"]: item for item in read(over.connector)} == by_id
    assert read(over.connector, "Accounts") == read(example(), "Accounts")
    assert over.connector.calls() == len(over.asked())
    before = over.connector.calls()
    assert len(read(over.connector, "Items", ("sku", "eq", "LYN002NR"))) == len(
        read(example(), "Items", ("sku", "eq", "LYN002NR"))
    )
    assert over.connector.calls() == before


def test_pages_shorter_than_asked_for_are_followed_to_the_end(tmp_path):
    lines = [PARTIAL.replace("7001", str(n)) for n in range(250)]
    over = OverHttp(portal(tmp_path, *lines, accounts=["1,A,,,,,,,,"]), switches={"most": 40})
    assert len(read(over.connector)) == 250
    pages = [path for path in over.asked() if path.endswith("/transactions")]
    assert len(pages) == 7


def test_a_record_that_comes_while_pages_are_read_costs_a_second_reading_and_no_record(tmp_path):
    lines = [PARTIAL.replace("7001", str(n)) for n in range(30)]
    file = portal(tmp_path, *lines, accounts=["1,A,,,,,,,,"])
    late = {
        **read(file)[0],
        "itemID": "0000000000000000-9",
        "transaction": {"id": "999", "date": "2019-06-02", "category": "AL"},
    }
    fault = {"effect": "meanwhile", "resource": "Transactions", "verb": "read", "give": {"Items": [late]}}
    over = OverHttp(file, switches={"most": 20}, faults=[fault])
    found = [item["transaction"]["id"] for item in read(over.connector)]
    assert sorted(found) == sorted([*map(str, range(30)), "999"])


def test_a_token_that_has_ended_is_fetched_again(tmp_path):
    lines = [PARTIAL.replace("7001", str(n)) for n in range(5)]
    over = OverHttp(portal(tmp_path, *lines, accounts=["1,A,,,,,,,,"]), switches={"uses": 2})
    assert len(read(over.connector)) == 5


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ({**LOGIN, "client_secret": Secret("wrong")}, r"cloud.token cannot be read \(401\): invalid_client"),
        ({"client_id": "partner-417"}, "or `client_id` and `client_secret`"),
        ({}, "needs the setting `report`"),
        ({**LOGIN, "report": "report.csv"}, "not both"),
        ({**LOGIN, "days": 0}, "`days` is a whole number from 1 to 36500"),
    ],
)
def test_a_log_in_that_is_wrong_or_incomplete_is_told(tmp_path, login, says):
    with pytest.raises(ConnectorUnusable, match=says):
        read(OverHttp(portal(tmp_path, PARTIAL, accounts=["1,A,,,,,,,,"]), login=login).connector)


def test_a_report_that_is_not_enabled_is_empty_and_is_no_proof_of_anything(tmp_path):
    over = OverHttp(portal(tmp_path, PARTIAL, accounts=["1,A,,,,,,,,"]), switches={"enabled": False})
    assert read(over.connector) == []
    assert not over.connector.sees_all("Items")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"drop": ["sku"]}, "cloud.Items: sku is missing"),
        ({"set": {"quantity": "five"}}, "quantity: 'five' is no decimal"),
        ({"set": {"serviceDateFrom": "06/01/2019"}}, "serviceDateFrom: '06/01/2019' is no date"),
    ],
)
def test_what_has_another_shape_than_expected_is_named(tmp_path, change, says):
    file = portal(tmp_path, PARTIAL, accounts=["1,A,,,,,,,,"])
    items = [{**item, **change.get("set", {})} for item in read(file)]
    for item in items:
        for name in change.get("drop", ()):
            item.pop(name)
    with pytest.raises(ConnectorUnusable, match=says):
        read(OverHttp(file, records={"Items": items, "Accounts": []}).connector)
