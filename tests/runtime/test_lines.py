"""Lists of lines that two rules share, and markers in fields that cannot be searched."""

from __future__ import annotations

from .memory import Office

SHARED = """
lines:
  sales:
    - each: items
      as: item
      check: [{that: "item.price < `100`", message: "{{ item.text }} is too dear."}]
      set: {text: item.text, price: "multiply(item.price, sign)"}
    - {when: "rest != `0`", set: {text: {const: Rounding}, price: rest}}
rules:
  invoice:
    from: {read: crm.Tickets, as: ticket}
    with: {items: {read: crm.Items, where: {ticket: ticket.id}, many: true, optional: true}}
    let: {sign: 1, rest: "subtract(`10`, sum(items[].price))"}
    key: ticket.id
    to:
      write: erp.Invoices
      mode: create
      marker: {memo: "AT-{{ key }}"}
      narrow_by: [customer, date]
      set: {customer: ticket.company, total: 10, lines: {lines: sales}}
  credit:
    from: {read: crm.Companies, as: company}
    with: {items: {read: crm.Items, where: {company: company.id}, many: true, optional: true}}
    let: {sign: -1, rest: 0}
    key: company.id
    to:
      write: erp.Invoices
      mode: create
      marker: {memo: "C-{{ key }}"}
      narrow_by: [customer]
      set: {customer: company.id, total: -10, lines: {lines: sales}}
"""


def test_two_rules_write_the_same_lines_each_with_its_own_names(office: Office) -> None:
    assert office.rules(SHARED.replace("[customer, date]", "[customer]")) == ()
    office.crm.give("Tickets", id=1, company=7)
    office.crm.give("Companies", id=7)
    office.crm.give("Items", id=1, ticket=1, text="Cable", price=8)
    office.crm.give("Items", id=2, company=7, text="Paper", price=3)
    assert office.apply().exit_code == 0
    assert [invoice["lines"] for invoice in office.erp.rows("Invoices")] == [
        [{"text": "Cable", "price": 8}, {"text": "Rounding", "price": 2}],
        [{"text": "Paper", "price": -3}],
    ]


def test_a_check_inside_shared_lines_fails_the_document_that_uses_them(office: Office) -> None:
    office.rules(SHARED.replace("[customer, date]", "[customer]"))
    office.crm.give("Companies", id=7)
    office.crm.give("Items", id=2, company=7, text="Paper", price=300)
    (unfinished,) = office.applied().unfinished
    assert "Paper is too dear." in unfinished.text


def test_a_marker_that_cannot_be_searched_is_looked_for_among_the_few_that_other_fields_leave(office: Office) -> None:
    (problem,) = office.rules(SHARED)
    assert (problem.code, problem.message) == ("R059", "`date` is not under `set`.")
    office.rules(SHARED.replace("[customer, date]", "[customer]"))
    office.crm.give("Tickets", id=1, company=7)
    office.erp.give("Invoices", id=5, customer=7, memo="AT-2", total=10)
    office.erp.faults.append("lost")
    office.apply()
    office.erp.asked.clear()
    for _ in range(3):
        office.apply(wait=60)
    questions = [
        {each.field: each.value for each in query.where} for query in office.erp.asked if query.resource == "Invoices"
    ]
    assert {"memo": "AT-1", "customer": 7} in questions
    assert all("customer" in question or "id" in question for question in questions)
    assert office.states("invoice", "1") == ["DONE"]
    assert len(office.erp.rows("Invoices")) == 2


def test_the_question_is_asked_with_what_was_sent_though_the_source_has_changed_since(office: Office) -> None:
    office.rules(SHARED.replace("[customer, date]", "[customer]"))
    office.crm.give("Tickets", id=1, company=7)
    office.erp.faults.append("lost")
    office.apply()
    office.crm.give("Tickets", id=1, company=8)
    for _ in range(3):
        office.apply(wait=60)
    assert [invoice["customer"] for invoice in office.erp.rows("Invoices")] == [7]


def test_a_plan_says_what_is_promised_of_what_it_would_write(office: Office) -> None:
    office.rules(SHARED.replace("[customer, date]", "[customer]"))
    office.crm.give("Tickets", id=1, company=7)
    looked_for = "exactly once. After a lost answer it is looked for before anything is sent again."
    assert office.plan().promises == (f"invoice: Invoices to Erp: {looked_for}",)
    office.rules(SHARED.replace("[customer, date]", "[customer]").replace("      narrow_by: [customer]\n", ""))
    assert office.plan().promises == (
        "invoice: Invoices to Erp: at most once. If a send is interrupted you will be asked.",
    )
