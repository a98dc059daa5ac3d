"""What was refused and is asked for again, what fails with what it needs, and what is left to write afterwards."""

from __future__ import annotations

from .memory import Office

CARDS = """
rules:
  card:
    on_demand: true
    from: {read: crm.Companies, as: company}
    again: AGAIN
    key: company.id
    check:
      - that: "existing != `null` || company.code != `null`"
        message: "{{ company.name }} has no code."
    to:
      write: erp.Cards
      match: [{id: {select: company.card, type: integer}}, {code: company.code}]
      set_once: {name: company.name}
    on_success:
      card: {write: crm.Companies, mode: update, match: {id: company.id}, set: {card: {select: result.id, type: text}}}
  job:
    from: {read: crm.Tickets, as: ticket, where: {number: {empty: true}}}
    with: {card: {ref: card, key: ticket.company, failed: FAILED}}
    key: ticket.id
    to:
      write: erp.Jobs
      mode: create
      on_change: ignore
      marker: {ref: "AT-{{ key }}"}
      set: {title: card.name}
    on_success:
      number: {write: crm.Tickets, mode: update, match: {id: ticket.id}, set: {number: {select: result.id, type: text}}}
    on_failure:
      told: {write: erp.Stock, match: {ref: error.id}, set_once: {text: error.message}}
"""


def cards(office: Office, *, again: str = '"company.card == `null`"', failed: str = "fail") -> None:
    problems = office.rules(CARDS.replace("AGAIN", again).replace("FAILED", failed))
    assert [str(problem) for problem in problems] == []
    office.crm.give("Companies", id=7, name="Aurora", code="A7")
    office.crm.give("Tickets", id=1, company=7)


def told(office: Office) -> list[object]:
    return [row["text"] for row in office.erp.rows("Stock")]


def test_what_was_refused_is_sent_once_more_while_the_rule_asks_again(office: Office) -> None:
    cards(office)
    office.erp.faults.append("refuse")
    office.apply()
    assert office.erp.rows("Cards") == []
    office.apply()
    assert [card["name"] for card in office.erp.rows("Cards")] == ["Aurora"]


def test_where_only_what_stands_is_asked_again_a_refusal_waits_for_a_person(office: Office) -> None:
    cards(office, again='"existing != `null`"')
    office.erp.faults.append("refuse")
    office.apply()
    office.apply()
    assert (office.erp.rows("Cards"), office.states("card", "7")) == ([], ["HELD"])


def test_what_fails_with_what_it_needs_is_told_in_the_words_of_that(office: Office) -> None:
    cards(office)
    office.erp.faults.append("refuse")
    office.apply()
    assert told(office) == ["card 7: no"]
    assert office.erp.rows("Jobs") == []


def test_another_cause_is_another_failure_and_the_same_one_is_not(office: Office) -> None:
    cards(office)
    office.erp.faults.append("refuse")
    office.apply()
    office.crm.give("Companies", id=7, code=None)
    office.apply()
    office.apply()
    assert told(office) == ["card 7: no", "card 7: Aurora has no code."]


def test_by_itself_a_document_waits_for_one_that_failed_and_nothing_follows(office: Office) -> None:
    cards(office, failed="hold")
    office.erp.faults.append("refuse")
    unfinished = office.applied().unfinished
    assert ("job", "card 7: no") in [(each.rule, each.text) for each in unfinished]
    assert told(office) == []


def test_a_check_may_pass_for_what_stands_and_fail_for_what_would_have_to_be_made(office: Office) -> None:
    cards(office)
    office.erp.give("Cards", id=70, name="Aurora AS")
    office.crm.give("Companies", id=7, code=None, card="70")
    office.apply()
    assert [job["title"] for job in office.erp.rows("Jobs")] == ["Aurora AS"]


def test_what_was_made_for_good_gets_its_number_back_whatever_became_of_its_source(office: Office) -> None:
    cards(office)
    office.apply()
    (job,) = office.erp.rows("Jobs")
    office.crm.give("Tickets", id=1, number=None)
    del office.crm.records["Companies"][7]
    office.writes()
    office.apply()
    assert office.writes() == [("update", "crm.Tickets")]
    assert office.crm.rows("Tickets")[0]["number"] == str(job["id"])


def test_a_number_that_took_the_record_out_of_the_rules_own_question_is_finished_all_the_same(office: Office) -> None:
    cards(office)
    office.crm.faults.extend(["", "lost"])
    office.apply()
    assert office.crm.rows("Tickets")[0]["number"] is not None
    office.apply(wait=60)
    assert office.states("job", "1") == ["DONE"]


def test_what_is_needed_by_a_line_comes_before_it_wherever_it_stands_in_the_file(office: Office) -> None:
    problems = office.rules("""
        rules:
          invoice:
            from: {read: crm.Tickets, as: ticket}
            key: ticket.id
            to:
              write: erp.Invoices
              mode: create
              marker: {memo: "AT-{{ key }}"}
              narrow_by: [customer]
              set:
                customer: ticket.company
                lines:
                  - each: "[ticket.company]"
                    as: number
                    with: {card: {ref: card, key: number}}
                    set: {card: card.name}
          card:
            on_demand: true
            from: {read: crm.Companies, as: company}
            key: company.id
            to: {write: erp.Cards, match: {code: company.code}, set_once: {name: company.name}}
        """)
    assert [str(problem) for problem in problems] == []
    office.crm.give("Companies", id=7, name="Aurora", code="A7")
    office.crm.give("Tickets", id=1, company=7)
    office.apply()
    assert office.writes() == [("create", "erp.Cards"), ("create", "erp.Invoices")]
