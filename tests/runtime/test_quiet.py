"""Whatever the source says: what was applied is what the source says, and the second run writes nothing."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .shop import Shop, open_shop
from .test_following import BILL
from .test_values import GROUP

letters = st.characters(codec="utf-8", categories=["L", "N"])
signs = st.characters(codec="utf-8", categories=["L", "N", "S", "Pd", "Po"])
texts = st.builds(lambda first, rest: f"{first}{rest}", letters, st.text(signs, max_size=8))
amounts = st.decimals(-1000, 1000, places=2).map(lambda amount: format(amount, "f"))
orders = st.lists(
    st.fixed_dictionaries(
        {"number": texts, "client": texts, "kind": st.sampled_from(["sale", "gift"]), "total": amounts}
    ),
    max_size=5,
    unique_by=lambda order: order["number"],
)
few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])


def opened(folder: str, rules: str) -> Shop:
    shop = open_shop(Path(folder) / "shop")
    shop.rules(rules)
    return shop


@given(first=orders, second=orders)
@few
def test_the_second_run_writes_nothing_and_bills_say_what_orders_say(
    first: list[dict[str, str]], second: list[dict[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = opened(folder, BILL)
        for rows in (first, second):
            if not rows:
                continue
            shop.orders(*rows)
            applied = shop.apply("--quiet")
            assert applied.code == 0, applied.said
            before = (shop.folder / "bills.csv").stat().st_mtime_ns
            again = shop.apply("--quiet")
            assert again.out.startswith("Applied: nothing to do."), again.said
            assert (shop.folder / "bills.csv").stat().st_mtime_ns == before
            bills = shop.bills()
            for row in rows:
                bill = bills[row["number"]]
                assert bill["client"] == row["client"]
                assert Decimal(bill["total"]) == Decimal(row["total"])


@given(rows=orders.filter(bool), data=st.data())
@few
def test_the_order_of_rows_does_not_matter_to_groups(rows: list[dict[str, str]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = opened(folder, GROUP)
        shop.orders(*rows)
        assert shop.apply("--quiet").code == 0
        shop.orders(*data.draw(st.permutations(rows)))
        assert shop.apply("--quiet").out.startswith("Applied: nothing to do.")
        assert sum(Decimal(bill["total"]) for bill in shop.bills().values()) == sum(
            Decimal(row["total"]) for row in rows
        )
