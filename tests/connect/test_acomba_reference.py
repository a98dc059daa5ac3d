"""What the Acomba connector promises by the reference of an invoice, and what it tells where that is not searched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rules_run.connect.registry import catalogue_of
from rules_run.errors import ConnectorUnusable
from rules_run.model.exchange import Condition, Outcome, Query, Safety, Write
from rules_run.model.secret import Secret

from ..sandbox.acomba import LICENCE
from .acomba import CLIENT, Open, accounts


@pytest.fixture
def opened() -> Iterator[Open]:
    """Return what opens an account."""
    with accounts() as start:
        yield start


def test_the_class_of_an_invoice_follows_the_reference(opened: Open) -> None:
    assert opened().connector.safety("CustomerInvoice", "create", marked=True) is Safety.PROBE
    assert opened().connector.safety("CustomerInvoice", "create", marked=False) is Safety.NOTHING
    assert opened().connector.safety("Customer", "create", marked=True) is Safety.UNIQUE
    assert opened().connector.safety("Customer", "update", marked=False) is Safety.IDEMPOTENT


@pytest.mark.parametrize(("settings", "searchable"), [({}, True), ({"reference_searchable": False}, False)])
def test_a_setting_says_that_the_reference_cannot_be_searched(
    opened: Open, settings: dict[str, Any], searchable: bool
) -> None:
    erp = opened(**settings)
    resource = erp.connector.catalogue.resource("CustomerInvoice")
    assert resource is not None
    assert resource.fields["Référence"].filterable is searchable
    told = catalogue_of("acomba", {"secret": Secret("x"), **settings}, None).resource("CustomerInvoice")
    assert told is not None
    assert told.fields["Référence"].filterable is searchable
    erp.bill()
    left = erp.connector.unpushed(Query(resource="CustomerInvoice", where=(reference("AT-10231"),)))
    assert len(left) == (0 if searchable else 1)
    assert len(erp.find("CustomerInvoice", Référence="AT-10231")) == 1


def reference(text: str) -> Condition:
    return Condition(field="Référence", op="eq", value=text)


@pytest.mark.parametrize(("search", "found"), [("works", 1), ("ignored", 1), ("nothing", 0)])
def test_a_search_that_is_silently_not_done_gives_no_stranger(opened: Open, search: str, found: int) -> None:
    erp = opened({"switches": {"reference_search": search}})
    for number in (1, 2, 3):
        erp.bill(Référence=f"AT-{number}")
    assert len(erp.find("CustomerInvoice", Référence="AT-2")) == found


def test_a_search_that_is_refused_says_so(opened: Open) -> None:
    with pytest.raises(ConnectorUnusable, match="Champ inconnu dans le filtre : Référence"):
        opened({"switches": {"reference_search": "refused"}}).find("CustomerInvoice", Référence="AT-2")


def test_no_answer_of_the_bridge_proves_that_everything_is_seen(opened: Open) -> None:
    restricted = {**LICENCE, "sees": {"CustomerInvoice": "none"}}
    erp = opened({"licences": [restricted]})
    assert erp.bill().outcome is Outcome.APPLIED
    assert (erp.find("CustomerInvoice"), erp.connector.sees_all("CustomerInvoice")) == ([], False)


def test_the_address_of_a_request_holds_no_secret(opened: Open) -> None:
    erp = opened(company_id=0)
    erp.find("Customer", NoClient="10005")
    erp.bill()
    request = erp.connector.prepare(Write(resource="Customer", verb="create", values=CLIENT))
    assert LICENCE["secret"] not in repr(request)
    assert parse_qs(urlsplit(request.path).query) == {}
