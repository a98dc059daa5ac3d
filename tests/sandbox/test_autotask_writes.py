"""Create, update, replace and delete on the Autotask stand-in, and what it checks."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import RECORDS, Api, Make

COMPANY = {"companyName": "New", "companyType": 1, "ownerResourceID": 1, "phone": "555"}
CONTACT = {"firstName": "Di", "lastName": "Vo", "isActive": 1}
TICKET = {"companyID": 2, "title": "Down", "status": 1, "priority": 1}
CONTRACT = {
    "companyID": 2,
    "contractName": "Cloud",
    "contractType": 7,
    "contractPeriodType": 2,
    "status": 1,
    "startDate": "2019-05-04",
    "endDate": "2029-06-04",
    "timeReportingRequiresStartAndStopTimes": 0,
}


def test_a_create_answers_only_the_id_and_the_record_can_be_read(api: Api) -> None:
    assert api.ask("POST", "Companies", {"id": 0, **COMPANY}) == {"itemId": 4}
    company = api.get("Companies", 4)
    assert (company["companyName"], company["isActive"]) == ("New", True)
    assert company["createDate"] == company["lastActivityDate"] == "2019-06-04T00:00:00Z"


def test_field_names_of_a_body_in_any_case_are_understood(api: Api) -> None:
    body = {name.upper(): value for name, value in COMPANY.items()}
    assert api.get("Companies", api.ask("POST", "Companies", body)["itemId"])["companyName"] == "New"


def test_a_patch_touches_only_what_was_sent(api: Api) -> None:
    assert api.ask("PATCH", "Companies/", {"id": 1, "fax": "9"}) == {"itemId": 1}
    company = api.get("Companies", 1)
    assert (company["fax"], company["phone"]) == ("9", "1")


def test_a_put_blanks_every_writable_field_that_was_not_sent(api: Api) -> None:
    api.ask("PATCH", "Companies", {"id": 1, "fax": "9", "city": "Oslo"})
    api.ask("PUT", "Companies", {"id": 1, **COMPANY, "fax": "8"})
    company = api.get("Companies", 1)
    assert (company["fax"], company["city"], company["companyName"]) == ("8", None, "New")
    assert company["lastActivityDate"] is not None


def test_a_put_without_a_required_field_is_refused_and_changes_nothing(api: Api) -> None:
    assert api.refused("PUT", "Companies", {"id": 1, "fax": "8"}) == "Missing Required Field: companyName"
    assert api.get("Companies", 1)["fax"] is None


@pytest.mark.parametrize("body", [{"fax": "1"}, {"id": 0, "fax": "1"}])
def test_an_update_needs_the_id_in_its_body(api: Api, body: dict[str, Any]) -> None:
    assert api.refused("PATCH", "Companies", body) == "Missing Required Field: id"


def test_an_update_of_nothing_is_refused(api: Api) -> None:
    assert api.refused("PATCH", "Companies", {"id": 77, "fax": "1"}).startswith("No matching records found")


def test_children_are_written_below_their_parent(api: Api) -> None:
    made = api.ask("POST", "Companies/1/Contacts", CONTACT)["itemId"]
    assert api.get("Contacts", made)["companyID"] == 1
    api.ask("PATCH", "Companies/1/Contacts", {"id": made, "title": "Boss"})
    assert api.get("Contacts", made)["title"] == "Boss"
    assert api.ask("DELETE", f"Companies/1/Contacts/{made}") == {"itemId": made}
    assert api.ask("GET", f"Contacts/{made}") == {"item": None}


def test_a_child_of_another_parent_is_not_found_below_this_one(api: Api) -> None:
    assert "No matching records" in api.refused("PATCH", "Companies/2/Contacts", {"id": 1, "title": "x"})
    assert "No matching records" in api.refused("DELETE", "Companies/2/Contacts/1")


def test_a_child_below_a_parent_that_is_not_there_is_refused(api: Api) -> None:
    says = api.refused("POST", "Companies/99/Contacts", CONTACT)
    assert says == "Reference value on field: companyID of type: Company does not exist or is invalid."


def test_a_deletion_of_nothing_is_refused(api: Api) -> None:
    says = "No matching records found. The logged in Resource may not have the required permissions to delete the data."
    assert api.refused("DELETE", "Companies/1/Contacts/99") == says


def test_ids_are_never_used_twice(api: Api) -> None:
    first = api.ask("POST", "Companies/1/Contacts", CONTACT)["itemId"]
    api.ask("DELETE", f"Companies/1/Contacts/{first}")
    assert api.ask("POST", "Companies/1/Contacts", CONTACT)["itemId"] == first + 1


@pytest.mark.parametrize("missing", COMPANY)
def test_a_required_field_must_be_there(api: Api, missing: str) -> None:
    body = {name: value for name, value in COMPANY.items() if name != missing}
    assert api.refused("POST", "Companies", body) == f"Missing Required Field: {missing}"
    assert api.refused("POST", "Companies", {**body, missing: None}) == f"Missing Required Field: {missing}"


def test_a_blank_text_counts_as_nothing_unless_switched(make: Make, api: Api) -> None:
    assert api.refused("POST", "Companies", {**COMPANY, "phone": ""}) == "Missing Required Field: phone"
    assert make(switches={"blank_is_null": False}).ask("POST", "Companies", {**COMPANY, "phone": ""})


def test_a_contact_needs_its_activity_as_a_number(api: Api) -> None:
    without = {name: value for name, value in CONTACT.items() if name != "isActive"}
    api.refused("POST", "Companies/1/Contacts", without)
    says = api.refused("POST", "Companies/1/Contacts", {**CONTACT, "isActive": True})
    assert says.startswith("Unexpected character encountered while parsing value: t")


def test_a_text_that_is_too_long_is_refused(api: Api) -> None:
    says = api.refused("POST", "Companies", {**COMPANY, "companyName": "x" * 101})
    assert says == "companyName must be less than or equal to 100 characters"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"ownerResourceID": "ina"}, "Could not convert string to integer: ina"),
        ({"ownerResourceID": 1.5}, "'1.5' is not a valid integer"),
        ({"assetValue": "much"}, "Could not convert string to double: much"),
        ({"assetValue": "NaN"}, "Could not convert string to double"),
        ({"isTaxExempt": "perhaps"}, "Could not convert string to boolean"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(api: Api, body: dict[str, Any], says: str) -> None:
    assert says in api.refused("POST", "Companies", {**COMPANY, **body})


def test_a_picklist_takes_only_its_own_active_ids(make: Make) -> None:
    tenant = make(picklists={"Tickets": {"priority": {1: "High", 9: {"label": "Old", "active": False}}}})
    assert tenant.ask("POST", "Tickets", TICKET)
    for value in (9, 77):
        assert "picklist: priority" in tenant.refused("POST", "Tickets", {**TICKET, "priority": value})
    assert "Could not convert" in tenant.refused("POST", "Tickets", {**TICKET, "priority": "High"})


def test_a_dependent_picklist_looks_at_its_parent(make: Make) -> None:
    subs = {10: {"label": "Toner", "issueType": 1}, 20: {"label": "Cable", "issueType": 2}}
    tenant = make(picklists={"Tickets": {"issueType": {1: "Printer", 2: "Screen"}, "subIssueType": subs}})
    made = tenant.ask("POST", "Tickets", {**TICKET, "issueType": 1, "subIssueType": 10})["itemId"]
    says = "Value does not exist for child picklist: subIssueType"
    assert tenant.refused("POST", "Tickets", {**TICKET, "issueType": 1, "subIssueType": 20}) == says
    assert tenant.refused("PATCH", "Tickets", {"id": made, "issueType": 2}) == says
    assert tenant.ask("PATCH", "Tickets", {"id": made, "issueType": 2, "subIssueType": 20})


@pytest.mark.parametrize(("contact", "why"), [(99, "unknown"), (3, "inactive")])
def test_an_unknown_or_inactive_reference_is_refused(api: Api, contact: int, why: str) -> None:
    says = api.refused("POST", "Tickets", {**TICKET, "contactID": contact})
    assert says == "Reference value on field: contactID of type: Contact does not exist or is invalid.", why


def test_company_0_is_the_tenant_itself(api: Api) -> None:
    assert api.ask("POST", "Tickets", {**TICKET, "companyID": 0})


def test_what_is_read_only_is_ignored_without_a_word(api: Api) -> None:
    made = api.ask("POST", "Companies", {**COMPANY, "createDate": "1999-01-01", "nonsense": 1})["itemId"]
    assert api.get("Companies", made)["createDate"] == "2019-06-04T00:00:00Z"


def test_what_can_only_be_set_at_creation_is_frozen_afterwards(api: Api) -> None:
    made = api.ask("POST", "Contracts", CONTRACT)["itemId"]
    contract = api.get("Contracts", made)
    assert (contract["contractPeriodType"], contract["contractType"]) == (2, 7)
    api.ask(
        "PATCH", "Contracts", {"id": made, "companyID": 1, "contractType": 1, "contractPeriodType": 5, "setupFee": 1}
    )
    after = api.get("Contracts", made)
    assert (after["companyID"], after["contractType"], after["contractPeriodType"], after["setupFee"]) == (2, 7, 2, 1)


def test_the_ticket_of_a_time_entry_is_silently_kept(api: Api) -> None:
    body = {"resourceID": 1, "roleID": 1, "ticketID": 1, "hoursWorked": 1.5, "dateWorked": "2019-06-03T22:30:00-05:00"}
    times = {"startDateTime": "2019-06-03T08:00:00Z", "endDateTime": "2019-06-03T09:30:00Z"}
    made = api.ask("POST", "TimeEntries", {**body, **times})["itemId"]
    other = api.ask("POST", "Tickets", TICKET)["itemId"]
    api.ask("PATCH", "TimeEntries", {"id": made, "ticketID": other})
    entry = api.get("TimeEntries", made)
    assert (entry["ticketID"], entry["hoursToBill"], entry["dateWorked"]) == (1, 1.5, "2019-06-03T00:00:00Z")
    assert api.ask("DELETE", f"TimeEntries/{made}") == {"itemId": made}


def test_a_date_keeps_its_day_and_a_date_time_is_put_into_utc(api: Api) -> None:
    api.ask("PATCH", "Invoices", {"id": 1, "paidDate": "2019-06-03T23:00:00-05:00"})
    assert api.get("Invoices", 1)["paidDate"] == "2019-06-03T00:00:00Z"
    api.ask("PATCH", "Invoices", {"id": 1, "webServiceDate": "2019-06-03T23:00:00-05:00"})
    assert api.get("Invoices", 1)["webServiceDate"] == "2019-06-04T04:00:00Z"


def test_of_an_invoice_only_number_paid_date_and_web_service_date_can_be_written(api: Api) -> None:
    sent = {"invoiceNumber": "A-1", "comments": "x", "invoiceTotal": 5, "isVoided": True, "dueDate": "2020-01-01"}
    api.ask("PATCH", "Invoices", {"id": 1, **sent})
    invoice = api.get("Invoices", 1)
    assert invoice["invoiceNumber"] == "A-1"
    assert (invoice["comments"], invoice["invoiceTotal"], invoice["isVoided"]) == (None, 100, None)
    assert invoice["dueDate"] == "2019-07-01T00:00:00Z"


def test_of_a_billing_item_only_the_web_service_date_can_be_written(api: Api) -> None:
    api.ask(
        "PATCH", "BillingItems", {"id": 1, "webServiceDate": "2019-06-04T08:00:00Z", "totalAmount": 1, "serviceID": 1}
    )
    item = api.get("BillingItems", 1)
    assert (item["webServiceDate"], item["totalAmount"], item["serviceID"]) == ("2019-06-04T08:00:00Z", 100, None)


def test_user_defined_fields_are_written_by_their_exact_name_and_kept_when_not_sent(make: Make) -> None:
    fields = [{"name": "Größe [m²]"}, {"name": "Ranking", "default": "Silver"}]
    tenant = make(user_defined_fields={"Companies": fields})
    sent = {"userDefinedFields": [{"name": "Größe [m²]", "value": 12}]}
    made = tenant.ask("POST", "Companies", {**COMPANY, **sent})["itemId"]
    tenant.ask("PATCH", "Companies", {"id": made, "userDefinedFields": [{"name": "Ranking", "value": "Gold"}]})
    assert tenant.get("Companies", made)["userDefinedFields"] == [
        {"name": "Größe [m²]", "value": "12"},
        {"name": "Ranking", "value": "Gold"},
    ]
    wrong = {"id": made, "userDefinedFields": [{"name": "ranking", "value": "x"}]}
    assert "ranking does not exist" in tenant.refused("PATCH", "Companies", wrong)


def test_a_default_of_a_user_defined_field_fills_in_at_creation(make: Make) -> None:
    tenant = make(user_defined_fields={"Companies": [{"name": "Ranking", "default": "Silver"}]})
    made = tenant.ask("POST", "Companies", COMPANY)["itemId"]
    assert tenant.get("Companies", made)["userDefinedFields"] == [{"name": "Ranking", "value": "Silver"}]


@pytest.mark.parametrize("sent", [{"name": "Ranking"}, [["Ranking", 1]], "Gold"])
def test_user_defined_fields_in_another_shape_are_refused(make: Make, sent: object) -> None:
    tenant = make(user_defined_fields={"Companies": [{"name": "Ranking"}]})
    if isinstance(sent, dict):
        sent = [{"value": 1}]
    assert "userDefinedFields" in tenant.refused("PATCH", "Companies", {"id": 1, "userDefinedFields": sent})


def test_a_ticket_gets_a_number_of_its_day(api: Api) -> None:
    made = [api.ask("POST", "Tickets", TICKET)["itemId"] for _ in range(2)]
    assert [api.get("Tickets", number)["ticketNumber"] for number in made] == ["T20190604.0001", "T20190604.0002"]
    api.ask("PATCH", "Tickets", {"id": made[0], "ticketNumber": "T1"})
    assert api.get("Tickets", made[0])["ticketNumber"] == "T20190604.0001"


def test_an_incident_points_at_its_problem(api: Api) -> None:
    problem = api.ask("POST", "Tickets", {**TICKET, "ticketType": 3})["itemId"]
    api.ask("PATCH", "Tickets", {"id": 1, "problemTicketId": problem})
    assert api.get("Tickets", 1)["problemTicketId"] == problem


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"contactID": 2}, "contactID is not associated to the companyID or its Parent Company"),
        ({"configurationItemID": 1}, "The configurationItemID [1] is not associated with Company [2]"),
        ({"companyLocationID": 1}, "The companyLocationID[1] cannot be associated with the Ticket"),
        ({"contractID": 9}, "The contractID [9] is not associated with Company [2]"),
        ({"assignedResourceID": 1}, "you must assign both a assignedResourceID and assignedResourceRoleID"),
        ({"assignedResourceRoleID": 1}, "you must assign both a assignedResourceID and assignedResourceRoleID"),
        ({"assignedResourceID": 1, "assignedResourceRoleID": 2}, "There is no row at position 0."),
        ({"assignedResourceID": 2, "assignedResourceRoleID": 1}, "of type: Resource does not exist or is invalid"),
    ],
)
def test_a_ticket_and_what_it_names_must_belong_together(make: Make, body: dict[str, Any], says: str) -> None:
    others: dict[str, Any] = {
        "ConfigurationItems": [{"id": 1, "companyID": 3, "productID": 1, "isActive": True}],
        "CompanyLocations": [{"id": 1, "companyID": 3, "name": "Far"}],
        "Contracts": [*RECORDS["Contracts"], {"id": 9, "companyID": 3}],
    }
    assert says in make(records={**RECORDS, **others}).refused("POST", "Tickets", {**TICKET, **body})


def test_a_contact_of_the_parent_company_may_stand_on_a_ticket(api: Api) -> None:
    made = api.ask("POST", "Tickets", {**TICKET, "contactID": 1, "assignedResourceID": 1, "assignedResourceRoleID": 1})
    says = api.refused("PATCH", "Tickets", {"id": made["itemId"], "companyID": 3})
    assert says == "contactID is not associated to the companyID or its Parent Company"
    assert api.ask("PATCH", "Tickets", {"id": made["itemId"], "companyID": 3, "contactID": None})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"ticketID": 1}, "TimeEntries for Tickets must have a roleID."),
        ({"ticketID": 1, "roleID": 1}, "TimeEntries for Service tickets require a start and stop time."),
        ({}, "needs a ticketID, a taskID or an internalBillingCodeID"),
    ],
)
def test_a_time_entry_says_what_it_was_for(api: Api, body: dict[str, Any], says: str) -> None:
    assert says in api.refused("POST", "TimeEntries", {"resourceID": 1, **body})


CHARGE = {"name": "Set-up", "chargeType": 1, "datePurchased": "2019-06-01T23:00:00-09:00", "unitQuantity": 3}


@pytest.mark.parametrize("path", ["Contracts/1/Charges", "Tickets/1/Charges", "Projects/5/Charges"])
def test_a_charge_takes_its_prices_from_the_material_code(api: Api, path: str) -> None:
    api.app.give("Projects", [{"id": 5, "projectName": "Move"}])
    made = api.ask("POST", path, {**CHARGE, "billingCodeID": 4, "internalPurchaseOrderNumber": "MK-1"})["itemId"]
    charge = api.ask("GET", f"{path}/{made}")["item"]
    assert (charge["unitPrice"], charge["unitCost"], charge["isBilled"]) == (12.5, 10, False)
    assert (charge["billableAmount"], charge["extendedCost"]) == (37.5, 30)
    assert charge["datePurchased"] == "2019-06-01T00:00:00Z"


def test_an_amount_of_a_charge_is_rounded_half_up_and_cannot_be_sent(api: Api) -> None:
    sent = {**CHARGE, "billingCodeID": 4, "unitPrice": 0.335, "billableAmount": 99}
    made = api.ask("POST", "Contracts/1/Charges", sent)["itemId"]
    assert api.get("ContractCharges", made)["billableAmount"] == 1.01


@pytest.mark.parametrize(
    ("body", "says"),
    [({}, "needs a productID or a billingCodeID"), ({"billingCodeID": 1}, "must be a material code")],
)
def test_a_charge_needs_a_product_or_a_material_code(api: Api, body: dict[str, Any], says: str) -> None:
    assert says in api.refused("POST", "Contracts/1/Charges", {**CHARGE, **body})


def test_a_charge_that_is_billed_is_locked(make: Make) -> None:
    billed = {"id": 1, "contractID": 1, **CHARGE, "billingCodeID": 4, "isBilled": True}
    tenant = make(records={**RECORDS, "ContractCharges": [billed, {**billed, "id": 2, "isBilled": False}]})
    assert "has been billed" in tenant.refused("PATCH", "Contracts/1/Charges", {"id": 1, "notes": "x"})
    assert "has been billed" in tenant.refused("DELETE", "Contracts/1/Charges/1")
    tenant.ask("PATCH", "Contracts/1/Charges", {"id": 2, "unitQuantity": 4})
    assert tenant.get("ContractCharges", 2)["billableAmount"] == 50
    tenant.ask("DELETE", "Contracts/1/Charges/2")


def test_a_service_needs_a_recurring_service_code(api: Api) -> None:
    service = {"name": "S", "periodType": 2, "unitPrice": 0, "billingCodeID": 4, "sku": "S-1"}
    assert "recurring service code" in api.refused("POST", "Services", service)
    made = api.ask("POST", "Services", {**service, "billingCodeID": 5})["itemId"]
    assert [row["id"] for row in api.find("Services", {"op": "eq", "field": "sku", "value": "S-1"})] == [made]


def test_a_contract_does_not_end_before_it_starts(api: Api) -> None:
    assert "endDate" in api.refused("POST", "Contracts", {**CONTRACT, "endDate": "2019-05-03"})


def test_an_approval_level_shows_on_its_time_entry(make: Make) -> None:
    api = make(records={**RECORDS, "TimeEntries": [{"id": 1, "resourceID": 1, "ticketID": 1}]})
    level = {"timeEntryID": 1, "approvalResourceID": 1, "approvalLevel": 2, "approvalDateTime": "2019-06-04"}
    api.ask("POST", "BillingItemApprovalLevels", level)
    entry = api.get("TimeEntries", 1)
    assert (entry["billingApprovalLevelMostRecent"], entry["billingApprovalDateTime"]) == (2, None)
    assert "timeEntryID" in api.refused("POST", "BillingItemApprovalLevels", {**level, "timeEntryID": 9})


def test_bundles_have_names_of_their_own_and_stay_while_a_contract_has_them(api: Api) -> None:
    bundle = {"name": "ALL", "billingCodeID": 5, "periodType": 2}
    assert "this name exists" in api.refused("POST", "ServiceBundles", bundle)
    made = api.ask("POST", "ServiceBundles", {**bundle, "name": "SOME"})["itemId"]
    api.ask("POST", "Contracts/1/ServiceBundles", {"serviceBundleID": made})
    assert "cannot be deleted" in api.refused("DELETE", f"ServiceBundles/{made}")
    assert api.ask("DELETE", "ServiceBundles/1") == {"itemId": 1}


def test_a_contact_in_use_cannot_be_deleted(api: Api) -> None:
    api.ask("POST", "Tickets", {**TICKET, "contactID": 1})
    assert "in use" in api.refused("DELETE", "Companies/1/Contacts/1")


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (1, None),
        (2, "on the ticket already"),
        (3, "on the ticket already"),
        (4, "not associated"),
        (5, "not associated"),
    ],
)
def test_a_further_asset_of_a_ticket_is_a_new_active_one_of_its_company(
    make: Make, item: int, says: str | None
) -> None:
    assets = [{"id": n, "companyID": 2, "productID": 1, "isActive": True} for n in range(1, 4)]
    strange = [{"id": 4, "companyID": 3, "isActive": True}, {"id": 5, "companyID": 2, "isActive": False}]
    api = make(
        records={
            **RECORDS,
            "ConfigurationItems": [*assets, *strange],
            "Tickets": [{**RECORDS["Tickets"][0], "configurationItemID": 2}],
            "TicketAdditionalConfigurationItems": [{"id": 1, "ticketID": 1, "configurationItemID": 3}],
        }
    )
    path = "Tickets/1/AdditionalConfigurationItems"
    if says is None:
        assert api.ask("POST", path, {"configurationItemID": item}) == {"itemId": 2}
    else:
        assert says in api.refused("POST", path, {"configurationItemID": item})


TICKET = {"companyID": 2, "title": "New", "status": 1, "priority": 1}
SERVICE = {"name": "SEAT", "billingCodeID": 5, "periodType": 2, "unitPrice": 1}


@pytest.mark.parametrize(
    ("switch", "resource", "body", "says"),
    [
        ("tickets_need_a_queue", "Tickets", TICKET, "Missing Required Field: queueID"),
        ("service_names_unique", "Services", SERVICE, "A service of this name exists."),
        ("problems_are_problems", "Tickets", {**TICKET, "problemTicketId": 1}, "must be a ticket of the type Problem"),
    ],
)
def test_a_rule_that_no_source_states_is_a_switch(
    make: Make, switch: str, resource: str, body: dict[str, Any], says: str
) -> None:
    assert make().ask("POST", resource, body)
    assert says in make(switches={switch: True}).refused("POST", resource, body)


def test_a_ticket_moves_to_another_company_only_without_what_belongs_to_the_first(api: Api) -> None:
    api.ask("PATCH", "Tickets", {"id": 1, "contactID": 1, "contractID": 1})
    assert "is not associated" in api.refused("PATCH", "Tickets", {"id": 1, "companyID": 3})
    api.ask("PATCH", "Tickets", {"id": 1, "companyID": 3, "contactID": None, "contractID": None})
    assert api.get("Tickets", 1)["companyID"] == 3
