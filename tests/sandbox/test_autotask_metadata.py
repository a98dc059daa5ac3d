"""What the Autotask stand-in tells about its entities, and what its data file may hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_run.errors import InvalidFiles

from .conftest import Api, Make


def field(api: Api, resource: str, name: str) -> dict[str, Any]:
    fields = api.ask("GET", f"{resource}/entityInformation/fields")["fields"]
    return dict(next(entry for entry in fields if entry["name"] == name))


def test_entity_information_tells_what_may_be_done(api: Api) -> None:
    info = api.ask("GET", "Companies/entityInformation")["info"]
    assert info == {
        "name": "Company",
        "canCreate": True,
        "canDelete": False,
        "canQuery": True,
        "canUpdate": True,
        "userAccessForCreate": "All",
        "userAccessForDelete": "None",
        "userAccessForQuery": "All",
        "userAccessForUpdate": "All",
        "hasUserDefinedFields": True,
        "supportsWebhookCallouts": True,
    }


def test_picklist_values_are_texts_while_records_hold_numbers(api: Api) -> None:
    status = field(api, "Tickets", "status")
    assert (status["dataType"], status["isPickList"], status["isRequired"]) == ("integer", True, True)
    first = status["picklistValues"][0]
    assert (first["value"], first["label"], first["isActive"], first["isDefaultValue"]) == ("1", "New", True, True)
    assert api.get("Tickets", 1)["status"] == 1


def test_a_field_without_choices_has_no_picklist_values(api: Api) -> None:
    title = field(api, "Tickets", "title")
    assert (title["dataType"], title["length"], title["picklistValues"]) == ("string", 255, None)


def test_references_and_flags_are_told(api: Api) -> None:
    company = field(api, "Contracts", "companyID")
    assert (company["isReference"], company["referenceEntityType"]) == (True, "Company")
    assert (company["isRequired"], company["isReadOnly"]) == (True, True)
    assert not field(api, "Tickets", "creatorType")["isQueryable"]
    assert field(api, "Contracts", "startDate")["dataType"] == "datetime"


def test_what_the_vendor_hides_is_hidden(api: Api) -> None:
    names = [entry["name"] for entry in api.ask("GET", "ContractServices/entityInformation/fields")["fields"]]
    assert "adjustedPrice" not in names


def test_metadata_of_a_child_stands_below_its_parent_too(api: Api) -> None:
    own = api.ask("GET", "TicketNotes/entityInformation/fields")
    assert api.ask("GET", "Tickets/0/Notes/entityInformation/fields") == own
    assert field(api, "TicketNotes", "publish")["picklistValues"][0]["label"] == "All Autotask Users"


def test_a_dependent_picklist_names_its_parent(make: Make) -> None:
    api = make(
        picklists={"Tickets": {"issueType": {1: "Printer"}, "subIssueType": {10: {"label": "Toner", "issueType": 1}}}}
    )
    sub = field(api, "Tickets", "subIssueType")
    assert sub["picklistParentValueField"] == "issueType"
    assert sub["picklistValues"][0]["parentValue"] == "1"


def test_user_defined_fields_have_a_shape_of_their_own(make: Make) -> None:
    ranking = {"name": "Ranking", "label": "Customer ranking", "type": "list", "choices": {1: "Gold", 2: "Silver"}}
    api = make(user_defined_fields={"Companies": [ranking, {"name": "Seats", "type": "number"}]})
    fields = api.ask("GET", "Companies/entityInformation/userDefinedFields")["fields"]
    assert [(entry["name"], entry["type"], entry["isPickList"]) for entry in fields] == [
        ("Ranking", "string", True),
        ("Seats", "double", False),
    ]
    assert "dataType" not in fields[0]
    assert [choice["label"] for choice in fields[0]["picklistValues"]] == ["Gold", "Silver"]


def test_records_of_a_data_file_may_name_choices_by_label(api: Api) -> None:
    assert api.get("Companies", 3)["companyType"] == 7
    assert api.get("Contracts", 1)["contractPeriodType"] == 2


def test_a_tenant_has_its_own_picklists(make: Make) -> None:
    api = make(
        picklists={"Companies": {"companyType": {71: "Kunde"}}},
        records={"Companies": [{"id": 1, "companyName": "X", "companyType": "Kunde"}]},
    )
    assert api.get("Companies", 1)["companyType"] == 71
    assert [choice["label"] for choice in field(api, "Companies", "companyType")["picklistValues"]] == ["Kunde"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"record": {}}, "unknown word record"),
        ({"switches": {"proratd": True}}, "unknown switch proratd"),
        ({"records": {"Company": []}}, "Did you mean Companies"),
        ({"records": {"Companies": [{"id": 1, "companyNam": "X"}]}}, "Did you mean Companies.companyName"),
        ({"records": {"Companies": [{"id": 1, "companyType": "Customr"}]}}, "'Customr' in Companies.companyType"),
        ({"records": {"Companies": [{"id": 1, "userDefinedFields": {"x": 1}}]}}, "userDefinedField x does not exist"),
        ({"today": "soon"}, "cannot read the time 'soon'"),
    ],
)
def test_a_mistake_in_the_data_is_said(make: Make, data: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidFiles, match=says):
        make(**data)


def test_records_without_an_id_get_one_after_the_others(make: Make) -> None:
    api = make(records={"Companies": [{"companyName": "B"}, {"id": 40, "companyName": "A"}]})
    assert [(row["id"], row["companyName"]) for row in api.find("Companies")] == [(40, "A"), (41, "B")]


README = Path(__file__).parents[2] / "connectors" / "autotask" / "sandbox" / "README.md"


def test_the_data_of_the_readme_makes_a_stand_in(make: Make) -> None:
    example = re.search(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    assert example is not None
    api = make(**{**yaml.safe_load(example[1]), "users": []})
    assert api.get("Companies", 1)["userDefinedFields"][1] == {"name": "Ranking", "value": "Gold"}


def test_the_readme_has_a_row_for_every_switch(make: Make) -> None:
    told = re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE)
    with pytest.raises(InvalidFiles, match=f"Known are {', '.join(sorted(told))}\\."):
        make(switches={"no_such_switch": True})
