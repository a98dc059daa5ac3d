"""A small tenant, and a client that speaks to its stand-in without a network."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from rules_run.connect.registry import load_sandbox, open_catalogue
from rules_run.model.catalogue import Catalogue
from rules_run.sandbox import SandboxApp

USER = {"user": "api@nordlys.test", "secret": "p~$ss#1", "integration_code": "ABCDEFGHIJKLMNOPQRSTUVWXYZ1"}
HEADERS = {"UserName": USER["user"], "Secret": USER["secret"], "ApiIntegrationCode": USER["integration_code"]}

RECORDS: dict[str, list[dict[str, Any]]] = {
    "Companies": [
        {"id": 1, "companyName": "Parent", "companyType": "Customer", "ownerResourceID": 1, "phone": "1"},
        {"id": 2, "companyName": "Child", "companyType": 1, "ownerResourceID": 1, "phone": "2", "parentCompanyID": 1},
        {"id": 3, "companyName": "Stranger", "companyType": "Vendor", "ownerResourceID": 1, "phone": "3"},
    ],
    "Contacts": [
        {"id": 1, "companyID": 1, "firstName": "Ann", "lastName": "Lee", "isActive": 1},
        {"id": 2, "companyID": 3, "firstName": "Bo", "lastName": "Ek", "isActive": 1},
        {"id": 3, "companyID": 1, "firstName": "Cy", "lastName": "Oh", "isActive": 0},
    ],
    "Resources": [
        {"id": 1, "userName": "ina", "email": "ina@nordlys.test", "isActive": True},
        {"id": 2, "userName": "gone", "isActive": False},
    ],
    "Roles": [{"id": 1, "name": "Engineer"}, {"id": 2, "name": "Manager"}],
    "ResourceRoles": [{"id": 1, "resourceID": 1, "roleID": 1}],
    "BillingCodes": [
        {"id": 1, "name": "Labour", "useType": 1, "isActive": True},
        {"id": 4, "name": "Material", "useType": 4, "unitPrice": 12.5, "unitCost": 10, "isActive": True},
        {"id": 5, "name": "managed services", "useType": 5, "isActive": True},
    ],
    "Services": [
        {"id": 1, "name": "SEAT", "billingCodeID": 5, "periodType": "Monthly", "unitPrice": 31, "unitCost": "15.5"},
        {"id": 2, "name": "BOX", "billingCodeID": 5, "periodType": "Monthly", "unitPrice": 10, "unitCost": 8},
    ],
    "ServiceBundles": [{"id": 1, "name": "ALL", "billingCodeID": 5, "periodType": "Monthly", "unitPrice": 30}],
    "Contracts": [
        {
            "id": 1,
            "companyID": 2,
            "contractName": "Cloud services, Child",
            "contractType": "Recurring Service",
            "contractPeriodType": "Monthly",
            "status": "Active",
            "startDate": "2019-05-04",
            "endDate": "2029-06-04",
            "timeReportingRequiresStartAndStopTimes": 0,
        },
        {
            "id": 2,
            "companyID": 2,
            "contractName": "Hours",
            "contractType": "Time & Materials",
            "status": "Active",
            "startDate": "2019-01-01",
            "endDate": "2019-12-31",
            "timeReportingRequiresStartAndStopTimes": 0,
        },
    ],
    "Tickets": [
        {
            "id": 1,
            "companyID": 2,
            "title": "Printer",
            "status": "New",
            "priority": "High",
            "ticketNumber": "T20190601.0001",
        },
    ],
    "Invoices": [
        {"id": 1, "companyID": 2, "invoiceTotal": 100, "invoiceDateTime": "2019-06-01", "dueDate": "2019-07-01"},
    ],
    "BillingItems": [
        {"id": 1, "companyID": 2, "billingItemType": 1, "nonBillable": 0, "subType": 1, "totalAmount": 100}
    ],
}


class Api:
    """Calls a stand-in in process, logged in."""

    def __init__(self, app: SandboxApp) -> None:
        self.app = app
        self.http = Client(app)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        text = None if body is None else json.dumps(body)
        sent = {**HEADERS, **headers}
        return self.http.open(path, method=method, data=text, headers=sent, content_type="application/json")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON of an answer that must be a success."""
        answer = self.call(method, f"/ATServicesRest/V1.0/{path}", body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def refused(self, method: str, path: str, body: object = None, status: int = 500) -> str:
        """Return the first error of an answer that must be a refusal."""
        answer = self.call(method, f"/ATServicesRest/V1.0/{path}", body)
        assert answer.status_code == status, answer.get_data(as_text=True)
        errors = answer.get_json()["errors"]
        assert all(isinstance(error, str) for error in errors)
        return str(errors[0])

    def find(self, resource: str, *filters: dict[str, Any], **body: object) -> list[dict[str, Any]]:
        """Return the rows of one page."""
        wanted = list(filters) or [{"op": "exist", "field": "id"}]
        return list(self.ask("POST", f"{resource}/query", {"filter": wanted, **body})["items"])

    def get(self, resource: str, record_id: int) -> dict[str, Any]:
        """Return one record."""
        return dict(self.ask("GET", f"{resource}/{record_id}")["item"])


Make = Callable[..., Api]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return open_catalogue("autotask", None)


@pytest.fixture
def make(catalogue: Catalogue) -> Make:
    """Return what makes a stand-in: keyword arguments replace parts of its data."""

    def make_api(**data: Any) -> Api:
        standard = {"today": "2019-06-04", "users": [USER], "records": RECORDS}
        return Api(load_sandbox("autotask")({**standard, **data}, catalogue))

    return make_api


@pytest.fixture
def api(make: Make) -> Api:
    """Return the stand-in of the small tenant."""
    return make()


@pytest.fixture(scope="session")
def autotask_limits() -> ModuleType:
    """Return the module that counts requests, which is loaded by path like the rest of the stand-in."""
    return sys.modules[f"{load_sandbox('autotask').__module__}.limits"]
