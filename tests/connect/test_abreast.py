"""Work beside other work: order within a key, an end at the first error, turns."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from rules_run.connect.abreast import Lane, Turns


class Broken(Exception):
    """What goes wrong in these tests."""


def test_pieces_of_one_key_go_one_after_the_other_and_results_come_in_the_order_of_starts() -> None:
    begun, free = threading.Event(), threading.Event()
    done: list[str] = []

    def work(piece: str) -> str:
        if piece == "first of a":
            begun.set()
            free.wait(20)
        if piece == "b":
            free.set()
        done.append(piece)
        return piece

    with Lane(work, 3) as lane:
        lane.start("first of a", "a")
        lane.start("second of a", "a")
        assert begun.wait(20)
        lane.start("b", "b")
        results = list(lane.results())
    assert results == ["first of a", "second of a", "b"]
    assert done[0] == "b"
    assert done[1:] == ["first of a", "second of a"]


def test_after_an_error_nothing_is_begun_any_more() -> None:
    done: list[int] = []

    def work(piece: int) -> int:
        if piece == 2:
            raise Broken
        done.append(piece)
        return piece

    with Lane(work, 1) as lane:
        for number in (1, 2):
            lane.start(number, number)
        with pytest.raises(Broken):
            list(lane.results())
        with pytest.raises(Broken):
            lane.start(3, 3)
    assert done == [1]


def at_once(turns: Turns, threads: int, meeting: Callable[[], object]) -> int:
    """Return how many of the threads held a turn at the same time; each of them calls `meeting` meanwhile."""
    lock, held, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal held, most
        with turns.one():
            with lock:
                held += 1
                most = max(most, held)
            meeting()
            with lock:
                held -= 1

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    return most


def test_two_turns_are_held_at_once_and_never_more_than_one_ahead_of_them() -> None:
    two = threading.Barrier(2)
    assert 2 <= at_once(Turns(2), 8, lambda: two.wait(20)) <= 3


def test_where_one_may_work_at_a_time_nobody_goes_ahead() -> None:
    assert at_once(Turns(1), 5, lambda: None) == 1
