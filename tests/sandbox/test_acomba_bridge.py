"""The stand-in for the bridge to Acomba: log-in, company, cards, locks."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from rules_run.bundled import bundled
from rules_run.errors import InvalidFiles

from .acomba import LICENCE, RECORDS, Bridge, basic, read, stand_in


@pytest.mark.parametrize(
    "shown", ["", "Bearer x", basic("NORDLYS", "autre"), basic("AUTRE", LICENCE["secret"]), basic("", "")]
)
def test_a_licence_without_its_secret_is_turned_away(shown: str) -> None:
    bridge = Bridge()
    assert bridge.refused("GET", "Customer", status=401, Authorization=shown) == "Code licence ou clé secrète invalide"


def test_without_licences_everybody_is_let_in() -> None:
    assert Bridge(licences=[]).call("GET", "Customer", Authorization="").status_code == 200


@pytest.mark.parametrize(
    ("place", "path", "header", "status"),
    [
        ("either", "Customer", "3", 200),
        ("either", "Customer?CompanyId=3", None, 200),
        ("header", "Customer", "3", 200),
        ("header", "Customer?CompanyId=3", None, 404),
        ("query", "Customer?CompanyId=3", None, 200),
        ("query", "Customer", "3", 404),
        ("either", "Customer", "2", 404),
        ("either", "Customer", None, 404),
    ],
)
def test_the_company_is_told_where_the_bridge_looks_for_it(
    place: str, path: str, header: str | None, status: int
) -> None:
    bridge = Bridge(company=3, switches={"company_id": place})
    assert bridge.call("GET", path, **({"CompanyId": header} if header else {})).status_code == status


def test_without_a_company_the_first_one_is_meant() -> None:
    assert Bridge().call("GET", "Customer").status_code == 200
    assert Bridge(company=1).refused("GET", "Customer", status=404) == "Dossier de la société invalide"


def test_one_card_is_read_by_its_position() -> None:
    bridge = Bridge()
    assert read(bridge.call("GET", "Customer/3"))["Nom"] == "L'Étoile du Nord"
    assert bridge.refused("GET", "Customer/99", status=404) == "Fiche introuvable : 99"
    assert bridge.refused("GET", "Customer/x", status=404) == "Fiche introuvable : x"
    assert bridge.refused("GET", "Wombat", status=404) == "Entité inconnue : Wombat"


def test_a_new_card_gets_the_next_position_and_is_active() -> None:
    bridge = Bridge()
    made = bridge.make("Customer", NoClient="10010", Nom="Neuf", NoUniqueSystemeSource=77)
    assert (made["NoUniqueSystemeSource"], made["NoClient"], made["EstActif"]) == (7, "10010", True)
    assert bridge.find("Customer", "NoClient eq '10010'") == [made]


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("Customer", {"NoClient": "10005", "Nom": "x"}, "Le numéro de client existe déjà"),
    ("Supplier", {"NoFournisseur": "F1", "Nom": "x"}, "Le numéro de fournisseur existe déjà"),
    (
        "Product",
        {"NoProduit": "CAThermo", "Description": "x", "NoGroupeProduit": 1},
        "Le numéro de produit existe déjà",
    ),
]


@pytest.mark.parametrize("status", [412, 409])
@pytest.mark.parametrize(("entity", "card", "message"), CASES)
def test_a_number_that_is_taken_is_told_in_either_way(
    entity: str, card: dict[str, Any], message: str, status: int
) -> None:
    bridge = Bridge(switches={"exists": status})
    before = bridge.find(entity)
    assert bridge.refused("POST", entity, card, status, If_None_Match="*") == message
    assert bridge.refused("POST", entity, card, 409) == message
    assert bridge.find(entity) == before


def test_a_bridge_that_passes_over_the_header_answers_with_the_card_that_is_there() -> None:
    bridge = Bridge(switches={"exists": 201})
    made = bridge.make("Customer", NoClient="10005", Nom="Autre")
    assert (made["NoUniqueSystemeSource"], made["Nom"]) == (3, "L'Étoile du Nord")
    assert len(bridge.find("Customer")) == 5
    assert [entry.committed for entry in bridge.app.history.entries() if entry.verb == "create"] == [False]


@pytest.mark.parametrize(
    ("entity", "card", "message"),
    [
        ("Customer", {"Nom": "x"}, "Champ obligatoire manquant : NoClient"),
        ("Product", {"NoProduit": "P", "Description": "x"}, "Champ obligatoire manquant : NoGroupeProduit"),
        (
            "Product",
            {"NoProduit": "P", "Description": "x", "NoGroupeProduit": 999},
            "Groupe de produits inexistant : 999",
        ),
        (
            "Product",
            {"NoProduit": "P", "Description": "x", "NoGroupeProduit": 1, "NoFournisseur": "F9"},
            "Fournisseur introuvable : F9",
        ),
        ("Customer", {"NoClient": "1", "Nom": "x", "NoGroupeTaxe": 9}, "Groupe de taxes inexistant : 9"),
    ],
)
def test_a_card_that_names_what_is_not_there_is_refused(entity: str, card: dict[str, Any], message: str) -> None:
    assert Bridge().refused("POST", entity, card, If_None_Match="*") == message


def test_a_text_that_is_too_long_and_a_body_that_cannot_be_read_are_refused() -> None:
    bridge = Bridge()
    assert "Texte trop long" in bridge.refused("POST", "Customer", {"NoClient": "1" * 16, "Nom": "x"})
    assert "Valeur invalide" in bridge.refused("POST", "Customer", {"NoClient": "1", "NoTerme": "x"}, 400)
    assert "objet JSON" in bridge.refused("POST", "Customer", ["x"], 400)


def test_a_card_may_get_another_number_and_keeps_its_position() -> None:
    bridge = Bridge()
    bridge.http.post("/_sandbox/records/Customer/3", data={"NoClient": "20005"})
    assert bridge.find("Customer", "NoClient eq '10005'") == []
    assert bridge.find("Customer", "NoUniqueSystemeSource eq 3")[0]["NoClient"] == "20005"


@pytest.mark.parametrize(("replaces", "town"), [(True, None), (False, "Québec")])
def test_a_put_replaces_the_card_or_changes_what_it_holds(replaces: bool, town: str | None) -> None:
    card = {"NoUniqueSystemeSource": 2, "NoClient": "1", "Nom": "Vieux", "Ville": "Québec"}
    bridge = Bridge(records={"Customer": [card]}, switches={"put_replaces": replaces})
    made = read(bridge.call("PUT", "Customer/2", {"NoClient": "1", "Nom": "Neuf"}))
    assert (made["Nom"], made["Ville"], made["NoUniqueSystemeSource"]) == ("Neuf", town, 2)


def test_a_put_may_not_take_the_number_of_another_card() -> None:
    body = {"NoClient": "10005", "Nom": "x"}
    assert Bridge().refused("PUT", "Customer/2", body, 409) == "Le numéro de client existe déjà"
    assert Bridge().refused("PUT", "Customer/99", body, 404) == "Fiche introuvable : 99"


@pytest.mark.parametrize(("method", "path"), [("PUT", "CustomerInvoice/1"), ("DELETE", "Customer/3"), ("PUT", "Tax/1")])
def test_what_the_matrix_does_not_offer_is_refused(method: str, path: str) -> None:
    assert "n'est pas pris en charge" in Bridge().refused(method, path, {}, 405)


def test_a_card_that_somebody_has_open_is_reserved_until_it_is_closed() -> None:
    bridge = Bridge()
    bridge.http.post("/_sandbox/records/CardLock/new", data={"Customer": "3", "Usager": "Marie"})
    body = {"NoClient": "10005", "Nom": "x"}
    assert bridge.refused("PUT", "Customer/3", body, 423) == "La fiche est réservée par un autre usager : 10005"
    assert bridge.unbilled(status=423) == "La fiche est réservée par un autre usager : 10005"
    assert bridge.bill(InfoClientFacturerA={"NoClient": "0Comptoir"})["NoFacture"] == "10082"
    bridge.http.post("/_sandbox/records/CardLock/1/delete")
    assert bridge.bill()["NoFacture"] == "10083"


def test_a_product_that_somebody_has_open_stops_its_invoices_unless_a_switch_says_otherwise() -> None:
    lock = {"CardLock": [{"Product": 2, "Usager": "Marie"}]}
    line = {"strNoProduit": "CAThermo", "QteFacture": 1}
    reserved = "La fiche est réservée par un autre usager : CAThermo"
    assert Bridge(records={**RECORDS, **lock}).unbilled(line, status=423) == reserved
    free = Bridge(records={**RECORDS, **lock}, switches={"invoices_reserve": False})
    assert free.bill(line)["NoFacture"] == "10082"


def test_clients_of_the_bridge_do_not_see_the_locks() -> None:
    assert Bridge().refused("GET", "CardLock", status=404) == "Entité inconnue : CardLock"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"switches": {"exists": 500}}, "The switch exists of the sandbox cannot be 500"),
        ({"switches": {"company_id": "path"}}, "The switch company_id of the sandbox cannot be path"),
        ({"switches": {"reference_search": "maybe"}}, "cannot be maybe"),
        ({"switches": {"wombat": True}}, "unknown switch wombat"),
        ({"wombat": 1}, "unknown word wombat"),
        ({"records": {"Customer": [{"NoTerme": "x"}]}}, "'x' is not a whole number"),
        ({"records": {"Customer": [{"Wombat": "x"}]}}, "Customer.Wombat"),
    ],
)
def test_a_mistake_in_the_data_is_told(data: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidFiles, match=message):
        stand_in(**data)


def test_the_data_of_the_readme_is_served_as_it_stands_there() -> None:
    text = (bundled("connectors") / "acomba" / "sandbox" / "README.md").read_text(encoding="utf-8")
    bridge = Bridge(**yaml.safe_load(text.split("```yaml\n")[1].split("```")[0]))
    hidden = bridge.call("GET", "CustomerInvoice", Authorization=basic("NORDLYS", "clé"))
    assert (hidden.status_code, hidden.get_json()) == (200, {"value": []})
    assert [each["effect"] for each in bridge.http.get("/_sandbox/faults").get_json()] == ["answer_before_commit"]


def test_every_switch_stands_in_the_readme() -> None:
    text = (bundled("connectors") / "acomba" / "sandbox" / "README.md").read_text(encoding="utf-8")
    with pytest.raises(InvalidFiles) as wrong:
        stand_in(switches={"wombat": 1})
    hint = str(wrong.value.problems[0].hint)
    assert set(hint.removeprefix("Known are ").rstrip(".").split(", ")) == set(
        re.findall(r"^\| `(\w+)` \|", text, re.M)
    )
