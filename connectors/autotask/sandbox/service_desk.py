"""What Autotask demands of tickets, time entries and contacts."""

from __future__ import annotations

from rules_run.model.exchange import Record

from .amounts import number
from .database import Database
from .refusal import Refusal

MOST_ITEMS = 100


def ticket(db: Database, record: Record, before: Record | None) -> Record:
    """Whatever a ticket names belongs to its company; a new one gets a number."""
    if (record.get("assignedResourceID") is None) != (record.get("assignedResourceRoleID") is None):
        raise Refusal("you must assign both a assignedResourceID and assignedResourceRoleID")
    _holds_role(db, record.get("assignedResourceID"), record.get("assignedResourceRoleID"))
    _of_company(db, record)
    if db.switches.tickets_need_a_queue and record.get("queueID") is None and record.get("assignedResourceID") is None:
        raise Refusal("Missing Required Field: queueID")
    if db.switches.problems_are_problems:
        _of_a_problem(db, record)
    return {} if record.get("ticketNumber") else {"ticketNumber": _ticket_number(db)}


def _of_a_problem(db: Database, record: Record) -> None:
    problem = db.store.get("Tickets", record.get("problemTicketId"))
    if problem is not None and db.label("Tickets", "ticketType", problem) != "Problem":
        raise Refusal("problemTicketId must be a ticket of the type Problem.")


def _ticket_number(db: Database) -> str:
    prefix = f"T{db.today():%Y%m%d}."
    taken = [str(row.get("ticketNumber")) for row in db.store.rows("Tickets")]
    last = max((int(name.removeprefix(prefix)) for name in taken if name.startswith(prefix)), default=0)
    return f"{prefix}{last + 1:04}"


def _of_company(db: Database, record: Record) -> None:
    company = record["companyID"]
    parent = (db.store.get("Companies", company) or {}).get("parentCompanyID")

    def strange(resource: str, field: str) -> bool:
        found = db.store.get(resource, record.get(field))
        return found is not None and found.get("companyID") not in {company, parent}

    if strange("Contacts", "contactID"):
        raise Refusal("contactID is not associated to the companyID or its Parent Company")
    if strange("ConfigurationItems", "configurationItemID"):
        item = record["configurationItemID"]
        raise Refusal(f"The configurationItemID [{item}] is not associated with Company [{company}]")
    if strange("CompanyLocations", "companyLocationID"):
        place = record["companyLocationID"]
        raise Refusal(f"The companyLocationID[{place}] cannot be associated with the Ticket's company [{company}]")
    if strange("Contracts", "contractID"):
        raise Refusal(f"The contractID [{record['contractID']}] is not associated with Company [{company}]")


def _holds_role(db: Database, resource: object, role: object) -> None:
    held = [row.get("roleID") for row in db.store.rows("ResourceRoles") if row.get("resourceID") == resource]
    # A data file without any roles for somebody says nothing about them.
    if resource is not None and role is not None and held and role not in held:
        raise Refusal("There is no row at position 0.")


def time_entry(db: Database, record: Record, before: Record | None) -> Record:
    """Time is for a ticket, a task or an internal code; on a ticket it needs a role and hours of the day."""
    if record.get("ticketID") is not None:
        if record.get("roleID") is None:
            raise Refusal("TimeEntries for Tickets must have a roleID.")
        if record.get("startDateTime") is None or record.get("endDateTime") is None:
            raise Refusal("TimeEntries for Service tickets require a start and stop time.")
        _holds_role(db, record["resourceID"], record["roleID"])
    elif record.get("taskID") is None and record.get("internalBillingCodeID") is None:
        raise Refusal("A time entry needs a ticketID, a taskID or an internalBillingCodeID.")
    return {"hoursToBill": number(record.get("hoursWorked")) + number(record.get("offsetHours"))}


def additional_item(db: Database, record: Record, before: Record | None) -> Record:
    """A further asset of a ticket: active, of the ticket's company, and there only once."""
    item, ticket_id = record["configurationItemID"], record["ticketID"]
    ticket = db.store.get("Tickets", ticket_id) or {}
    asset = db.store.get("ConfigurationItems", item) or {}
    if asset.get("companyID") != ticket.get("companyID") or not asset.get("isActive"):
        raise Refusal(f"The configurationItemID [{item}] is not associated with Company [{ticket.get('companyID')}]")
    on_ticket = [row for row in db.store.rows("TicketAdditionalConfigurationItems") if row.get("ticketID") == ticket_id]
    if ticket.get("configurationItemID") == item or any(row.get("configurationItemID") == item for row in on_ticket):
        raise Refusal(f"The configurationItemID [{item}] is on the ticket already.")
    if len(on_ticket) >= MOST_ITEMS:
        raise Refusal(f"A ticket has at most {MOST_ITEMS} additional configuration items.")
    return {}


def unused(db: Database, contact: Record) -> None:
    """A contact that stands on a ticket or is a company's first one cannot be deleted."""
    on_ticket = any(row.get("contactID") == contact["id"] for row in db.store.rows("Tickets"))
    if on_ticket or contact.get("primaryContact"):
        raise Refusal("The contact is in use and cannot be deleted.")
