"""Requests are counted for all processes, and forgotten when their hour is over."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from rules_run.ledger.rates import BATCH, Rate

from .conftest import Clock, Open


def test_what_one_process_has_counted_another_one_knows(opening_both: Open) -> None:
    first, second = opening_both(), opening_both()
    counted = first.rate("autotask/psa", 60)
    for _ in range(30):
        counted.add()
    assert counted.used() == 30
    assert second.rate("autotask/psa", 60).used() == 25
    counted.close()
    assert second.rate("autotask/psa", 60).used() == 30
    assert second.rate("autotask/other", 60).used() == 0


def test_two_processes_add_up(opening_both: Open) -> None:
    one, other = opening_both().rate("psa", 60), opening_both().rate("psa", 60)
    for _ in range(10):
        one.add()
        other.add()
    one.close()
    other.close()
    assert opening_both().rate("psa", 60).used() == 20


def test_a_request_counts_for_its_hour(opening: Open, clock: Clock) -> None:
    counted = opening().rate("psa", 60)
    counted.add()
    counted.close()
    clock.advance(minutes=59)
    assert opening().rate("psa", 60).used() == 1
    clock.advance(minutes=2)
    assert opening().rate("psa", 60).used() == 0


def test_a_count_that_is_not_to_be_kept_ends_with_its_process(opening: Open) -> None:
    counted = opening().rate("psa", 60, keep=False)
    for _ in range(60):
        counted.add()
    counted.close()
    assert counted.used() == 60
    assert opening().rate("psa", 60).used() == 0


def test_many_threads_lose_no_request(opening: Open) -> None:
    counted = opening().rate("psa", 60)

    def count() -> None:
        for _ in range(40):
            counted.add()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted.close()
    assert opening().rate("psa", 60).used() == 160


def test_processes_that_begin_to_count_in_the_same_minute_lose_no_request(opening_both: Open, clock: Clock) -> None:
    ledgers = [opening_both() for _ in range(4)]
    for _ in range(5):
        clock.advance(minutes=1)
        start = threading.Barrier(len(ledgers))

        def count(rate: Rate, start: threading.Barrier = start) -> None:
            start.wait()
            for _ in range(BATCH):
                rate.add()

        with ThreadPoolExecutor(len(ledgers)) as pool:
            list(pool.map(count, [each.rate("psa", 60) for each in ledgers]))
    assert ledgers[0].rate("psa", 60).used() == 5 * len(ledgers) * BATCH
