"""The Acomba connector and the stand-in for its bridge, over a real network: every quirk of the README."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.model.exchange import Outcome, Write
from rules_run.model.secret import Secret

from ..sandbox.acomba import HOSTILE, RECORDS
from .acomba import Open, accounts


@pytest.fixture
def opened() -> Iterator[Open]:
    """Return what opens an account."""
    with accounts() as start:
        yield start


def test_an_invoice_is_made_and_found_by_its_reference(opened: Open) -> None:
    erp = opened()
    made = erp.bill()
    assert (made.outcome, made.target_id) == (Outcome.APPLIED, "1")
    assert made.record is not None
    assert (made.record["NoFacture"], made.record["Total"]) == ("10082", Decimal("114.98"))
    [found] = erp.find("CustomerInvoice", Référence="AT-10231")
    assert found["InfoClientFacturerA"] == {"NoClient": "10005", "Nom": "L'Étoile du Nord"}
    assert {name: found[name] for name in ("SousTotal", "TPS", "TVQ", "Total")} == {
        "SousTotal": 100,
        "TPS": 5,
        "TVQ": Decimal("9.98"),
        "Total": Decimal("114.98"),
    }


def test_hostile_names_come_back_as_they_were_and_find_only_themselves(opened: Open) -> None:
    erp = opened({"records": {}})
    names = [name for name in HOSTILE if name.strip()]
    for number, name in enumerate(names):
        assert erp.create("Customer", NoClient=str(number), Nom=name).outcome is Outcome.APPLIED, name
    found = {name: [each["NoClient"] for each in erp.find("Customer", Nom=name)] for name in names}
    assert found == {name: [str(number)] for number, name in enumerate(names)}
    every = {each["Nom"] for each in erp.find("Customer", Nom__in=tuple(names))}
    assert (len(names) >= 48, every) == (True, set(names))


def test_a_wrong_secret_pauses_the_connector_and_stays_out_of_the_words(opened: Open) -> None:
    erp = opened(secret=Secret("fausse"))
    refused = erp.bill()
    assert (refused.outcome, refused.pause, refused.message) == (
        Outcome.REJECTED,
        True,
        "Code licence ou clé secrète invalide",
    )
    with pytest.raises(ConnectorUnusable, match="Code licence ou clé secrète invalide"):
        erp.find("Customer")


@pytest.mark.parametrize("place", ["either", "header", "query"])
def test_the_company_is_told_wherever_the_bridge_looks_for_it(opened: Open, place: str) -> None:
    erp = opened({"company": 3, "switches": {"company_id": place}}, company_id=3)
    assert erp.bill().outcome is Outcome.APPLIED
    assert len(erp.find("CustomerInvoice")) == 1


def test_without_its_company_nothing_is_read_or_made(opened: Open) -> None:
    erp = opened({"company": 3})
    assert erp.bill().message == "Dossier de la société invalide"
    with pytest.raises(ConnectorUnusable, match="Dossier de la société invalide"):
        erp.find("Customer")


def test_conditions_are_asked_as_a_filter_and_judged_once_more(opened: Open) -> None:
    erp = opened({"switches": {"text_ignores_case": True}})
    assert [each["NoClient"] for each in erp.find("Customer", Nom="L'Étoile du Nord")] == ["10005"]
    assert erp.find("Customer", Nom="L'ÉTOILE DU NORD") == []
    assert [each["NoClient"] for each in erp.find("Customer", NoGroupeTaxe__gte=2, EstActif__not=False)] == [
        "10007",
        "10008",
    ]
    assert [each["NoClient"] for each in erp.find("Customer", EstActif=False)] == ["10006"]
    assert [each["NoClient"] for each in erp.find("Customer", Nom__contains="Nord")] == ["10005"]
    assert [each["NoClient"] for each in erp.find("Customer", NoGroupeTaxe__empty=True)] == ["0Comptoir", "10006"]


def test_days_and_amounts_are_compared_as_such(opened: Open) -> None:
    erp = opened()
    for day in ("2024-04-23", "2024-04-24"):
        erp.bill(DateFacture=day)
    assert [each["DateFacture"] for each in erp.find("CustomerInvoice", DateFacture__gt="2024-04-23")] == ["2024-04-24"]
    assert len(erp.find("CustomerInvoice", Total__lte=Decimal("114.98"), DateFacture="2024-04-23")) == 1


@pytest.mark.parametrize("switches", [{}, {"most": 7}, {"paging": False}, {"paging": False, "most": 1}])
def test_every_record_comes_once_however_the_bridge_pages(opened: Open, switches: dict[str, Any]) -> None:
    clients = [{"NoClient": f"C{number}", "Nom": "x"} for number in range(1, 31)]
    erp = opened({"records": {"Customer": clients}, "switches": switches})
    assert [each["NoClient"] for each in erp.find("Customer", Nom="x")] == [each["NoClient"] for each in clients]


def test_records_that_come_and_go_between_pages_move_no_other(opened: Open) -> None:
    clients = [{"NoUniqueSystemeSource": n, "NoClient": f"C{n}", "Nom": "x"} for n in range(1, 7)]
    fault = {"effect": "meanwhile", "verb": "read", "take": {"Customer": [1]}, "times": 1}
    erp = opened({"records": {"Customer": clients}, "switches": {"most": 2}, "faults": [fault]})
    assert [each["NoClient"] for each in erp.find("Customer")] == [f"C{n}" for n in range(1, 7)]


def test_a_long_list_is_asked_in_addresses_that_a_server_takes(opened: Open) -> None:
    clients = [{"NoClient": f"L'É {number:03}", "Nom": "x"} for number in range(120)]
    erp = opened({"records": {"Customer": clients}})
    wanted = tuple(each["NoClient"] for each in clients)
    assert {each["NoClient"] for each in erp.find("Customer", NoClient__in=wanted)} == set(wanted)
    assert max(map(len, erp.queries)) < 1700
    assert len([each for each in erp.queries if "gt" not in each]) == 4


@pytest.mark.parametrize("status", [412, 409])
def test_a_number_that_is_taken_is_a_refusal_that_is_looked_at_first(opened: Open, status: int) -> None:
    erp = opened({"switches": {"exists": status}})
    refused = erp.create("Customer", NoClient="10005", Nom="x")
    assert (refused.outcome, refused.ask_first, refused.status) == (Outcome.REJECTED, True, status)
    assert refused.message == "Le numéro de client existe déjà"
    assert len(erp.find("Customer", NoClient="10005")) == 1


def test_a_bridge_that_answers_with_the_card_that_is_there_makes_no_second_one(opened: Open) -> None:
    erp = opened({"switches": {"exists": 201}})
    assert (erp.create("Customer", NoClient="10005", Nom="x").target_id, len(erp.find("Customer"))) == ("3", 5)


def test_a_card_that_somebody_has_open_is_tried_again_later(opened: Open) -> None:
    erp = opened({"records": {**RECORDS, "CardLock": [{"Customer": 3, "Usager": "Marie"}]}})
    refused = erp.bill()
    assert (refused.outcome, refused.permanent, refused.pause, refused.code) == (
        Outcome.REJECTED,
        False,
        False,
        "locked",
    )
    assert refused.message == "La fiche est réservée par un autre usager : 10005"
    changed = erp.send(Write(resource="Customer", verb="update", values={"Ville": "Québec"}, target_id="3"))
    assert (changed.permanent, changed.code) == (False, "locked")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"InfoClientFacturerA.NoClient": "99"}, "Client introuvable : 99"),
        ({"InfoClientFacturerA.NoClient": "10006"}, "Client inactif : 10006"),
        ({"DateFacture": "2023-12-31"}, "La date est dans une période fermée"),
        ({"LigneFacture": [{"strNoProduit": "WOMBAT", "QteFacture": 1}]}, "Produit introuvable : WOMBAT"),
        ({"LigneFacture": []}, "Aucune ligne de facture"),
        (
            {"LigneFacture": [{"strNoGroupeProduit": "999", "QteFacture": 1, "PrixFinal": 1}]},
            "Groupe de produits inexistant : 999",
        ),
    ],
)
def test_what_acomba_refuses_is_rejected_in_its_own_words(opened: Open, values: dict[str, Any], message: str) -> None:
    erp = opened({"closed": "2023-12-31"})
    refused = erp.bill(**values)
    assert (refused.outcome, refused.permanent, refused.message) == (Outcome.REJECTED, True, message)
    assert erp.find("CustomerInvoice") == []


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        ({"effect": "answer", "status": 504}, 0),
        ({"effect": "answer_after_commit", "status": 504}, 1),
        ({"effect": "reset_after_commit"}, 1),
        ({"effect": "cut_body"}, 1),
        ({"effect": "empty_body"}, 1),
        ({"effect": "html_body"}, 1),
        ({"effect": "answer_after_commit", "status": 500}, 1),
    ],
)
def test_a_lost_answer_is_unknown_whether_the_worker_did_it_or_not(
    opened: Open, fault: dict[str, Any], made: int
) -> None:
    erp = opened({"faults": [{**fault, "resource": "CustomerInvoice", "verb": "create"}]})
    assert erp.bill().outcome is Outcome.UNKNOWN
    assert len(erp.find("CustomerInvoice", Référence="AT-10231")) == made
    assert [each for each in erp.asked() if each[0] == "POST"] == [("POST", "CustomerInvoice")]


def test_a_read_waits_for_a_worker_that_does_not_answer_at_once(opened: Open) -> None:
    erp = opened({"faults": [{"effect": "answer", "status": 504, "verb": "read"}]})
    assert len(erp.find("Customer", NoClient="10005")) == 1


def test_an_update_sends_the_whole_card_so_that_nothing_is_blanked(opened: Open) -> None:
    card = {"NoUniqueSystemeSource": 2, "NoClient": "1", "Nom": "Vieux", "Ville": "Québec", "NoTerme": 4}
    for replaces in (True, False):
        erp = opened({"records": {"Customer": [card]}, "switches": {"put_replaces": replaces}})
        changed = erp.send(Write(resource="Customer", verb="update", values={"Nom": "Neuf"}, target_id="2"))
        assert changed.outcome is Outcome.APPLIED
        assert erp.find("Customer")[0] == {**card, "Nom": "Neuf"}


def test_a_card_that_is_gone_is_said_before_anything_is_sent(opened: Open) -> None:
    erp = opened()
    with pytest.raises(ValueFault, match="Customer 99 is not there any more"):
        erp.send(Write(resource="Customer", verb="update", values={"Nom": "x"}, target_id="99"))
    assert {method for method, _ in erp.asked()} == {"GET"}


def test_a_number_that_somebody_changes_in_acomba_leaves_the_internal_key(opened: Open) -> None:
    erp = opened()
    made = erp.create("Product", NoProduit="P1", Description="Fil", NoGroupeProduit=20)
    erp.app.store.change("Product", int(made.target_id or 0), {"NoProduit": "P2"})
    [found] = erp.find("Product", NoUniqueSystemeSource=int(made.target_id or 0))
    assert (found["NoProduit"], erp.find("Product", NoProduit="P1")) == ("P2", [])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"NoFacture": "1"}, "NoFacture cannot be written"),
        ({"Référence": "x" * 31}, "the text has 31 characters, 30 are allowed"),
        ({"InfoClientFacturerA.NoClient": "x" * 16}, "NoClient: the text has 16 characters"),
        ({"LigneFacture": [{"DescriptionLigne": "x" * 61}]}, r"LigneFacture\[0\].DescriptionLigne: the text has 61"),
        ({"LigneFacture": [{"QteFacture": "deux"}]}, r"LigneFacture\[0\].QteFacture: 'deux' is not a number"),
        ({"DateFacture": None}, "DateFacture must be given"),
    ],
)
def test_what_acomba_would_surely_refuse_is_said_before_anything_is_sent(
    opened: Open, values: dict[str, Any], said: str
) -> None:
    erp = opened()
    with pytest.raises(ValueFault, match=said):
        erp.bill(**values)
    assert erp.asked() == []


def test_an_invoice_can_be_read_and_made_and_nothing_else(opened: Open) -> None:
    with pytest.raises(ValueFault, match="CustomerInvoice cannot be updated"):
        opened().send(Write(resource="CustomerInvoice", verb="update", values={"Description": "x"}, target_id="1"))
