"""Two `apply` at the same moment: one works, the other says who is at work and leaves."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ..cli.desk import DATE, REPORT, Desk, desk_in, example_data
from ..cli.forks import Forks, said_by
from .extent import Extent, Score

APPLY = ("apply", "--quiet", "--date", DATE)
ROUNDS = 20


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path / "desk", example_data()) as made:
        made.keep("STP001NO")
        yield made


@contextmanager
def side_by_side(desk: Desk) -> Iterator[Callable[[], list[tuple[int, str]]]]:
    """Give what starts two runs of one workspace at the same moment, and returns how each ended and what it said."""
    second = desk.folder.parent / "second" / "desk"
    second.parent.mkdir()
    second.symlink_to(desk.folder)
    desks = [desk, replace(desk, folder=second)]
    start = threading.Barrier(len(desks))
    with ExitStack() as stack:
        forks = [stack.enter_context(closing(Forks(each))) for each in desks]
        pool = stack.enter_context(ThreadPoolExecutor(len(desks)))

        def run(number: int) -> tuple[int, str]:
            start.wait()
            code = forks[number].run(desks[number], *APPLY)
            return code, said_by(desks[number]).read_text()

        yield lambda: list(pool.map(run, range(len(desks))))


def sell(desk: Desk, number: int) -> None:
    """Have the report tell of one more thing that was sold once."""
    path = desk.folder / REPORT
    head, row, *_ = path.read_text(encoding="utf-8").splitlines(keepends=True)
    _, _, rest = row.partition(",")
    path.write_text(f"{head}{70_000_000 + number},{rest}", encoding="utf-8")


def test_of_two_runs_that_start_together_one_works_and_the_other_leaves(
    desk: Desk, extent: Extent, score: Callable[[Score], None]
) -> None:
    codes: Counter[int] = Counter()
    rounds = extent.count(quick=ROUNDS, full=ROUNDS)
    with side_by_side(desk) as run:
        for number in range(1, rounds + 1):
            sell(desk, number)
            for code, said in run():
                codes[code] += 1
                assert code in (0, 4), said
                assert (code == 4) == ("Another run of this tenant is at work (process " in said)
            assert len(desk.records("ContractCharges")) == number
    score(Score(suite="two runs at once", scenarios=rounds))
    assert codes[0] >= rounds
    assert codes[4] > 0, "they never met"


def test_while_a_run_is_at_work_others_say_so_and_do_nothing(desk: Desk, score: Callable[[Score], None]) -> None:
    with desk.spawn(*APPLY, failpoint="before-intent:1:stop") as holder:
        _, status = os.waitpid(holder.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        before = len(desk.writes())
        for _ in range(3):
            late = desk.apply()
            assert late.code == 4
            assert f"process {holder.pid} on " in late.err
            assert desk.apply("--skip-if-running").code == 0
        assert len(desk.writes()) == before
        holder.send_signal(signal.SIGCONT)
        out, _ = holder.communicate(timeout=120)
        # 3 where the machine is so busy that five seconds lay between the intent and the first byte.
        assert holder.returncode in (0, 3), out
    assert len(desk.records("ContractCharges")) == (holder.returncode == 0)
    score(Score(suite="two runs at once", scenarios=3))
