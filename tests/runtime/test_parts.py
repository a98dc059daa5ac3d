"""Documents that are closed, gone or doubted: a new part, the same one again, or a person."""

from __future__ import annotations

from rules_run.model.plan import Action

from .memory import Office, actions

JOBS = """
rules:
  job:
    from: {read: crm.Tickets, as: ticket}
    key: ticket.id
    successor: {when: "existing.invoice != `null`"}
    to:
      write: erp.Jobs
      marker: {ref: "AT-{{ key }}"}
      set: {title: ticket.title}
      set_once: {ticket: ticket.id}
    on_success:
      number: {write: crm.Tickets, mode: update, match: {id: ticket.id}, set: {job: {select: result.id, type: text}}}
"""
STOCK = (
    JOBS
    + """
  stock:
    from: {read: crm.Items, as: item}
    with: {job: {ref: job, key: item.ticket, open: true}}
    key: item.id
    to: {write: erp.Stock, mode: create, set: {job: job.id, text: item.text}}
  latest:
    from: {read: crm.Companies, as: company}
    with: {job: {ref: job, key: company.card}}
    key: company.id
    to: {write: erp.Cards, mode: create, set: {name: job.title, code: {select: job.id, type: text}}}
"""
)
CARDS = """
rules:
  card:
    from: {read: crm.Companies, as: company}
    again: "company.card == `null`"
    key: company.id
    to:
      write: erp.Cards
      match: {code: company.code}
      set_once: {name: company.name}
    on_success:
      card: {write: crm.Companies, mode: update, match: {id: company.id}, set: {card: {select: result.id, type: text}}}
"""
INVOICES = """
rules:
  invoice:
    from: {read: crm.Tickets, as: ticket, where: {number: {empty: true}}}
    again: true
    key: ticket.id
    to:
      write: erp.Invoices
      mode: create
      marker: {memo: "AT-{{ key }}"}
      narrow_by: [customer]
      set: {customer: ticket.company, total: 5}
    on_success:
      number: {write: crm.Tickets, mode: update, match: {id: ticket.id}, set: {number: {select: result.id, type: text}}}
"""


def jobs(office: Office) -> list[tuple[object, object]]:
    return [(job["id"], job["ref"]) for job in office.erp.rows("Jobs")]


def test_what_is_billed_after_its_job_was_invoiced_goes_into_a_new_job(office: Office) -> None:
    assert office.rules(STOCK) == ()
    office.crm.give("Tickets", id=5, title="Printer")
    office.crm.give("Items", id=1, ticket=5, text="Cable")
    office.apply()
    assert jobs(office) == [(1000, "AT-5")]
    office.erp.give("Jobs", id=1000, invoice="R-1")
    office.writes()
    office.apply()
    assert office.writes() == [], "nothing new is billed: the invoiced job is left alone"

    office.crm.give("Items", id=2, ticket=5, text="Paper")
    plan = office.plan()
    assert actions(plan, "job") == {"5": Action.CREATE}
    assert actions(plan, "stock") == {"1": Action.NOTHING, "2": Action.CREATE}
    assert office.apply().exit_code == 0
    assert jobs(office) == [(1000, "AT-5"), (1001, "AT-5/2")]
    assert [each["job"] for each in office.erp.rows("Stock")] == [1000, 1001]
    assert office.crm.rows("Tickets")[0]["job"] == "1001"
    office.writes()
    office.apply()
    assert office.writes() == []


def test_a_plain_reference_gives_the_newest_part(office: Office) -> None:
    office.rules(STOCK)
    office.crm.give("Tickets", id=5, title="Printer")
    office.crm.give("Items", id=1, ticket=5, text="Cable")
    office.apply()
    office.erp.give("Jobs", id=1000, invoice="R-1")
    office.crm.give("Items", id=2, ticket=5, text="Paper")
    office.apply()
    office.crm.give("Companies", id=9, card="5")
    office.apply()
    assert office.erp.rows("Cards")[0]["code"] == "1001"


def test_a_change_in_the_source_does_not_touch_what_is_closed(office: Office) -> None:
    office.rules(STOCK)
    office.crm.give("Tickets", id=5, title="Printer")
    office.apply()
    office.erp.give("Jobs", id=1000, invoice="R-1")
    office.crm.give("Tickets", id=5, title="Scanner")
    office.apply()
    assert office.erp.rows("Jobs")[0]["title"] == "Printer"


def test_without_anyone_who_asks_a_closed_document_is_followed_by_the_next(office: Office) -> None:
    assert office.rules(JOBS) == ()
    office.crm.give("Tickets", id=5, title="Printer")
    office.apply()
    for number in (1000, 1001):
        office.erp.give("Jobs", id=number, invoice="R")
        office.apply()
    assert jobs(office) == [(1000, "AT-5"), (1001, "AT-5/2"), (1002, "AT-5/3")]


def test_a_new_part_whose_answer_was_lost_is_found_by_its_own_marker(office: Office) -> None:
    office.rules(JOBS)
    office.crm.give("Tickets", id=5, title="Printer")
    office.apply()
    office.erp.give("Jobs", id=1000, invoice="R-1")
    office.erp.faults.append("lost")
    office.apply()
    for _ in range(3):
        office.apply(wait=60)
    assert jobs(office) == [(1000, "AT-5"), (1001, "AT-5/2")]
    assert office.crm.rows("Tickets")[0]["job"] == "1001"


def test_a_doubted_link_is_asked_anew_and_what_matches_now_is_adopted_and_written_back(office: Office) -> None:
    assert office.rules(CARDS) == ()
    office.erp.give("Cards", id=70, code="X", name="Wrong")
    office.crm.give("Companies", id=1, name="Aurora", code="X")
    office.apply()
    assert office.crm.rows("Companies")[0]["card"] == "70"

    office.erp.give("Cards", id=71, code="Y", name="Right")
    office.crm.give("Companies", id=1, code="Y", card=None)
    assert actions(office.plan(), "card") == {"1": Action.FINISH} or actions(office.plan(), "card") == {
        "1": Action.ADOPT
    }
    office.apply()
    assert office.crm.rows("Companies")[0]["card"] == "71"
    assert office.ledger.known("crm-erp/card", ["1"])["1"].target_id == "71"
    office.writes()
    office.apply()
    assert office.writes() == []


def test_a_doubted_link_to_what_stands_is_written_back_again(office: Office) -> None:
    office.rules(CARDS)
    office.crm.give("Companies", id=1, name="Aurora", code="X")
    office.apply()
    office.crm.give("Companies", id=1, card=None, code="Z")
    office.writes()
    office.apply()
    assert (office.writes(), office.crm.rows("Companies")[0]["card"]) == ([("update", "crm.Companies")], "1000")


def test_master_data_that_is_gone_is_made_anew(office: Office) -> None:
    office.rules(CARDS)
    office.crm.give("Companies", id=1, name="Aurora", code="X")
    office.apply()
    del office.erp.records["Cards"][1000]
    office.erp.give("Cards", id=2000, code="other")
    office.crm.give("Companies", id=1, card=None)
    office.apply()
    assert [card["name"] for card in office.erp.rows("Cards") if card["code"] == "X"] == ["Aurora"]
    newest = office.ledger.known("crm-erp/card", ["1"])["1"]
    assert (newest.key.part, office.crm.rows("Companies")[0]["card"]) == ("2", newest.target_id)


def test_a_blanked_number_is_written_again_while_the_invoice_stands(office: Office) -> None:
    assert office.rules(INVOICES) == ()
    office.crm.give("Tickets", id=1, company=7)
    office.apply()
    office.crm.give("Tickets", id=1, number=None)
    office.writes()
    office.apply()
    assert (office.writes(), office.crm.rows("Tickets")[0]["number"]) == ([("update", "crm.Tickets")], "1000")


def test_an_invoice_that_is_gone_or_void_needs_a_person(office: Office) -> None:
    office.rules(INVOICES)
    office.crm.give("Tickets", id=1, company=7)
    office.crm.give("Tickets", id=2, company=7)
    office.apply()
    office.erp.give("Invoices", id=1000, void=True)
    del office.erp.records["Invoices"][1001]
    office.crm.give("Tickets", id=1, number=None)
    office.crm.give("Tickets", id=2, number=None)
    office.writes()
    unfinished = office.applied().unfinished
    assert [(each.key, each.word) for each in unfinished] == [("1", "Needs you"), ("2", "Needs you")]
    assert all("gone or void" in each.text for each in unfinished)
    assert office.writes() == []


def test_a_crash_between_creation_and_number_makes_no_second_invoice(office: Office) -> None:
    office.rules(INVOICES)
    office.crm.give("Tickets", id=1, company=7)
    office.crm.faults.append("refuse")
    office.apply()
    office.apply()
    assert (len(office.erp.rows("Invoices")), office.crm.rows("Tickets")[0]["number"]) == (1, "1000")
