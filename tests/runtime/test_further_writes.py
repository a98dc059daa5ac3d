"""What follows success and failure: made once, finished later, never made twice."""

from __future__ import annotations

import signal
import subprocess
from time import monotonic, sleep

import pytest

from ..cli.desk import ENVIRONMENT, command, whole
from .shop import Shop

PAUSE = 0.5
"""Seconds between two runs while a deadline passes: nothing tells when."""
FAILURE = """
    rules:
      bill:
        from: {read: shop.Orders, as: order}
        key: order.number
        check:
          - that: "order.total > `0`"
            message: "Order {{ order.number }} is over {{ order.total }}."
          - that: "order.kind != 'loan'"
            level: hold
            message: "Order {{ order.number }} is a loan."
        to:
          write: books.Bills
          match: {number: order.number}
          set: {total: order.total}
        on_failure:
          ticket:
            write: psa.Tickets
            match: {externalID: error.id}
            set_once:
              companyID: 174
              title: "Order {{ order.number }} has no bill"
              description: error.message
              status: {const: New}
              priority: {const: High}
    """


def test_a_failing_document_makes_one_ticket_and_the_same_failure_never_a_second(wired: Shop) -> None:
    wired.rules(FAILURE)
    wired.orders({"number": "1", "total": "-1"}, {"number": "2"})
    planned = wired.plan()
    assert "then ticket: create psa.Tickets" in planned.out
    assert wired.records("Tickets") == []
    for total in ("-1", "-1", "-2"):
        wired.orders({"number": "1", "total": total}, {"number": "2"})
        assert wired.apply("--quiet").code == 3
    (ticket,) = wired.records("Tickets")
    assert ticket["title"] == "Order 1 has no bill"
    assert ticket["description"] == "Order 1 is over -1."
    assert list(wired.bills()) == ["2"]


def test_what_needs_a_number_that_another_write_gives_is_written_in_the_same_run(wired: Shop) -> None:
    note = """\
          note:
            when: ticket
            write: books.Bills
            match: {number: "T{{ order.number }}"}
            set: {note: ticket.ticketNumber, total: 1}
    """
    wired.rules(FAILURE.rstrip(" ") + note)
    wired.orders({"number": "1", "total": "-1"})
    planned = wired.plan().out
    assert "ticketNumber of ticket (known after apply)" in planned
    assert wired.apply("--quiet").code == 3
    (ticket,) = wired.records("Tickets")
    assert wired.bills()["T1"]["note"] == ticket["ticketNumber"]


def test_a_second_document_that_fails_makes_a_ticket_of_its_own(wired: Shop) -> None:
    wired.rules(FAILURE)
    wired.orders({"number": "1", "total": "-1"}, {"number": "2", "total": "-1"})
    assert wired.apply("--quiet").code == 3
    titles = {ticket["title"] for ticket in wired.records("Tickets")}
    assert (titles, wired.creates("Tickets")) == ({"Order 1 has no bill", "Order 2 has no bill"}, 2)


def test_a_document_that_only_waits_makes_no_ticket(wired: Shop) -> None:
    wired.rules(FAILURE)
    wired.orders({"kind": "loan"})
    assert wired.apply("--quiet").code == 3
    assert wired.records("Tickets") == []


def test_when_the_failure_is_gone_the_document_is_written_and_the_ticket_stays_one(wired: Shop) -> None:
    wired.rules(FAILURE)
    wired.orders({"total": "-1"})
    assert wired.apply("--quiet").code == 3
    wired.orders({"total": "1"})
    assert wired.apply("--quiet").code == 0
    assert (list(wired.bills()), wired.creates("Tickets")) == (["1"], 1)
    assert "Processed" in wired.run("queue", "list").out


REFUSED = """
    rules:
      charge:
        from: {read: shop.Orders, as: order}
        key: order.number
        to:
          write: psa.Companies
          match: {companyName: order.client}
          set: {phone: order.paid, ownerResourceID: 4, companyType: {const: Customer}}
        on_failure:
          ticket:
            write: books.Tickets
            match: {id: error.id}
            set: {text: error.message, state: error.kind}
    """


def test_a_refusal_by_the_target_is_a_failure_too(wired: Shop) -> None:
    wired.rules(REFUSED.replace("ownerResourceID: 4", "ownerResourceID: 999"))
    wired.orders({"paid": "555"})
    for _ in range(2):
        assert wired.apply("--quiet").code == 3
    (ticket,) = wired.read("tickets.csv")
    assert ticket["state"] == "rejected"
    assert "ownerResourceID" in ticket["text"]
    assert wired.creates("Companies") == 0


SUCCESS = """
    rules:
      ticket:
        from: {read: shop.Orders, as: order}
        key: order.number
        to:
          write: psa.Tickets
          mode: create
          set:
            companyID: 174
            title: "Order {{ order.number }}"
            status: {const: New}
            priority: {const: Medium}
        on_success:
          back:
            write: books.Bills
            match: {number: order.number}
            set: {note: "result.ticketNumber", total: order.total}
          note:
            when: "order.kind == 'sale'"
            write: books.Tickets
            match: {id: order.number}
            set: {text: "{{ result.ticketNumber }} for {{ back.number }}"}
    """


def test_what_follows_success_is_written_with_what_the_target_answered(wired: Shop) -> None:
    wired.rules(SUCCESS)
    wired.orders({"number": "1"}, {"number": "2", "kind": "gift"})
    assert wired.apply("--quiet").code == 0
    numbers = {ticket["title"]: ticket["ticketNumber"] for ticket in wired.records("Tickets")}
    assert {f"Order {number}": bill["note"] for number, bill in wired.bills().items()} == numbers
    (note,) = wired.read("tickets.csv")
    assert (note["id"], note["text"]) == ("1", f"{numbers['Order 1']} for 1")
    assert wired.apply("--quiet").out.startswith("Applied: nothing to do.")


@pytest.mark.parametrize("place", ["after-outcome", "outcome-commit:2", "at-guard:3"])
def test_killed_between_document_and_write_back_the_write_back_is_finished_once(wired: Shop, place: str) -> None:
    wired.rules(SUCCESS)
    environment = whole({**ENVIRONMENT, "RULES_RUN_FAILPOINT": place})
    killed = subprocess.run(command(wired.folder, "apply"), env=environment, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    (ticket,) = wired.records("Tickets")
    end = monotonic() + 30
    while wired.apply("--quiet").code != 0:
        assert monotonic() < end
        sleep(PAUSE)
    assert wired.apply("--quiet").out.startswith("Applied: nothing to do.")
    assert wired.creates("Tickets") == 1
    assert wired.bills()["1"]["note"] == ticket["ticketNumber"]
    assert len(wired.read("tickets.csv")) == 1


def test_a_write_back_that_somebody_took_away_is_done_again(wired: Shop) -> None:
    wired.rules(SUCCESS)
    assert wired.apply("--quiet").code == 0
    wired.write("bills.csv", [{**wired.bills()["1"], "note": ""}])
    planned = wired.plan()
    assert "then back: update books.Bills" in planned.out
    assert wired.apply("--quiet").code == 0
    assert wired.bills()["1"]["note"] == wired.records("Tickets")[0]["ticketNumber"]
    assert wired.creates("Tickets") == 1


def test_documents_that_are_followed_by_the_same_record_make_it_once(wired: Shop) -> None:
    wired.rules("""
        rules:
          bill:
            from: {read: shop.Orders, as: order}
            key: order.number
            to:
              write: books.Bills
              match: {number: order.number}
              set: {total: order.total}
            on_success:
              ticket:
                write: psa.Tickets
                match: {externalID: order.client}
                set_once:
                  companyID: 174
                  title: "{{ order.client }} has bills"
                  status: {const: New}
                  priority: {const: High}
        """)
    wired.orders({"number": "1", "client": "A"}, {"number": "2", "client": "A"}, {"number": "3", "client": "B"})
    first = wired.apply()
    assert (first.code, "another document makes the same psa.Tickets" in first.out) == (3, True)
    assert wired.apply("--quiet").code == 0
    assert sorted(ticket["title"] for ticket in wired.records("Tickets")) == ["A has bills", "B has bills"]
    assert sorted(wired.bills()) == ["1", "2", "3"]
