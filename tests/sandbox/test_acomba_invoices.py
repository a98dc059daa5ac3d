"""Invoices in the stand-in for Acomba: checks, lines, taxes, numbers, and who sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .acomba import INVOICE, LICENCE, RECORDS, Bridge, basic, invoice

SERVICE = {"strNoGroupeProduit": "1", "QteFacture": 1, "PrixFinal": 100}


def totals(made: dict[str, Any]) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(made[name])).quantize(Decimal("0.01")) for name in ("SousTotal", "TPS", "TVQ", "Total"))


def amounts(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


def test_the_answer_holds_the_number_the_position_and_the_totals() -> None:
    made = Bridge().bill()
    assert set(made) == {"NoFacture", "NoUniqueSystemeSource", "SousTotal", "TPS", "TVQ", "Total"}
    assert (made["NoFacture"], made["NoUniqueSystemeSource"]) == ("10082", 1)
    assert totals(made) == amounts("100.00", "5.00", "9.98", "114.98")


def test_a_credit_is_the_mirror_of_its_invoice() -> None:
    made = Bridge().bill({**SERVICE, "QteFacture": -1})
    assert totals(made) == amounts("-100.00", "-5.00", "-9.98", "-114.98")


@pytest.mark.parametrize(
    ("client", "taxes"), [("0Comptoir", ("5.00", "9.98")), ("10007", ("0.00", "0.00")), ("10008", ("5.00", "0.00"))]
)
def test_the_tax_group_of_the_client_decides(client: str, taxes: tuple[str, str]) -> None:
    made = Bridge().bill(InfoClientFacturerA={"NoClient": client})
    assert totals(made)[1:3] == amounts(*taxes)


def test_tax_groups_and_rates_are_those_of_the_data() -> None:
    taxes = [{"NoTaxe": "TPS", "Taux": 6}, {"NoTaxe": "TVQ", "Taux": "10"}]
    bridge = Bridge(tax_groups={1: ["TVQ"]}, records={**RECORDS, "Tax": taxes})
    assert totals(bridge.bill()) == amounts("100.00", "0.00", "10.00", "110.00")
    assert [tax["NoTaxe"] for tax in bridge.find("Tax")] == ["TPS", "TVQ"]


def test_no_tax_is_taken_on_another_tax_and_each_is_rounded_by_itself() -> None:
    made = Bridge().bill({**SERVICE, "PrixFinal": Decimal("0.5").__float__()}, {**SERVICE, "PrixFinal": 33.33})
    assert totals(made) == amounts("33.83", "1.69", "3.37", "38.89")


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 10_000_000)), min_size=1, max_size=6))
def test_the_totals_agree_with_a_sum_in_whole_cents(lines: list[tuple[int, int]]) -> None:
    made = Bridge().bill(
        *({"strNoGroupeProduit": "1", "QteFacture": count, "PrixFinal": price / 100_000} for count, price in lines)
    )
    net = sum(half_up(count * price, 1000) for count, price in lines)
    gst, qst = half_up(net * 5, 100), half_up(net * 9975, 100_000)
    assert [int(amount * 100) for amount in totals(made)] == [net, gst, qst, net + gst + qst]


def half_up(number: int, divisor: int) -> int:
    """Divide whole numbers, halves away from zero."""
    whole = (abs(number) * 2 + divisor) // (divisor * 2)
    return whole if number >= 0 else -whole


def test_a_line_takes_from_the_card_of_its_product_what_it_does_not_say() -> None:
    bridge = Bridge()
    bridge.bill({"strNoProduit": "CAThermo", "QteFacture": 4})
    line = bridge.find("CustomerInvoice")[0]["LigneFacture"][0]
    assert (line["DescriptionLigne"], line["strNoGroupeProduit"]) == ("Thermomètre", "20")
    assert (line["PrixFinal"], line["Montant"]) == (Decimal("24.99"), Decimal("99.96"))


def test_a_line_may_give_price_and_words_of_its_own_and_name_the_product_by_its_position() -> None:
    bridge = Bridge()
    bridge.bill(
        {"NoProduit_NoUniqueSystemeSource": "2", "QteFacture": 2, "PrixFinal": 3, "DescriptionLigne": "Autre"},
        {"strNoGroupeProduit": "1", "QteFacture": 3, "QteCommande": 5, "PrixFinal": 1.5},
        {"DescriptionLigne": "Une ligne de texte"},
        {},
    )
    product, group, text, space = bridge.find("CustomerInvoice")[0]["LigneFacture"]
    assert (product["strNoProduit"], product["DescriptionLigne"], product["Montant"]) == ("CAThermo", "Autre", 6)
    assert (group["QteCommande"], group["Montant"]) == (5, Decimal("4.5"))
    assert (text, space) == ({"DescriptionLigne": "Une ligne de texte"}, {})


@pytest.mark.parametrize(
    ("header", "lines", "message"),
    [
        ({"InfoClientFacturerA": {"NoClient": "99"}}, [], "Client introuvable : 99"),
        ({"InfoClientFacturerA": None}, [], "Client introuvable :"),
        ({"InfoClientFacturerA": {"NoClient": "10006"}}, [], "Client inactif : 10006"),
        ({"DateFacture": "2023-12-31"}, [], "La date est dans une période fermée"),
        ({"DateFacture": None}, [], "Champ obligatoire manquant : DateFacture"),
        ({"LigneFacture": []}, [], "Aucune ligne de facture"),
        ({"LigneFacture": None}, [], "Aucune ligne de facture"),
        ({"TypeDoc": "FACTURE"}, [], "Type de document invalide : FACTURE"),
        ({"TypeDoc": "COMMANDES"}, [], "Type de document non pris en charge ici : COMMANDES"),
        ({}, [{"strNoProduit": "WOMBAT", "QteFacture": 1}], "Produit introuvable : WOMBAT"),
        ({}, [{"NoProduit_NoUniqueSystemeSource": "77", "QteFacture": 1}], "Produit introuvable : 77"),
        ({}, [{"strNoProduit": "VIEUX", "QteFacture": 1}], "Produit inactif : VIEUX"),
        ({}, [{**SERVICE, "strNoGroupeProduit": "999"}], "Groupe de produits inexistant : 999"),
        ({}, [{**SERVICE, "strNoGroupeProduit": "un"}], "Groupe de produits inexistant : un"),
        ({}, [{"strNoGroupeProduit": "1", "QteFacture": 1}], "Une ligne de facture demande une quantité et un prix"),
        ({}, [{"strNoProduit": "CAThermo"}], "Une ligne de facture demande une quantité et un prix"),
    ],
)
def test_what_acomba_refuses_is_said_in_its_words_and_nothing_is_made(
    header: dict[str, Any], lines: list[dict[str, Any]], message: str
) -> None:
    bridge = Bridge(closed="2023-12-31")
    assert bridge.unbilled(*lines, **header) == message
    assert bridge.find("CustomerInvoice") == []


def test_two_invoices_of_one_reference_are_two_invoices() -> None:
    bridge = Bridge()
    assert [bridge.bill()["NoFacture"] for _ in range(2)] == ["10082", "10083"]
    assert len(bridge.find("CustomerInvoice", "Référence eq 'AT-10231'")) == 2


def test_the_number_goes_on_after_the_last_one_that_was_given() -> None:
    bridge = Bridge(records={**RECORDS, "CustomerInvoice": [{"NoFacture": "20000"}, {"NoFacture": "A-1"}]})
    assert bridge.bill()["NoFacture"] == "20001"


@pytest.mark.parametrize(("wrapped", "body", "status"), [(True, INVOICE, 400), (False, INVOICE, 201)])
def test_the_invoice_stands_under_its_key_or_is_the_body_itself(wrapped: bool, body: Any, status: int) -> None:
    bridge = Bridge(switches={"wrapped": wrapped})
    assert bridge.call("POST", "CustomerInvoice", body).status_code == status


def test_a_body_that_is_no_json_is_told() -> None:
    answer = Bridge().http.post("/api/Entity/CustomerInvoice", data="{", headers={"Authorization": basic(**LICENCE)})
    assert (answer.status_code, "JSON" in answer.get_data(as_text=True)) == (400, True)


@pytest.mark.parametrize(
    ("switch", "lines", "net"),
    [
        ({"unit_prices": False}, [{**SERVICE, "QteFacture": 3}], "100.00"),
        ({}, [{**SERVICE, "PrixFinal": 0.005}] * 2, "0.02"),
        ({"lines_rounded": False}, [{**SERVICE, "PrixFinal": 0.005}] * 2, "0.01"),
    ],
)
def test_what_a_price_means_and_where_cents_are_rounded_is_a_switch(
    switch: dict[str, bool], lines: list[dict[str, Any]], net: str
) -> None:
    assert totals(Bridge(switches=switch).bill(*lines))[0] == Decimal(net)


@pytest.mark.parametrize(("search", "found"), [("works", 1), ("nothing", 0), ("ignored", 2)])
def test_the_reference_can_be_searched_or_silently_not(search: str, found: int) -> None:
    bridge = Bridge(switches={"reference_search": search})
    for number in (1, 2):
        bridge.bill(Référence=f"AT-{number}")
    assert len(bridge.find("CustomerInvoice", "Référence eq 'AT-1'")) == found
    assert len(bridge.find("CustomerInvoice", "NoFacture eq '10082'")) == 1


def test_a_bridge_may_also_refuse_to_search_by_the_reference() -> None:
    bridge = Bridge(switches={"reference_search": "refused"})
    told = bridge.refused("GET", "CustomerInvoice?$filter=Référence eq 'AT-1'", status=400)
    assert told == "Champ inconnu dans le filtre : Référence"


def test_a_restricted_licence_sees_no_invoices_without_a_word() -> None:
    restricted = {"licence": "VENTES", "secret": "s", "sees": {"CustomerInvoice": "none"}}
    bridge = Bridge(licences=[LICENCE, restricted])
    bridge.bill()
    answer = bridge.call("GET", "CustomerInvoice", Authorization=basic("VENTES", "s"))
    assert (answer.status_code, answer.get_json()) == (200, {"value": []})
    assert len(bridge.find("CustomerInvoice")) == 1


def test_a_task_that_is_pending_when_the_answer_is_due_is_done_later() -> None:
    moment = [datetime(2024, 4, 24, tzinfo=UTC)]
    bridge = Bridge(today=None, now=lambda: moment[0])
    order = {"effect": "answer_before_commit", "resource": "CustomerInvoice", "status": 504, "seconds": 40}
    bridge.http.post("/_sandbox/faults", json=order)
    told = bridge.refused("POST", "CustomerInvoice", {"Facture": invoice()}, 504)
    assert told == "Le connecteur Acomba n'a pas répondu à temps; la tâche est en attente"
    assert bridge.find("CustomerInvoice") == []
    moment[0] += timedelta(seconds=40)
    assert [each["NoFacture"] for each in bridge.find("CustomerInvoice")] == ["10082"]


def test_a_person_reads_an_invoice_on_its_page() -> None:
    bridge = Bridge()
    bridge.bill({"strNoProduit": "CAThermo", "QteFacture": 4}, SERVICE)
    page = bridge.http.get("/_sandbox/records/CustomerInvoice/1").get_data(as_text=True)
    for text in (
        "10082",
        "L&#39;Étoile du Nord",
        "<h2>LigneFacture</h2>",
        "Thermomètre",
        "99.96",
        "24.99",
        "SousTotal",
    ):
        assert text in page
    table = bridge.http.get("/_sandbox/records/CustomerInvoice").get_data(as_text=True)
    assert "2 lines" in table
    assert "10005, L&#39;Étoile du Nord" in table
