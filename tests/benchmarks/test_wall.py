"""The least time that a system's limits allow, worked out request by request."""

from __future__ import annotations

import pytest
from benchmarks.slow_system import Seen, object_of
from benchmarks.wall import Job, bound, most_at_once, needed_jobs


def least(jobs: list[Job], in_flight: int = 2) -> float:
    return round(bound(jobs, latency=0.1, in_flight=in_flight), 6)


def test_requests_of_one_object_go_two_at_a_time_and_those_of_others_beside_them() -> None:
    tickets = [Job(object="Tickets") for _ in range(5)]
    assert least(tickets) == 0.3
    assert least([*tickets, *(Job(object="Companies") for _ in range(4))]) == 0.3
    assert least(tickets, in_flight=1) == 0.5


def test_what_waits_for_another_answer_begins_after_it() -> None:
    assert least([Job(object="Tickets"), Job(object="Companies", after=(0,)), Job(object="Roles", after=(1,))]) == 0.3


def test_the_workload_takes_the_look_ups_then_fifty_rounds_and_one_more() -> None:
    assert least(needed_jobs(100)) == 5.6  # 5 before, 50 rounds of two charges, the last ticket


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/ATServicesRest/V1.0/Tickets", "Tickets"),
        ("/ATServicesRest/V1.0/Tickets/query", "Tickets"),
        ("/ATServicesRest/V1.0/Tickets/entityInformation/fields", "Tickets"),
        ("/ATServicesRest/V1.0/Tickets/5/Charges", "TicketCharges"),
    ],
)
def test_a_child_counts_on_its_own_object(path: str, name: str) -> None:
    assert object_of(path) == name


def test_how_many_were_worked_on_at_once_is_counted_from_their_times() -> None:
    spans = [(0, 2), (1, 3), (2, 4), (5, 6)]
    seen = [Seen(method="GET", path="", object="", start=start, end=end) for start, end in spans]
    assert most_at_once(seen) == 2
