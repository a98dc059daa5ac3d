"""Lists of the stand-in for Acomba: filters, orders, pages, and the fields that are shown."""

from __future__ import annotations

import pytest

from .acomba import HOSTILE, RECORDS, Bridge


def numbers(bridge: Bridge, text: str, **parameters: str) -> list[str]:
    return [each["NoClient"] for each in bridge.find("Customer", text, **parameters)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NoClient eq '10005'", ["10005"]),
        ("NoClient ne '10005'", ["0Comptoir", "10006", "10007", "10008"]),
        ("Nom eq 'L''Étoile du Nord'", ["10005"]),
        ("NoGroupeTaxe eq 1", ["10005"]),
        ("NoGroupeTaxe ge 2", ["10007", "10008"]),
        ("NoGroupeTaxe gt 2", ["10007"]),
        ("NoGroupeTaxe lt 2", ["10005"]),
        ("NoGroupeTaxe le 2", ["10005", "10008"]),
        ("NoGroupeTaxe eq null", ["0Comptoir", "10006"]),
        ("NoGroupeTaxe ne null", ["10005", "10007", "10008"]),
        ("EstActif eq false", ["10006"]),
        ("NoClient eq '10005' or NoClient eq '10006'", ["10005", "10006"]),
        ("NoGroupeTaxe eq 1 and EstActif eq null or NoClient eq '10008'", ["10005", "10008"]),
        ("NoGroupeTaxe eq 3 and (NoClient eq '10005' or NoClient eq '10007')", ["10007"]),
        ("not (NoGroupeTaxe eq 1) and NoGroupeTaxe ne null", ["10007", "10008"]),
        ("contains(Nom,'du')", ["10005"]),
        ("startswith(NoClient,'1000')", ["10005", "10006", "10007", "10008"]),
        ("endswith(NoClient,'toir')", ["0Comptoir"]),
        ("NoClient eq '10005' ", ["10005"]),
        ("NoClient eq 'or'", []),
    ],
)
def test_a_filter_gives_what_it_says(text: str, found: list[str]) -> None:
    assert numbers(Bridge(), text) == found


def test_days_and_parts_of_an_object_can_be_compared() -> None:
    bridge = Bridge()
    for day, client in (("2024-04-23", "10005"), ("2024-04-24", "10007")):
        bridge.bill(DateFacture=day, InfoClientFacturerA={"NoClient": client})
    assert len(bridge.find("CustomerInvoice", "DateFacture ge 2024-04-24")) == 1
    assert len(bridge.find("CustomerInvoice", "InfoClientFacturerA/NoClient eq '10005'")) == 1
    assert len(bridge.find("CustomerInvoice", "Total gt 114.97")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "NoClient",
        "NoClient eq",
        "NoClient eq 'x",
        "NoClient eq x",
        "NoClient eq 10005",
        "NoGroupeTaxe eq '1'",
        "NoGroupeTaxe eq true",
        "EstActif eq 1",
        "EstActif gt true",
        "NoGroupeTaxe gt null",
        "Wombat eq 1",
        "InfoClientFacturerA/Wombat eq 'x'",
        "NoClient like 'x'",
        "(NoClient eq 'x'",
        "NoClient eq 'x')",
        "NoClient eq 'x' NoClient eq 'y'",
        "NoClient eq 'x' and",
        "contains(Nom)",
        "contains(NoGroupeTaxe,1)",
        "ExtendedProperties eq 'x'",
        "NoClient eq 'x'; drop",
        "'x' eq NoClient",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_and_never_ignored(text: str) -> None:
    assert Bridge().refused("GET", f"Customer?$filter={text}", status=400)


def test_a_day_is_compared_with_a_day_only() -> None:
    assert "n'est pas une valeur" in Bridge().refused(
        "GET", "CustomerInvoice?$filter=DateFacture eq '2024-04-24'", status=400
    )
    assert "Date invalide" in Bridge().refused("GET", "CustomerInvoice?$filter=DateFacture eq 2024-13-45", status=400)


def test_a_hostile_name_finds_its_own_card_and_no_other() -> None:
    cards = [{"NoClient": str(number), "Nom": name} for number, name in enumerate(HOSTILE)]
    bridge = Bridge(records={"Customer": cards})
    found = [numbers(bridge, f"Nom eq '{name.replace(chr(39), chr(39) * 2)}'") for name in HOSTILE]
    assert found == [[card["NoClient"]] for card in cards]


@pytest.mark.parametrize(("ignores", "found"), [(False, []), (True, ["10005"])])
def test_texts_are_compared_with_or_without_their_case(ignores: bool, found: list[str]) -> None:
    bridge = Bridge(switches={"text_ignores_case": ignores})
    assert numbers(bridge, "Nom eq 'L''ÉTOILE DU NORD'") == found
    assert numbers(bridge, "contains(Nom,'ÉTOILE')") == found


def test_lists_come_in_the_order_that_is_asked_for() -> None:
    bridge = Bridge()
    assert numbers(bridge, "", orderby="NoGroupeTaxe desc,NoClient") == [
        "10007",
        "10008",
        "10005",
        "0Comptoir",
        "10006",
    ]
    assert numbers(bridge, "", orderby="NoGroupeTaxe")[:2] == ["0Comptoir", "10006"]
    assert numbers(bridge, "", orderby="NoUniqueSystemeSource asc")[0] == "0Comptoir"


def test_pages_are_cut_by_top_and_skip_or_not_at_all() -> None:
    assert numbers(Bridge(), "", top="2", skip="1") == ["10005", "10006"]
    assert len(numbers(Bridge(switches={"paging": False}), "", top="2", skip="1")) == 5
    assert len(numbers(Bridge(switches={"most": 3}), "")) == 3


def test_fields_are_selected_and_hidden_ones_shown_on_demand() -> None:
    bridge = Bridge(records={"Customer": [{"NoClient": "1", "Nom": "x", "ExtendedProperties": {"a": 1}}]})
    assert bridge.find("Customer", select="NoClient,Nom") == [{"NoClient": "1", "Nom": "x"}]
    assert "ExtendedProperties" not in bridge.find("Customer")[0]
    assert bridge.find("Customer", expand="ExtendedProperties")[0]["ExtendedProperties"] == {"a": 1}


@pytest.mark.parametrize(
    "asked",
    [
        "$select=Wombat",
        "$expand=Nom",
        "$orderby=Wombat",
        "$orderby=Nom up",
        "$top=-1",
        "$top=x",
        "$skip=1.5",
        "$wombat=1",
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(asked: str) -> None:
    assert Bridge().refused("GET", f"Customer?{asked}", status=400)


def test_every_kind_of_record_is_served() -> None:
    bridge = Bridge()
    counts = {name: len(bridge.find(name)) for name in (*RECORDS, "CustomerInvoice", "Tax")}
    assert counts == {"ProductGroup": 2, "Customer": 5, "Supplier": 1, "Product": 2, "CustomerInvoice": 0, "Tax": 2}
