"""Catalogues as files, and as what the engine reads from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from rules_run.connect.catalogue import load_catalogue
from rules_run.errors import InvalidFiles
from rules_run.model.catalogue import Child

ROOT = Path(__file__).parents[2]
AUTOTASK = ROOT / "connectors" / "autotask"
FILES = sorted((AUTOTASK / "catalogue").glob("*.yaml"))
MINIMAL = """
resource: Things
path: things
operations: [read]
id: {field: id, pattern: "[0-9]+"}
fields:
  id: {type: integer, read_only: true}
  name: {type: text, length: 20}
"""


def validator(name: str) -> Draft202012Validator:
    schemas = {path.name: json.loads(path.read_text()) for path in (ROOT / "schemas").glob("*.schema.json")}
    registry: Registry[Any] = Registry().with_resources(
        [(file, Resource.from_contents(schema)) for file, schema in schemas.items()]
    )
    return Draft202012Validator(schemas[name], registry=registry)


def workspace(tmp_path: Path, text: str, overrides: str = "") -> Path:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "Things.yaml").write_text(text)
    if overrides:
        (tmp_path / "overrides.yaml").write_text(overrides)
    return tmp_path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_of_the_autotask_catalogue_meets_the_schema(path: Path) -> None:
    node = yaml.safe_load(path.read_text())
    assert [error.message for error in validator("catalogue.schema.json").iter_errors(node)] == []
    assert node["resource"] == path.stem
    assert next(iter(node["fields"])) == node["id"]["field"] == "id"


def test_every_override_meets_the_schema_and_names_a_resource_that_is_there() -> None:
    node = yaml.safe_load((AUTOTASK / "overrides.yaml").read_text())
    assert [error.message for error in validator("overrides.schema.json").iter_errors(node)] == []
    assert set(node) <= {path.stem for path in FILES}


def test_labels_markers_and_parent_keys_are_fields_that_can_do_their_work() -> None:
    catalogue = load_catalogue(AUTOTASK)
    for name in catalogue.names():
        resource = catalogue.resource(name)
        assert resource is not None
        assert resource.label in resource.fields
        if resource.child:
            assert resource.child.key in resource.fields
        if resource.marker:
            marker = resource.fields[resource.marker]
            assert (marker.type, marker.read_only, marker.filterable) == ("text", False, True), name
            assert "create" in resource.operations


def test_a_contact_is_written_below_its_company() -> None:
    contacts = load_catalogue(AUTOTASK).resource("Contacts")
    assert contacts is not None
    assert contacts.child == Child(of="Companies", key="companyID", segment="Contacts")
    assert contacts.operations == {"read", "create", "update", "delete"}
    assert contacts.fields["companyID"].create_only
    assert contacts.fields["companyID"].reference == "Companies"
    assert contacts.fields["firstName"].length == 50
    assert not contacts.fields["surveyOptOut"].filterable


def test_overrides_replace_flags_and_add_fields() -> None:
    catalogue = load_catalogue(AUTOTASK)
    contracts, lines = catalogue.resource("Contracts"), catalogue.resource("ContractServices")
    assert contracts is not None and lines is not None
    period = contracts.fields["contractPeriodType"]
    assert (period.read_only, period.create_only, period.picklist) == (False, True, True)
    assert contracts.fields["startDate"].type == "date"
    assert lines.fields["adjustedPrice"].write_only


def test_money_is_marked_where_a_second_write_would_cost_somebody() -> None:
    catalogue = load_catalogue(AUTOTASK)
    money = {name for name in catalogue.names() if (resource := catalogue.resource(name)) and resource.money}
    assert {"Invoices", "ContractCharges", "TicketCharges", "ProjectCharges", "ContractServiceAdjustments"} <= money
    assert not money & {"Companies", "Contacts", "Tickets", "Contracts", "Services"}


def test_an_unknown_resource_is_none() -> None:
    assert load_catalogue(AUTOTASK).resource("Contract") is None


def test_a_file_is_read_when_its_resource_is_first_used(tmp_path: Path) -> None:
    folder = workspace(tmp_path, "resource: [\n")
    catalogue = load_catalogue(folder)
    assert catalogue.names() == ("Things",)
    with pytest.raises(InvalidFiles, match=r"Things.yaml:2:\d+: C111"):
        catalogue.resource("Things")


def test_a_field_with_an_unknown_flag_is_said_with_its_file(tmp_path: Path) -> None:
    folder = workspace(tmp_path, MINIMAL.replace("length", "lenght"))
    with pytest.raises(InvalidFiles, match="lenght"):
        load_catalogue(folder).resource("Things")


def test_a_catalogue_works_without_overrides_and_with_them(tmp_path: Path) -> None:
    folder = workspace(tmp_path, MINIMAL, "Things: {name: {because: It is longer., length: 30}}")
    things = load_catalogue(folder).resource("Things")
    assert things is not None
    assert things.fields["name"].length == 30
