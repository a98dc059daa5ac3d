"""Keys that lean on other values of their rule."""

from __future__ import annotations

from .shop import Shop

NAMED = """
    rules:
      bill:
        from: {read: shop.Orders, as: order, where: {kind: {const: sale}}}
        let: {number: "join_text(['N', order.number], '-')"}
        key: number
        to:
          write: books.Bills
          match: {number: number}
          set: {total: order.total}
        on_success:
          client:
            write: psa.Companies
            match: {companyName: order.client}
            set: {phone: order.paid, ownerResourceID: 999, companyType: {const: Customer}}
    """


def test_a_key_from_let_is_known_again_while_something_is_left_to_follow(wired: Shop) -> None:
    wired.rules(NAMED)
    wired.orders({"number": "1", "total": "5", "kind": "sale", "paid": "555", "client": "Nordlys"})
    assert wired.apply("--quiet").code == 3
    wired.rules(NAMED.replace("999", "4"))
    assert wired.apply("--quiet", "--check-targets").code == 0
    assert (list(wired.bills()), wired.creates("Companies")) == (["N-1"], 1)
